//! The projector's loop: one task, one writer. Everything it waits for can fail; it then waits and tries again, and
//! what is not applied stays in the dirty set, so that the age of the data says so.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::assemble::assemble;
use super::changes::ChangeReader;
use super::dirty::DirtySet;
use crate::car::{CarId, Document, State, Version};
use crate::change::{Batch, Position};
use crate::clock;
use crate::faults::Faults;
use crate::feed::{Closed, FeedWriter, Kind, Message};
use crate::lifecycle::{Lifecycle, Phase};
use crate::quarantine::Quarantine;
use crate::source::Source;
use crate::store::{self, Store};

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub batch_cars_max: usize,
    pub sweep_interval: Duration,
    pub sweep_cars_per_second: u32,
}

/// Where a projector begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// The epoch that begins is at least this one.
    pub epoch: u64,
    /// The sequence of the last message any projector sent.
    pub sequence: u64,
    /// Up to where the store is known to hold everything.
    pub position: Position,
    /// Set when that is not where changes are read from.
    pub bootstrap: Option<Bootstrap>,
}

/// Every car has to be fetched once before anything is complete.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Where changes are read from.
    pub position: Position,
    /// Unix ms before that position was taken.
    pub from_ms: u64,
}

#[derive(Debug)]
pub struct Projector<S, D, F, C> {
    pub source: S,
    pub store: D,
    pub feed: F,
    pub changes: C,
    pub settings: Settings,
    pub quarantine: Quarantine,
    pub faults: Faults,
    pub start: Start,
    pub lifecycle: Lifecycle,
}

impl<S: Source, D: Store, F: FeedWriter, C: ChangeReader> Projector<S, D, F, C> {
    /// Runs until the process stops or nobody reads any more.
    pub async fn run(self) -> anyhow::Result<()> {
        let lifecycle = self.lifecycle.clone();
        let sequence = self.start.sequence;
        let mut run = Run { dirty: DirtySet::default(), sent: sequence, used: sequence, own: self };
        tokio::select! {
            ended = run.run() => ended,
            () = lifecycle.reached(Phase::Stopping) => Ok(()),
        }
    }
}

struct Run<S, D, F, C> {
    own: Projector<S, D, F, C>,
    dirty: DirtySet,
    /// The sequence of the last message sent.
    sent: u64,
    /// The last sequence used for a version. A write that failed may have been applied all the same, so its number is
    /// not used again.
    used: u64,
}

const ROLE: &str = "projector";

/// How long to wait after a failure. The source or store is away for seconds or minutes, not for a time worth growing.
const RETRY_AFTER: Duration = Duration::from_millis(200);

