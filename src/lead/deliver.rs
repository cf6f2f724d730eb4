//! The role that brings leads to Kafka: each as soon as it is left, and from the spool what was not acknowledged then.
//!
//! A lead is sent once by both ways together, unless something fails in between; then it is sent again under its id. What is
//! acknowledged moves the cursor, in the order of the spool.

mod flights;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::spool::{Cursor, Position, Reader, Step};
use super::{Counts, Record, Standing, Ticket};
use crate::clock;
use crate::faults::Faults;
use crate::kafka::{Client, Error, Topic};
use crate::lifecycle::Lifecycle;

use flights::{Flights, Landed};

pub const TOPIC: &str = "forecourt.leads";
/// For those that look like a program's: somebody has to look at them.
pub const TOPIC_ASIDE: &str = "forecourt.leads.quarantine";
pub const ROLE: &str = "leads";

/// A month: a consumer that was away for longer asks for `forecourt leads redeliver`.
const CONFIG: &[(&str, &str)] = &[("retention.ms", "2592000000")];
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Without an acknowledgement for so long Kafka is no way to keep a lead.
const SILENCE_MAX: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const NOTE_EVERY: Duration = Duration::from_millis(500);
/// How long a process that ends waits for Kafka.
const END_AFTER: Duration = Duration::from_secs(2);

/// A lead that nobody has yet.
pub struct Direct {
    pub record: Arc<Record>,
    pub ticket: Ticket,
}

pub struct Delivery {
    pub client: Client,
    pub directory: PathBuf,
    pub direct: mpsc::Receiver<Direct>,
    /// Whether it is worth handing leads over directly.
    pub takes: Arc<AtomicBool>,
    pub committed: watch::Receiver<Position>,
    pub delivered: watch::Sender<Position>,
    pub standing: Standing,
    pub counts: Counts,
    pub faults: Faults,
    pub lifecycle: Lifecycle,
    /// A lead that waits for longer is a fault.
    pub late: Duration,
}

/// The topics leads go to, as they are made.
pub fn topics() -> [Topic; 2] {
    [TOPIC, TOPIC_ASIDE].map(|name| Topic { name: name.to_owned(), partitions: None, config: CONFIG })
}

pub fn topic_of(record: &Record) -> &'static str {
    if record.is_aside() { TOPIC_ASIDE } else { TOPIC }
}

impl Delivery {
    pub async fn run(mut self) -> anyhow::Result<()> {
        let begin = *self.delivered.borrow();
        let mut reader = Reader::new(&self.directory, begin);
        let mut flights = Flights::default();
        let cursor = Cursor::new(&self.directory);
        let (mut noted, mut note_at) = (begin, clock::now());
        let (mut retry_at, mut why) = (clock::now(), String::new());
        let mut end_at: Option<Instant> = None;
        loop {
            if !flights.can_fly() && clock::now() >= retry_at {
                match self.open().await {
                    Ok(producer) => flights.open(producer),
                    Err(error) => (retry_at, why) = (clock::now() + RETRY_AFTER, error.to_string()),
                }
            }
            self.read(&mut reader, &mut flights);
            self.takes.store(flights.can_fly() && !flights.is_silent(SILENCE_MAX), Ordering::Relaxed);
            self.tell(&flights, &why);
            let position = flights.delivered().unwrap_or(noted);
            let is_due = clock::now() >= note_at || end_at.is_some();
            if position > noted && is_due {
                (noted, note_at) = (position, clock::now() + NOTE_EVERY);
                // What is not noted is delivered again.
                if let Err(error) = cursor.write(position) {
                    tracing::warn!(
                        "leads: cannot note what is delivered: {error}; it may be delivered again"
                    );
                }
                self.delivered.send_replace(position);
            }
            if self.lifecycle.is_stopping() {
                let until = *end_at.get_or_insert_with(|| clock::now() + END_AFTER);
                let is_done = flights.is_empty() && reader.position() >= *self.committed.borrow();
                if (is_done && position == noted) || clock::now() >= until || !flights.can_fly() {
                    return Ok(());
                }
            }
            let landed = tokio::select! {
                Some(direct) = self.direct.recv(), if flights.has_room() => {
                    flights.send(direct.record, Some(direct.ticket), None)
                }
                landed = flights.landed() => landed,
                _ = self.committed.changed() => Landed::Nothing,
                () = tokio::time::sleep(LOOK_EVERY) => Landed::Nothing,
            };
            match landed {
                Landed::Acknowledged(slots) => {
                    self.counts.delivered.increment(1);
                    self.standing.add_waiting(-(slots as i64));
                }
                Landed::Failed(error) => {
                    why = error.to_string();
                    if matches!(error, Error::Gone(_) | Error::Broken(_)) {
                        flights.ground();
                    }
                    retry_at = clock::now() + RETRY_AFTER;
                }
                Landed::Nothing => {}
            }
            if clock::now() >= retry_at {
                flights.again();
            }
        }
    }

    async fn open(&self) -> Result<crate::kafka::Producer, Error> {
        self.client.ensure_topics(&topics()).await?;
        // However long it takes: what is not acknowledged is in the spool, or nobody was thanked for it.
        self.client.producer(None)
    }

    /// From the spool, as much as there is room for.
    fn read(&self, reader: &mut Reader, flights: &mut Flights) {
        let until = *self.committed.borrow();
        // The first of them also while there is no Kafka: it says since when they wait.
        while flights.has_room() && (flights.can_fly() || flights.oldest_ms().is_none()) {
            match reader.next(until) {
                Ok(Step::Record(found)) => {
                    if let Landed::Acknowledged(slots) =
                        flights.send(Arc::new(found.record), None, Some(found.end))
                    {
                        self.standing.add_waiting(-(slots as i64));
                    }
                }
                Ok(Step::Unreadable(path, bytes)) => {
                    metrics::counter!("forecourt_leads_unreadable_bytes_total").increment(bytes);
                    tracing::error!("leads: {bytes} bytes of {} are no leads", path.display());
                }
                Ok(Step::End) => return,
                Err(error) => {
                    self.say(&format!("cannot read the spool: {error}"));
                    return;
                }
            }
        }
    }

    fn tell(&self, flights: &Flights, why: &str) {
        self.standing.set_oldest_ms(flights.oldest_ms().unwrap_or(0));
        let late_ms = u64::try_from(self.late.as_millis()).unwrap_or(u64::MAX);
        let now_ms = clock::unix_ms();
        let is_late =
            self.standing.oldest_ms().is_some_and(|oldest_ms| now_ms > oldest_ms.saturating_add(late_ms));
        let is_stuck = !flights.can_fly() && self.standing.waiting() > 0;
        if is_late || is_stuck {
            let reason = flights.last_word().unwrap_or_else(|| why.to_owned());
            self.say(&format!("{} leads wait for Kafka: {reason}", self.standing.waiting()));
        } else if self.faults.mended(ROLE) {
            tracing::info!("leads are delivered again");
        }
    }

    fn say(&self, reason: &str) {
        if self.faults.put(ROLE, reason, clock::unix_ms()) {
            tracing::error!("{reason}; they are safe on this disk");
        }
    }
}

#[cfg(test)]
mod tests;
