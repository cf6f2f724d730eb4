//! Asks the server where its log ends, again and again, so that the reader knows when it has read everything.

use std::collections::VecDeque;
use std::time::Duration;

use mysql_async::{Conn, Opts};
use tokio::sync::mpsc::{Receiver, Sender};

use super::place::Place;
use super::reader::Reader;
use super::server::{Server, connect};
use crate::clock;
use crate::faults::Faults;

/// Marks kept; with more to read than that, only the furthest is replaced.
const MARKS_MAX: usize = 64;
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Once `place` is read, everything committed before `since_ms` is.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) since_ms: u64,
    pub(super) place: Place,
}

impl Mark {
    fn is_read(&self, reader: &Reader) -> bool {
        let is_same = self.place.server == reader.place.server;
        let by_gtid = !self.place.gtids.is_empty() && reader.place.gtids.contains(&self.place.gtids);
        is_same && (reader.seen.reaches(&self.place.spot) || by_gtid)
    }
}

/// Marks that are not read yet, in order.
pub(super) struct Marks {
    waiting: VecDeque<Mark>,
    new: Receiver<Mark>,
}

impl Marks {
    pub(super) fn new(new: Receiver<Mark>) -> Self {
        Self { waiting: VecDeque::new(), new }
    }

    /// Waits for the next one; for ever when there will be none. May be dropped while it waits.
    pub(super) async fn receive(&mut self) {
        match self.new.recv().await {
            Some(mark) => self.add(mark),
            None => std::future::pending().await,
        }
    }

    fn add(&mut self, mark: Mark) {
        if self.waiting.len() >= MARKS_MAX {
            self.waiting.pop_back();
        }
        self.waiting.push_back(mark);
    }

    /// Takes the marks off that are read, and returns the last one's instant.
    pub(super) fn take_read(&mut self, reader: &Reader) -> Option<u64> {
        // A reader that has no time to wait gets them here.
        while let Ok(mark) = self.new.try_recv() {
            self.add(mark);
        }
        let mut since_ms = None;
        while let Some(mark) = self.waiting.pop_front_if(|mark| mark.is_read(reader)) {
            since_ms = Some(mark.since_ms);
        }
        since_ms
    }
}

/// Goes on until nobody receives.
pub(super) async fn probe(opts: &Opts, heartbeat: Duration, faults: &Faults, marks: Sender<Mark>) {
    let mut conn: Option<(Conn, Server)> = None;
    let mut has_failed = false;
    loop {
        match ask(opts, &mut conn).await {
            Ok(mark) => {
                if std::mem::take(&mut has_failed) {
                    faults.clear("relay");
                }
                if marks.send(mark).await.is_err() {
                    return;
                }
                tokio::time::sleep(heartbeat).await;
            }
            Err(error) => {
                conn = None;
                has_failed = true;
                let reason = format!("cannot ask where the binlog ends: {error:#}");
                if faults.put("relay", &reason, clock::unix_ms()) {
                    tracing::error!("{reason}; trying again");
                }
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

async fn ask(opts: &Opts, conn: &mut Option<(Conn, Server)>) -> anyhow::Result<Mark> {
    if conn.is_none() {
        let mut new = connect(opts).await?;
        let server = Server::ask(&mut new).await?;
        *conn = Some((new, server));
    }
    let Some((conn, server)) = conn else { anyhow::bail!("not connected") };
    // The clock before the question: what is committed before this instant is in front of the answer.
    let since_ms = clock::unix_ms();
    let place = server.end(conn).await?;
    Ok(Mark { since_ms, place })
}
