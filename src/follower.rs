//! The follower: feed -> store -> snapshot -> publish. Every serving instance runs one.
//!
//! It keeps each batch on disk before it is published, so that a process that is killed starts again with at least
//! what it last served. Where the feed cannot tell what happened, after a gap or with another projector, it loads
//! everything from the store, under load, while the snapshot it has goes on being served. Where the feed says nothing, it
//! looks at the store by itself (`silence`).

mod apply;
mod silence;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::car::{CarId, Version};
use crate::clock;
use crate::faults::Faults;
use crate::feed::{self, FeedReader, Kind, Message};
use crate::lifecycle::{Lifecycle, Phase};
use crate::snapshot::Publisher;
use crate::snapshot::disk::{DiskCopy, Mark};
use crate::store::Store;

/// Cars applied in one publish; more stay in the feed and slow the projector down.
const BATCH_CARS_MAX: usize = 4_096;
const ROLE: &str = "follower";
const FEED: &str = "feed";
/// What the projector waits for, as it tells in its heartbeats.
const UPSTREAM: &str = "upstream";
/// How long a start waits for the feed before it serves what the store or the disk copy has.
const FEED_WAIT: Duration = Duration::from_millis(700);
const RETRY_AFTER: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub struct Follower<D> {
    store: D,
    publisher: Publisher,
    disk: DiskCopy,
    /// How far the current snapshot reaches.
    mark: Mark,
    /// Whether the snapshot holds every car; until then there is nothing worth a disk copy.
    complete: bool,
    /// The store was not complete when everything was loaded: what it does not have says nothing yet.
    unsettled: bool,
    /// The epoch in which the store stood before the feed: nothing that is said in it proves anything.
    distrusted_epoch: Option<u64>,
    /// Announced, and not yet found in the store.
    owed: HashMap<CarId, Version, foldhash::fast::RandomState>,
    /// Whether the store was loaded at all.
    loaded: bool,
    /// When the feed last said something, and when the store is looked at unless it does again.
    heard_at: Instant,
    look_at: Instant,
    faults: Faults,
    lifecycle: Lifecycle,
}

/// What some messages amount to.
#[derive(Debug, Default)]
struct Step {
    cars: HashMap<CarId, Version, foldhash::fast::RandomState>,
    as_of_ms: Option<u64>,
    /// Something may have been missed: everything is loaded.
    reload: bool,
}

/// What a follower is made of.
#[derive(Debug)]
pub struct Parts<D> {
    pub store: D,
    /// Holds what the disk copy had, if there was one.
    pub publisher: Publisher,
    pub disk: DiskCopy,
    pub mark: Mark,
    pub faults: Faults,
    pub lifecycle: Lifecycle,
}

impl<D: Store> Follower<D> {
    pub fn new(parts: Parts<D>) -> Self {
        let Parts { store, publisher, disk, mark, faults, lifecycle } = parts;
        let now = clock::now();
        Self {
            store,
            publisher,
            disk,
            mark,
            complete: false,
            unsettled: true,
            distrusted_epoch: None,
            owed: HashMap::default(),
            loaded: false,
            heard_at: now,
            look_at: now + FEED_WAIT,
            faults,
            lifecycle,
        }
    }

    /// Runs until the feed ends or the process stops, then leaves a fresh disk copy.
    pub async fn run(mut self, mut feed: impl FeedReader) -> anyhow::Result<()> {
        let lifecycle = self.lifecycle.clone();
        tokio::select! {
            _ = self.follow(&mut feed) => {}
            () = lifecycle.reached(Phase::Stopping) => {}
        }
        if self.complete {
            self.keep_all();
        }
        self.disk.finish()?;
        Ok(())
    }