impl<S: Source, D: Store, F: FeedWriter, C: ChangeReader> Run<S, D, F, C> {
    async fn run(&mut self) -> anyhow::Result<()> {
        self.own.start.epoch = self.begin_epoch().await;
        let mut sweep: Vec<CarId> = Vec::new();
        if let Some(Bootstrap { position, from_ms }) = self.own.start.bootstrap.take() {
            let cars = self.all_cars().await;
            self.dirty.mark_batch(cars, position, Some(from_ms));
        } else {
            sweep = self.all_cars().await;
        }
        let mut sweep_due = clock::now() + self.own.settings.sweep_interval;
        let mut tick = tokio::time::interval(self.sweep_tick());
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.dirty.is_empty() {
                tokio::select! {
                    batch = self.own.changes.next() => match batch {
                        Some(batch) => self.mark(batch).await,
                        None => return Ok(()),
                    },
                    _ = tick.tick() => {
                        if sweep.is_empty() && clock::now() >= sweep_due {
                            sweep = self.all_cars().await;
                            sweep_due = clock::now() + self.own.settings.sweep_interval;
                        }
                        let step = sweep.len().saturating_sub(self.own.settings.batch_cars_max);
                        self.dirty.mark(sweep.split_off(step));
                    }
                }
            }
            // What has queued up meanwhile is coalesced into the set before anything is fetched.
            while self.dirty.len() < self.own.settings.batch_cars_max * 64 {
                let Some(batch) = self.own.changes.try_next() else { break };
                self.mark(batch).await;
            }
            if let Err(error) = self.flush().await {
                if let Some(store::Error::Fenced { .. }) = error.downcast_ref() {
                    return Err(error);
                }
                if error.is::<Closed>() {
                    return Ok(());
                }
                self.wait_after(&format!("cannot apply changes: {error:#}")).await;
            } else {
                self.own.faults.clear(ROLE);
            }
        }
    }

    async fn begin_epoch(&mut self) -> u64 {
        loop {
            match self.own.source.begin_epoch(self.own.start.epoch).await {
                Ok(epoch) => return epoch,
                Err(error) => self.wait_after(&error.to_string()).await,
            }
        }
    }

    fn sweep_tick(&self) -> Duration {
        let cars = f64::from(u32::try_from(self.own.settings.batch_cars_max).unwrap_or(u32::MAX));
        Duration::from_secs_f64(cars / f64::from(self.own.settings.sweep_cars_per_second.max(1)))
    }

    /// Marks the cars of a batch, however long the source takes to say which.
    async fn mark(&mut self, batch: Batch) {
        metrics::counter!("forecourt_changes_total").increment(batch.changes.len() as u64);
        let cars = loop {
            if batch.changes.is_empty() {
                break Vec::new();
            }
            match self.own.source.route(&batch.changes).await {
                Ok(Some(cars)) => break cars,
                Ok(None) => break self.all_cars().await,
                Err(error) => self.wait_after(&error.to_string()).await,
            }
        };
        self.dirty.mark_batch(cars, batch.position, batch.complete_until_ms);
    }

    /// Every car of the source and of the store: also those that only one of them knows.
    async fn all_cars(&mut self) -> Vec<CarId> {
        loop {
            let listed = self.own.source.car_ids().await;
            let stored = self.own.store.load().await;
            match (listed, stored) {
                (Ok(listed), Ok(stored)) => {
                    let known = stored.iter().filter(|document| document.state != State::Deleted);
                    let cars: BTreeSet<_> =
                        listed.into_iter().chain(known.map(|document| document.id)).collect();
                    return cars.into_iter().collect();
                }
                (Err(error), _) => self.wait_after(&error.to_string()).await,
                (_, Err(error)) => self.wait_after(&error.to_string()).await,
            }
        }
    }

    async fn wait_after(&self, reason: &str) {
        if self.own.faults.put(ROLE, reason, clock::unix_ms()) {
            tracing::error!("{reason}; trying again");
        }
        metrics::counter!("forecourt_projector_errors_total").increment(1);
        tokio::time::sleep(RETRY_AFTER).await;
    }

    /// Fetches and writes one batch of dirty cars, then says what is applied by now.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let taken = self.dirty.take(self.own.settings.batch_cars_max);
        if !taken.is_empty() {
            let cars: Vec<_> = taken.iter().map(|&(car, _)| car).collect();
            if let Err(error) = self.write(&cars).await {
                self.dirty.put_back(taken);
                return Err(error);
            }
        }
        let Some(applied) = self.dirty.applied() else { return Ok(()) };
        self.own.start.position = applied.position;
        if let Some(as_of_ms) = applied.complete_until_ms {
            let message = self.message(self.sent, Kind::Heartbeat { as_of_ms });
            self.own.feed.send(message).await?;
        }
        Ok(())
    }

    async fn write(&mut self, cars: &[CarId]) -> anyhow::Result<()> {
        let fetched = self.own.source.fetch(cars).await?;
        let stored = self.own.store.get(cars).await?;
        let stored: HashMap<_, _> = stored.iter().map(|document| (document.id, &document.state)).collect();
        let version = Version { epoch: self.own.start.epoch, sequence: self.used + 1 };
        let mut documents = Vec::new();
        for &car in cars {
            let state = match assemble(car, &fetched) {
                Ok(state) => state,
                Err(reason) => {
                    self.quarantine(car, &reason.to_string());
                    continue;
                }
            };
            self.own.quarantine.release(car);
            let known = stored.get(&car).copied();
            let state = match state {
                Some(state) => state,
                None if known.is_some() => State::Deleted,
                None => continue,
            };
            if known != Some(&state) {
                documents.push(Arc::new(Document { id: car, version, state }));
            }
        }
        if documents.is_empty() {
            return Ok(());
        }
        self.used = version.sequence;
        self.own.store.put(version.epoch, &documents).await?;
        metrics::counter!("forecourt_documents_written_total").increment(documents.len() as u64);
        let cars = documents.iter().map(|document| (document.id, document.version)).collect();
        let message = self.message(version.sequence, Kind::Invalidation(cars));
        self.sent = version.sequence;
        self.own.feed.send(message).await?;
        Ok(())
    }

    fn message(&self, sequence: u64, kind: Kind) -> Message {
        let position = self.own.start.position.clone();
        Message { epoch: self.own.start.epoch, sequence, previous: self.sent, kind, position }
    }

    fn quarantine(&self, car: CarId, reason: &str) {
        if self.own.quarantine.put(car, reason, clock::unix_ms()) {
            tracing::warn!(
                car.id = car.0,
                reason,
                "a car's rows cannot become a document, it keeps the one it had"
            );
            metrics::counter!("forecourt_quarantined_total").increment(1);
        }
    }
}
