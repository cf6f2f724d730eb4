//! The thread that makes leads durable: whatever came in while the disk was busy goes to it at once.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::watch;

use super::spool::{NotKept, Position, Spool};
use super::{Place, Record, Standing, Ticket};
use crate::clock;
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;

/// A lead on its way to the disk.
pub(super) struct Job {
    pub record: Arc<Record>,
    pub ticket: Ticket,
}

/// What it calls itself among the faults.
pub(super) const ROLE: &str = "lead-spool";

const BATCH_MAX: usize = 256;
/// Much less than a segment.
const BATCH_BYTES_MAX: usize = 1 << 18;
/// How often an idle thread looks whether the process ends.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Keeper {
    pub queue: Receiver<Job>,
    pub spool: Spool,
    /// Up to here everything is on the disk.
    pub committed: watch::Sender<Position>,
    /// Everything in segments before this one is delivered.
    pub delivered: watch::Receiver<Position>,
    pub standing: Standing,
    pub faults: Faults,
    pub lifecycle: Lifecycle,
}

impl Keeper {
    /// Runs until the process stops and nothing is left to do.
    pub(super) fn run(mut self) {
        self.standing.set_spool_bytes(self.spool.bytes());
        loop {
            let first = match self.queue.recv_timeout(LOOK_EVERY) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) if !self.lifecycle.is_stopping() => continue,
                Err(_) => break,
            };
            // A panic costs this batch, whose senders are told so; the spool is whole between its calls.
            let kept = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.keep(first)));
            if kept.is_err() {
                metrics::counter!("forecourt_panics_total").increment(1);
                self.spool.close();
            }
        }
        self.spool.close();
    }

    fn keep(&mut self, first: Job) {
        let (mut bytes, mut tickets, mut n_bytes) = (Vec::new(), Vec::new(), 0);
        let mut next = Some(first);
        let delivered = self.delivered.borrow().segment;
        while let Some(Job { record, ticket }) = next.take() {
            self.standing.add_queued(-1);
            // A flood from one address must not leave others without room. Its ticket goes, which says so.
            if !(record.is_aside() && self.spool.is_crowded(delivered, clock::now())) {
                let record = record.to_bytes();
                n_bytes += record.len();
                bytes.push(record);
                tickets.push(ticket);
            }
            if bytes.len() < BATCH_MAX && n_bytes < BATCH_BYTES_MAX {
                next = self.queue.try_recv().ok();
            }
        }
        if bytes.is_empty() {
            return;
        }
        let n = i64::try_from(tickets.len()).unwrap_or_default();
        let records: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let appended = self.spool.append(&records, delivered, clock::now());
        self.standing.set_spool_bytes(self.spool.bytes());
        match appended {
            Ok(ends) => {
                self.standing.set_spool_fails(false);
                self.standing.add_waiting(n);
                if let Some(&end) = ends.last() {
                    self.committed.send_replace(end);
                }
                tickets.into_iter().for_each(|ticket| ticket.kept(Place::Spool));
                if self.faults.mended(ROLE) {
                    tracing::info!("leads are kept on the disk again");
                }
            }
            Err(why) => {
                self.standing.set_spool_fails(true);
                // Whoever waits is told by the tickets that go. That nothing is tried for a moment is not what is wrong.
                if !matches!(why, NotKept::Paused)
                    && self.faults.put(ROLE, &why.to_string(), clock::unix_ms())
                {
                    tracing::error!("leads are not kept on the disk: {why}");
                }
            }
        }
    }
}
