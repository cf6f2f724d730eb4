//! One epoch: from the claim of the lease until it is lost. One task, one writer. Everything it waits for can fail; it then
//! waits and tries again, and what is not applied stays in the dirty set, so that the age of the data says so.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use super::dirty::DirtySet;
use super::run::{Projector, ROLE, wait_after};
use super::sweep::{Confirmations, Sweep, UNPROVEN_MAX};
use crate::car::CarId;
use crate::change::{Batch, ChangeReader, Position, Reach};
use crate::clock;
use crate::feed::{self, FeedWriter, Kind, Message};
use crate::source::Source;
use crate::store::{self, Claim, Progress, Store};

pub(super) struct Active<'a, S, D, F, C> {
    pub(super) own: &'a mut Projector<S, D, F, C>,
    pub(super) epoch: u64,
    claim: Claim,
    pub(super) dirty: DirtySet,
    sweep: Sweep,
    confirmations: Confirmations,
    /// Up to where changes were read.
    pub(super) reach: Reach,
    read: Position,
    /// Up to where they are applied, and what of that the store has not noted yet.
    progress: Progress,
    to_commit: Option<Progress>,
    /// Cars in the dirty set because of a change, not on suspicion.
    told: HashSet<CarId, foldhash::fast::RandomState>,
    /// Since when no read has shown the whole reach.
    unshown_since: Option<Instant>,
    /// The sequence of the last message sent, and of the last version used.
    pub(super) sent: u64,
    pub(super) used: u64,
    said_at: Instant,
    told_at: Instant,
    /// When changes last came with the instant up to which they are complete.
    proven_at: Instant,
    /// Cars in a batch: fewer while one is looked for whose rows make a query fail.
    pub(super) cars_max: usize,
    /// Cars that made one fail when they were last fetched.
    pub(super) failing: HashSet<CarId, foldhash::fast::RandomState>,
    /// Cars whose stored document is no reason not to write it again.
    pub(super) distrusted: HashSet<CarId, foldhash::fast::RandomState>,
}

/// How long reads are held against a reach that they do not show.
const UNSHOWN_MAX: Duration = Duration::from_secs(10);
/// Between two words on how far the store is filled.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// Dirty cars are as many as there are cars at most; batches behind them wait in the reader beyond this.
const ROUND_BATCHES: usize = 64;
/// Nor is more read for longer than this before something is fetched.
const ROUND: Duration = Duration::from_millis(20);
/// The fault of a log that does not say how far it reaches.
const LOG: &str = "log";

impl<'a, S: Source, D: Store, F: FeedWriter, C: ChangeReader> Active<'a, S, D, F, C> {
    pub(super) fn new(own: &'a mut Projector<S, D, F, C>, claim: Claim) -> Self {
        let now = clock::now();
        let sequence = claim.head.sequence;
        Self {
            sweep: Sweep::new(own.settings, now),
            cars_max: own.settings.batch_cars_max,
            own,
            epoch: claim.epoch,
            dirty: DirtySet::default(),
            confirmations: Confirmations::default(),
            reach: Reach::default(),
            read: Position::default(),
            progress: claim.progress.clone(),
            to_commit: None,
            told: HashSet::default(),
            unshown_since: None,
            sent: sequence,
            used: sequence,
            said_at: now,
            told_at: now,
            proven_at: now,
            distrusted: HashSet::default(),
            failing: HashSet::default(),
            claim,
        }
    }

