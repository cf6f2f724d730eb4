//! Leads on their way to Kafka, and the order in which the spool has them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::{Record, Ticket, topic_of};
use crate::clock;
use crate::kafka::{Error, Outgoing, Producer};
use crate::lead::Place;
use crate::lead::spool::Position;

/// On their way at once.
const UNDER_WAY_MAX: usize = 256;
/// Leads of the spool behind the first that is not acknowledged.
const SLOTS_MAX: usize = 1_024;
/// Acknowledged before the spool was read: those that the spool failed to take never are.
const EARLY_MAX: usize = 4_096;

#[derive(Default)]
pub(super) struct Flights {
    producer: Option<Arc<Producer>>,
    by_id: HashMap<String, Flight>,
    landing: FuturesUnordered<BoxFuture<'static, (String, Result<(), Error>)>>,
    /// Failed, to be sent again.
    grounded: VecDeque<String>,
    slots: VecDeque<Slot>,
    delivered: Option<Position>,
    early: HashSet<String>,
    early_order: VecDeque<String>,
}

struct Flight {
    record: Arc<Record>,
    ticket: Option<Ticket>,
    in_spool: bool,
    since: Instant,
}

/// A lead of the spool, in the spool's order.
struct Slot {
    id: String,
    end: Position,
    at_ms: u64,
    is_done: bool,
}

pub(super) enum Landed {
    /// One lead; so many places of the spool.
    Acknowledged(usize),
    Failed(Error),
    Nothing,
}

impl Flights {
    pub(super) fn can_fly(&self) -> bool {
        self.producer.is_some()
    }

    pub(super) fn has_room(&self) -> bool {
        self.by_id.len() < UNDER_WAY_MAX && self.slots.len() < SLOTS_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty() && self.slots.is_empty()
    }

    /// With a producer, everything that is not acknowledged is sent.
    pub(super) fn open(&mut self, producer: Producer) {
        self.producer = Some(Arc::new(producer));
        self.landing.clear();
        self.grounded = self.by_id.keys().cloned().collect();
        self.again();
    }

    /// The producer is of no use any more.
    pub(super) fn ground(&mut self) {
        self.producer = None;
    }

    /// Takes a lead, from a request or from the spool, where it ends at `end`. One that is on its way already is not sent
    /// again.
    pub(super) fn send(
        &mut self,
        record: Arc<Record>,
        ticket: Option<Ticket>,
        end: Option<Position>,
    ) -> Landed {
        let id = record.head.id.clone();
        if let Some(end) = end {
            let is_done = self.early.remove(&id);
            self.slots.push_back(Slot { id: id.clone(), end, at_ms: record.head.at_ms, is_done });
            if is_done {
                return Landed::Acknowledged(self.shift());
            }
        }
        if let Some(flight) = self.by_id.get_mut(&id) {
            flight.in_spool |= end.is_some();
            // Of two tickets the newer one: whoever had the first was told already.
            flight.ticket = ticket.or(flight.ticket.take());
            return Landed::Nothing;
        }
        let since = clock::now();
        self.by_id.insert(id.clone(), Flight { record, ticket, in_spool: end.is_some(), since });
        self.take_off(id)
    }

    fn take_off(&mut self, id: String) -> Landed {
        let (Some(producer), Some(flight)) = (&self.producer, self.by_id.get(&id)) else {
            self.grounded.push_back(id);
            return Landed::Nothing;
        };
        let (record, value) = (&flight.record, flight.record.message());
        let outgoing =
            Outgoing { topic: topic_of(record), partition: None, key: Some(id.as_bytes()), value: &value };
        match producer.send(outgoing) {
            Ok(Some(sending)) => {
                let producer = Arc::clone(producer);
                self.landing.push(Box::pin(async move {
                    let placed = producer.placed(sending).await;
                    (id, placed.map(drop))
                }));
                Landed::Nothing
            }
            Ok(None) => {
                self.grounded.push_back(id);
                Landed::Nothing
            }
            Err(error) => self.failed(id, error),
        }
    }

    /// What failed is sent again.
    pub(super) fn again(&mut self) {
        for _ in 0..self.grounded.len() {
            if !self.can_fly() {
                return;
            }
            if let Some(id) = self.grounded.pop_front() {
                self.take_off(id);
            }
        }
    }

    /// Waits for the next answer; for ever when none is due.
    pub(super) async fn landed(&mut self) -> Landed {
        let Some((id, outcome)) = self.landing.next().await else { return std::future::pending().await };
        match outcome {
            Ok(()) => self.acknowledged(&id),
            Err(error) => self.failed(id, error),
        }
    }

    fn acknowledged(&mut self, id: &str) -> Landed {
        if let Some(flight) = self.by_id.remove(id)
            && let Some(ticket) = flight.ticket
        {
            ticket.kept(Place::Kafka);
        }
        let mut is_read = false;
        for slot in self.slots.iter_mut().filter(|slot| slot.id == id) {
            (slot.is_done, is_read) = (true, true);
        }
        if !is_read && self.early.insert(id.to_owned()) {
            self.early_order.push_back(id.to_owned());
            if self.early_order.len() > EARLY_MAX
                && let Some(oldest) = self.early_order.pop_front()
            {
                self.early.remove(&oldest);
            }
        }
        Landed::Acknowledged(self.shift())
    }

    fn failed(&mut self, id: String, error: Error) -> Landed {
        let Some(flight) = self.by_id.get_mut(&id) else { return Landed::Failed(error) };
        // Whoever waits for it has only the spool left.
        flight.ticket = None;
        if flight.in_spool {
            self.grounded.push_back(id);
        } else {
            // If it is in the spool after all, it is read from there.
            self.by_id.remove(&id);
        }
        Landed::Failed(error)
    }

    /// Lets go of the first slots as far as they are acknowledged.
    fn shift(&mut self) -> usize {
        let mut n = 0;
        while self.slots.front().is_some_and(|slot| slot.is_done)
            && let Some(slot) = self.slots.pop_front()
        {
            self.delivered = Some(slot.end);
            n += 1;
        }
        n
    }

    /// Everything of the spool up to here is acknowledged.
    pub(super) fn delivered(&self) -> Option<Position> {
        self.delivered
    }

    /// When the first lead that is not was left.
    pub(super) fn oldest_ms(&self) -> Option<u64> {
        self.slots.front().map(|slot| slot.at_ms)
    }

    /// Something has been on its way for so long.
    pub(super) fn is_silent(&self, max: Duration) -> bool {
        let now = clock::now();
        self.by_id.values().any(|flight| now.duration_since(flight.since) > max)
    }

    pub(super) fn last_word(&self) -> Option<String> {
        self.producer.as_ref().map(|producer| producer.last_word().why("no acknowledgement"))
    }
}
