//! Interactions: what visitors were shown and what they did, for whoever learns from it.
//!
//! Some this process knows by itself: it has served a page of a list, or a car's page. Others it is told of by pages
//! (`POST /events`). Either way a request puts a small value into a bounded queue and goes on; a role writes what is in the
//! queue, to Kafka or to a file. Nothing waits for it: what there is no room for is dropped and counted.
//!
//! - `posted`: bodies -> events, pure; `recent`: the ids that were there before
//! - `line`: an event as its JSON line
//! - `run`: the role; `file`, `kafka`: where it writes

mod file;
mod kafka;
mod line;
mod posted;
mod recent;
mod run;

use std::sync::Arc;

use metrics::Counter;
use tokio::sync::mpsc;

use crate::car::CarId;
use crate::config;
use crate::listing::Shown;

use crate::budget::Budget;
use recent::Recent;

pub use file::FileSink;
pub use kafka::{KafkaSink, TOPIC};
pub use line::Line;
pub use posted::{BadPost, Name, Posted};
pub use run::{ROLE, Sink, run};

/// Events between requests and the role that writes them.
const QUEUE_MAX: usize = 8_192;

/// An event on its way out. Visitors are by the number in their cookie, 0 without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A page of a list was served.
    Listed { at_ms: u64, visitor: u64, shown: Arc<Shown> },
    /// A car's page was served.
    Viewed { at_ms: u64, visitor: u64, car: CarId },
    /// A lead was left.
    Asked { at_ms: u64, visitor: u64, car: CarId },
    /// A page told of it.
    Posted { visitor: u64, posted: Posted },
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Kafka or the file has it.
    Sent,
    /// There was no room for it.
    Dropped,
    /// It was no event, or about a car that nobody can see.
    Invalid,
    /// Its id was there before.
    Duplicate,
    /// There were more in that second than the settings allow.
    LeftOut,
}

impl Outcome {
    pub const ALL: [Self; 5] = [Self::Sent, Self::Dropped, Self::Invalid, Self::Duplicate, Self::LeftOut];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Invalid => "invalid",
            Self::Duplicate => "duplicate",
            Self::LeftOut => "left_out",
        }
    }
}

/// Counters by [`Outcome`].
#[derive(Clone, Debug)]
pub struct Counts([Counter; Outcome::ALL.len()]);

impl Counts {
    fn new() -> Self {
        let of =
            |outcome: Outcome| metrics::counter!("forecourt_events_total", "outcome" => outcome.as_str());
        let counters = Outcome::ALL.map(of);
        counters.iter().for_each(|counter| counter.increment(0));
        Self(counters)
    }

    fn add(&self, outcome: Outcome, events: usize) {
        self.0[outcome as usize].increment(events as u64);
    }
}

/// The request path's end of the queue.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::Sender<Event>,
    counts: Counts,
    retimed: Counter,
    recent: Recent,
    lists: Budget,
    /// Of what the server tells itself, and of what is posted: nobody's posts cost another's.
    others: Budget,
    posted: Budget,
    pub body_bytes_max: usize,
}

/// The role's end.
#[derive(Debug)]
pub struct Queue {
    events: mpsc::Receiver<Event>,
    pub counts: Counts,
}

/// A clock that is wrong by more, or an event that has waited for longer, tells nothing of when it was.
const AHEAD_MS_MAX: u64 = 5 * 60 * 1000;
const OLD_MS_MAX: u64 = 24 * 60 * 60 * 1000;

impl Events {
    pub fn new(settings: &config::Events) -> (Self, Queue) {
        let (queue, events) = mpsc::channel(QUEUE_MAX);
        let counts = Counts::new();
        let own = Self {
            queue,
            counts: counts.clone(),
            retimed: metrics::counter!("forecourt_events_retimed_total"),
            recent: Recent::default(),
            lists: Budget::new(settings.lists_per_second_max),
            others: Budget::new(settings.per_second_max),
            posted: Budget::new(settings.per_second_max),
            body_bytes_max: settings.body_bytes_max,
        };
        (own, Queue { events, counts })
    }

    /// Call once a second.
    pub fn renew(&self) {
        self.lists.renew();
        self.others.renew();
        self.posted.renew();
    }

    /// A page of a list was served. `visitor` is asked only if the event goes out: a flood of hits costs a load each.
    pub fn listed(&self, shown: &Arc<Shown>, now_ms: impl FnOnce() -> u64, visitor: impl FnOnce() -> u64) {
        if !self.lists.take() {
            return self.counts.add(Outcome::LeftOut, 1);
        }
        self.put(Event::Listed { at_ms: now_ms(), visitor: visitor(), shown: Arc::clone(shown) });
    }

    /// A car's page was served to a visitor.
    pub fn viewed(&self, visitor: u64, car: CarId, now_ms: impl FnOnce() -> u64) {
        if !self.others.take() {
            return self.counts.add(Outcome::LeftOut, 1);
        }
        self.put(Event::Viewed { at_ms: now_ms(), visitor, car });
    }

    /// A visitor has left a lead. Never left out: there are few, and they say most.
    pub fn asked(&self, visitor: u64, car: CarId, now_ms: impl FnOnce() -> u64) {
        self.put(Event::Asked { at_ms: now_ms(), visitor, car });
    }

    /// Something was posted that cannot be read.
    pub fn refused(&self) {
        self.counts.add(Outcome::Invalid, 1);
    }

    /// Those of the posted events that are about cars `is_known` of and were not there before, at times that can be.
    pub fn admitted(
        &self,
        posted: Vec<Posted>,
        now_ms: u64,
        is_known: impl Fn(CarId) -> bool,
    ) -> Vec<Posted> {
        let admit = |mut event: Posted| {
            event.cars.retain(|&car| is_known(car));
            if event.cars.is_empty() {
                self.counts.add(Outcome::Invalid, 1);
                return None;
            }
            // An id is remembered only if its event goes out: who was left out may try again.
            if !self.posted.take() {
                self.counts.add(Outcome::LeftOut, 1);
                return None;
            }
            if !self.recent.is_new(&event.id) {
                self.counts.add(Outcome::Duplicate, 1);
                return None;
            }
            if event.at_ms > now_ms + AHEAD_MS_MAX || event.at_ms + OLD_MS_MAX < now_ms {
                self.retimed.increment(1);
                event.at_ms = now_ms;
            }
            Some(event)
        };
        posted.into_iter().filter_map(admit).collect()
    }

    /// Events of one visitor that were admitted.
    pub fn post(&self, visitor: u64, posted: Vec<Posted>) {
        for posted in posted {
            self.put(Event::Posted { visitor, posted });
        }
    }

    fn put(&self, event: Event) {
        if self.queue.try_send(event).is_err() {
            self.counts.add(Outcome::Dropped, 1);
        }
    }
}

impl Queue {
    /// What is there already, at most `n`.
    pub fn take(&mut self, n: usize) -> Vec<Event> {
        std::iter::from_fn(|| self.events.try_recv().ok()).take(n).collect()
    }
}

#[cfg(test)]
mod tests;