    /// Runs until changes end, the feed is closed, or the lease is lost.
    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        self.begin().await?;
        loop {
            if self.dirty.is_empty() {
                let due = self.due();
                tokio::select! {
                    batch = self.own.changes.next() => match batch {
                        Some(batch) => self.mark(batch).await?,
                        None => return Ok(()),
                    },
                    () = tokio::time::sleep_until(due.into()) => {}
                }
            }
            // What has queued up meanwhile is coalesced into the set before anything is fetched.
            let until = clock::now() + ROUND;
            while clock::now() < until && self.dirty.len() < self.own.settings.batch_cars_max * ROUND_BATCHES
            {
                let Some(batch) = self.own.changes.try_next() else { break };
                self.mark(batch).await?;
            }
            self.look_at_the_clock().await?;
            match self.flush().await {
                Ok(()) => self.own.faults.clear(ROLE),
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => self.wait_after(&format!("cannot apply changes: {error:#}")).await?,
            }
            self.own.standing.update(|state| {
                state.dirty_cars = self.dirty.len();
                metrics::gauge!("forecourt_dirty_cars").set(state.dirty_cars as f64);
                state.as_of_ms = self.progress.as_of_ms;
            });
        }
    }

    /// Where to read changes from, and whether every car has to be fetched first.
    async fn begin(&mut self) -> anyhow::Result<()> {
        let Progress { position, complete, .. } = self.claim.progress.clone();
        // The instant before the place: what is committed before it is at or before that place in the log.
        let from_ms = clock::unix_ms();
        let resumed = loop {
            match self.own.changes.resume(&position).await {
                Ok(resumed) => break resumed,
                Err(error) => self.wait_after(&format!("cannot read changes: {error:#}")).await?,
            }
        };
        self.read = if resumed { position } else { self.own.changes.begin() };
        let cars = self.all_cars().await?;
        if resumed && complete && self.claim.trusted {
            self.sweep.begin(cars, clock::unix_ms());
            return Ok(());
        }
        tracing::info!(cars = cars.len(), trusted = self.claim.trusted, resumed, "fetching every car");
        // Also when another epoch began to write everything and did not come to its end.
        self.distrusted.extend(&cars);
        self.own.standing.update(|state| state.bootstrap = Some((0, cars.len())));
        self.progress.complete = false;
        self.dirty.mark_batch(cars, self.read.clone(), Some(from_ms));
        Ok(())
    }

    fn due(&self) -> Instant {
        let say = self.said_at + self.own.settings.heartbeat * 2;
        [Some(say), Some(self.sweep.due()), self.confirmations.due()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(say)
    }

    async fn look_at_the_clock(&mut self) -> anyhow::Result<()> {
        let now = clock::now();
        self.dirty.mark(self.confirmations.take(now));
        // Suspicion waits while there is enough to do that is known.
        if now < self.sweep.due() || self.dirty.len() >= self.own.settings.batch_cars_max {
            return Ok(());
        }
        if now < self.proven_at + UNPROVEN_MAX {
            self.own.faults.clear(LOG);
        } else {
            let reason = "no heartbeat of a relay, or more changes before it than are read yet: sweeps prove how fresh documents are";
            self.own.faults.put(LOG, reason, clock::unix_ms());
        }
        if self.sweep.wants_cars(now, self.proven_at) {
            let began_ms = clock::unix_ms();
            let cars = self.all_cars().await?;
            self.sweep.begin(cars, began_ms);
        }
        let (cars, ended) = self.sweep.step(now);
        match ended {
            // The last of them: when these are fetched, all are. That proves as much as any log could.
            Some(began_ms) => {
                let news = began_ms > self.progress.as_of_ms;
                self.dirty.mark_batch(cars, self.read.clone(), news.then_some(began_ms));
            }
            None => self.dirty.mark(cars),
        }
        Ok(())
    }

    /// Marks the cars of a batch, however long the source takes to say which.
    async fn mark(&mut self, batch: Batch) -> anyhow::Result<()> {
        metrics::counter!("forecourt_changes_total").increment(batch.changes.len() as u64);
        let mut proven = true;
        for change in &batch.changes {
            match &change.origin {
                Some(origin) => self.reach.add(origin),
                None => proven = false,
            }
        }
        let cars = loop {
            if batch.changes.is_empty() {
                break Vec::new();
            }
            match self.own.source.route(&batch.changes).await {
                Ok(Some(cars)) => break cars,
                Ok(None) => break self.all_cars().await?,
                Err(error) if error.is_refusal => {
                    // A route that does not work costs time, not changes.
                    tracing::warn!("{error}; fetching every car instead");
                    break self.all_cars().await?;
                }
                Err(error) => self.wait_after(&error.to_string()).await?,
            }
        };
        if !proven {
            self.confirm(&cars, clock::unix_ms());
        }
        self.told.extend(&cars);
        if batch.complete_until_ms.is_some() {
            self.proven_at = clock::now();
        }
        self.read = batch.position.clone();
        self.dirty.mark_batch(cars, batch.position, batch.complete_until_ms);
        Ok(())
    }

    /// Every car of the source and of the store: also those that only one of them knows.
    async fn all_cars(&mut self) -> anyhow::Result<Vec<CarId>> {
        loop {
            let listed = self.own.source.car_ids().await;
            let stored = self.own.store.cars().await;
            match (listed, stored) {
                (Ok(listed), Ok(stored)) => {
                    let cars: BTreeSet<_> = listed.into_iter().chain(stored).collect();
                    return Ok(cars.into_iter().collect());
                }
                (Err(error), _) => self.wait_after(&error.to_string()).await?,
                (_, Err(error)) => self.wait_after(&error.to_string()).await?,
            }
        }
    }

    /// Fetches and writes one batch of dirty cars, then says what is applied by now.
    async fn flush(&mut self) -> anyhow::Result<()> {
        let taken = self.take();
        if !taken.is_empty() {
            let cars: Vec<_> = taken.iter().map(|&(car, _)| car).collect();
            let now_ms = clock::unix_ms();
            match self.write(&cars).await {
                Ok(is_proven) => self.fetched(&cars, is_proven, now_ms),
                Err(error) if self.is_about_rows(&error).await => self.narrow(taken, &error),
                Err(error) => {
                    self.dirty.put_back(taken);
                    return Err(error);
                }
            }
            self.tell_of_the_bootstrap(cars.len());
        }
        if let Some(applied) = self.dirty.applied() {
            let certain_ms = self.confirmations.certain_until_ms().unwrap_or(u64::MAX);
            let as_of_ms = applied.complete_until_ms.map(|as_of_ms| as_of_ms.min(certain_ms));
            let as_of_ms = as_of_ms.unwrap_or(self.known().as_of_ms);
            // Who takes over has to read again what is not confirmed yet.
            let position = self.confirmations.position().cloned().unwrap_or(applied.position);
            self.to_commit = Some(Progress { position, as_of_ms, complete: true });
        }
        let mut news = false;
        if let Some(progress) = &self.to_commit {
            // Noted before it is told of: who is told may look.
            self.own.store.commit(self.epoch, progress).await?;
            self.own.changes.applied(&progress.position);
            news = progress.as_of_ms != self.progress.as_of_ms;
            if !self.progress.complete {
                self.own.standing.update(|state| state.bootstrap = None);
            }
            self.progress = self.to_commit.take().unwrap_or_default();
        }
        let silent = clock::now() >= self.said_at + self.own.settings.heartbeat * 2;
        if news || silent {
            let kind = Kind::Heartbeat { as_of_ms: self.as_of_ms(), fault: self.own.faults.upstream() };
            self.send(self.message(self.sent, kind)).await?;
        }
        Ok(())
    }

    /// What a read proves, or leaves to be confirmed. A reach that no read shows is of a log that is not this source's any
    /// more: after a failover it begins anew.
    fn fetched(&mut self, cars: &[CarId], is_proven: bool, now_ms: u64) {
        self.widen(cars);
        let told: Vec<_> = cars.iter().copied().filter(|car| self.told.remove(car)).collect();
        let now = clock::now();
        if is_proven {
            self.unshown_since = None;
            return;
        }
        self.confirm(&told, now_ms);
        if now >= *self.unshown_since.get_or_insert(now) + UNSHOWN_MAX {
            tracing::warn!(
                "the source does not show the places its changes came from; another server, or no GTIDs"
            );
            (self.reach, self.unshown_since) = (Reach::default(), None);
        }
    }

    fn known(&self) -> &Progress {
        self.to_commit.as_ref().unwrap_or(&self.progress)
    }

    fn confirm(&mut self, cars: &[CarId], now_ms: u64) {
        let position = self.known().position.clone();
        self.confirmations.add(cars, clock::now(), now_ms, &position);
    }

    fn tell_of_the_bootstrap(&mut self, n_cars: usize) {
        let mut told = None;
        self.own.standing.update(|state| {
            if let Some((fetched, _)) = &mut state.bootstrap {
                *fetched += n_cars;
            }
            told = state.bootstrap;
        });
        let now = clock::now();
        if let Some((fetched, cars)) = told
            && now >= self.told_at + TELL_EVERY
        {
            self.told_at = now;
            tracing::info!(fetched, cars, "filling the store");
        }
    }

    /// 0 while the documents are not complete, whatever was true of those that were lost.
    fn as_of_ms(&self) -> u64 {
        if self.progress.complete { self.progress.as_of_ms } else { 0 }
    }

    pub(super) fn message(&self, sequence: u64, kind: Kind) -> Message {
        let position = self.progress.position.clone();
        Message { epoch: self.epoch, sequence, previous: self.sent, kind, position }
    }

    /// Sends until it is sent: documents that nobody was told of would not be told of again.
    pub(super) async fn send(&mut self, message: Message) -> anyhow::Result<()> {
        loop {
            match self.own.feed.send(message.clone()).await {
                Ok(()) => break,
                Err(error @ feed::Error::Closed) => return Err(error.into()),
                Err(error) => self.wait_after(&error.to_string()).await?,
            }
        }
        self.said_at = clock::now();
        Ok(())
    }

    /// Says that something fails, also to those who serve, and waits.
    async fn wait_after(&mut self, reason: &str) -> anyhow::Result<()> {
        wait_after(&self.own.faults, reason).await;
        let silent = clock::now() >= self.said_at + self.own.settings.heartbeat * 2;
        if silent {
            let kind = Kind::Heartbeat { as_of_ms: self.as_of_ms(), fault: Some(reason.to_owned()) };
            let message = self.message(self.sent, kind);
            // If this fails too there is nobody to tell.
            match self.own.feed.send(message).await {
                Ok(()) => self.said_at = clock::now(),
                Err(error @ feed::Error::Closed) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Not to be tried again in this epoch.
fn is_final(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(store::Error::Fenced { .. } | store::Error::Behind { .. }))
        || matches!(error.downcast_ref(), Some(feed::Error::Closed))
}