    /// Returns when the feed is closed.
    async fn follow(&mut self, feed: &mut impl FeedReader) -> feed::Error {
        if let Err(closed) = self.begin(feed).await {
            return closed;
        }
        loop {
            let mut step = Step::default();
            match self.wait(feed.next()).await {
                Ok(message) => self.take(message, &mut step),
                Err(closed @ feed::Error::Closed) => return closed,
                Err(feed::Error::Lost(why)) => {
                    metrics::counter!("forecourt_feed_gaps_total").increment(1);
                    tracing::warn!("{why}; loading everything again");
                    if let Err(closed) = self.begin(feed).await {
                        return closed;
                    }
                    continue;
                }
                Err(error @ feed::Error::Unavailable(_)) => {
                    self.fault(FEED, &error.to_string());
                    self.wait(tokio::time::sleep(RETRY_AFTER)).await;
                    continue;
                }
            }
            while step.cars.len() < BATCH_CARS_MAX {
                let Some(message) = feed.try_next() else { break };
                self.take(message, &mut step);
            }
            self.hear();
            self.apply(step).await;
            self.open();
        }
    }

    /// Notes where the feed ends, then loads everything that is older than that. What cannot be reached is waited for,
    /// while the newer of store and disk copy is served: without the feed, what the store has may be of a while ago.
    async fn begin(&mut self, feed: &mut impl FeedReader) -> Result<(), feed::Error> {
        loop {
            let last = match self.wait(feed.begin()).await {
                Ok(last) => last,
                Err(closed @ feed::Error::Closed) => return Err(closed),
                Err(error) => {
                    self.fault(FEED, &error.to_string());
                    self.wait(tokio::time::sleep(RETRY_AFTER)).await;
                    continue;
                }
            };
            self.hear();
            match self.load(last.as_ref()).await {
                Ok(()) => {
                    // What was said meanwhile is still to be read.
                    self.hear();
                    return Ok(());
                }
                Err(error) => {
                    self.fault(ROLE, &error.to_string());
                    self.serve_the_copy();
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    fn take(&mut self, message: Message, step: &mut Step) {
        let version = message.version();
        let Message { epoch, sequence, previous, kind, position } = message;
        let known = self.mark.version();
        if epoch < known.epoch {
            // From a projector that does not know yet that another one has taken over.
            metrics::counter!("forecourt_feed_outdated_total").increment(1);
            return;
        }
        if version < known || (version == known && matches!(kind, Kind::Invalidation(_))) {
            // Sent twice, or loaded from the store before it was read here.
            return;
        }
        if epoch > known.epoch {
            // What the last projector wrote and did not live to say is in the store.
            step.reload = true;
        } else if previous != known.sequence {
            metrics::counter!("forecourt_feed_gaps_total").increment(1);
            tracing::warn!(
                expected = known.sequence,
                previous,
                "a gap in the feed, loading everything again"
            );
            step.reload = true;
        }
        self.mark = Mark { epoch, sequence, position, as_of_ms: self.mark.as_of_ms };
        match kind {
            Kind::Invalidation(cars) => step.cars.extend(cars),
            Kind::Heartbeat { as_of_ms, fault } => {
                match fault {
                    Some(fault) => self.fault(UPSTREAM, &fault),
                    None => self.faults.clear(UPSTREAM),
                }
                let proves =
                    as_of_ms > 0 && self.distrusted_epoch.is_none_or(|distrusted| epoch > distrusted);
                step.as_of_ms = proves.then_some(as_of_ms).or(step.as_of_ms);
            }
        }
    }

    fn fault(&self, role: &'static str, reason: &str) {
        if self.faults.put(role, reason, clock::unix_ms()) {
            tracing::error!("{role}: {reason}; pages may grow old");
        }
    }

    fn keep_all(&mut self) {
        if let Err(error) = self.disk.rewrite(self.publisher.current(), self.mark.clone()) {
            tracing::error!("cannot write the disk copy: {error}");
        }
    }

    fn has(&self, car: CarId) -> Option<Version> {
        self.publisher.current().get(car).map(|document| document.version)
    }

    fn is_owed(&self, car: CarId, version: Version) -> bool {
        self.has(car).is_none_or(|held| held < version)
    }
}

#[cfg(test)]
mod tests;
