//! The follower: feed -> store -> snapshot -> publish. Every serving instance runs one.
//!
//! It keeps each batch on disk before it is published, so that a process that is killed starts again with at least
//! what it last served. A gap in the feed means that something was missed: it then loads everything from the store,
//! under load, while the snapshot it has goes on being served.

use std::sync::Arc;
use std::time::Duration;

use crate::car::Document;
use crate::clock;
use crate::faults::Faults;
use crate::feed::{FeedReader, Kind, Message};
use crate::lifecycle::{Lifecycle, Phase};
use crate::snapshot::Publisher;
use crate::snapshot::disk::{DiskCopy, Mark};
use crate::store::{self, Store};

/// Cars applied in one publish; more stay in the feed and slow the projector down.
const BATCH_CARS_MAX: usize = 4_096;
const ROLE: &str = "follower";
const RETRY_AFTER: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub struct Follower<D, F> {
    pub store: D,
    pub feed: F,
    pub publisher: Publisher,
    pub disk: DiskCopy,
    /// Where the current snapshot came from.
    pub mark: Mark,
    /// Whether the snapshot holds every car; until then there is nothing worth a disk copy.
    pub complete: bool,
    pub faults: Faults,
    pub lifecycle: Lifecycle,
}

/// What some messages amount to.
#[derive(Debug, Default)]
struct Step {
    cars: Vec<crate::car::CarId>,
    as_of_ms: Option<u64>,
    /// Something may have been missed: everything is loaded.
    reload: bool,
}

impl<D: Store, F: FeedReader> Follower<D, F> {
    /// Runs until the feed ends or the process stops, then leaves a fresh disk copy.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let lifecycle = self.lifecycle.clone();
        tokio::select! {
            () = self.follow() => {}
            () = lifecycle.reached(Phase::Stopping) => {}
        }
        if self.complete {
            self.keep_all();
        }
        self.disk.finish()?;
        Ok(())
    }

    async fn follow(&mut self) {
        while let Ok(message) = self.feed.next().await {
            let mut step = Step::default();
            self.take(message, &mut step);
            while step.cars.len() < BATCH_CARS_MAX {
                let Some(message) = self.feed.try_next() else { break };
                self.take(message, &mut step);
            }
            self.apply(step).await;
        }
    }

    fn take(&mut self, message: Message, step: &mut Step) {
        let Message { epoch, sequence, previous, kind, position } = message;
        if epoch < self.mark.epoch {
            // From a projector that does not know yet that another one has taken over.
            metrics::counter!("forecourt_feed_outdated_total").increment(1);
            return;
        }
        if previous != self.mark.sequence {
            metrics::counter!("forecourt_feed_gaps_total").increment(1);
            tracing::warn!(
                expected = self.mark.sequence,
                previous,
                "a gap in the feed, loading everything again"
            );
            step.reload = true;
        }
        // What the last projector wrote and did not live to say is in the store.
        step.reload |= epoch > self.mark.epoch;
        self.mark = Mark { epoch, sequence, position, as_of_ms: self.mark.as_of_ms };
        match kind {
            Kind::Invalidation(cars) => step.cars.extend(cars.into_iter().map(|(car, _)| car)),
            Kind::Heartbeat { as_of_ms } => step.as_of_ms = Some(as_of_ms),
        }
    }

    async fn apply(&mut self, step: Step) {
        if step.reload || !step.cars.is_empty() {
            let documents = loop {
                let got =
                    if step.reload { self.store.load().await } else { self.store.get(&step.cars).await };
                match got {
                    Ok(documents) => break documents,
                    Err(error) => self.wait_after(&error).await,
                }
            };
            self.faults.clear(ROLE);
            self.publish(documents);
        }
        if let Some(as_of_ms) = step.as_of_ms {
            self.publisher.set_as_of(as_of_ms);
            self.mark.as_of_ms = as_of_ms;
            if !std::mem::replace(&mut self.complete, true) {
                self.keep_all();
            }
            self.lifecycle.enter(Phase::Ready);
        }
        self.publisher.drop_unread();
        if let Err(error) = self.disk.settle() {
            tracing::error!("cannot write the disk copy: {error}");
        }
    }

    fn publish(&mut self, mut documents: Vec<Arc<Document>>) {
        let current = self.publisher.current();
        let is_newer = |document: &Arc<Document>| {
            current.get(document.id).is_none_or(|known| document.version > known.version)
        };
        documents.retain(is_newer);
        if documents.is_empty() {
            return;
        }
        // First to disk: whatever has been served is there after kill -9. If that fails the copy is removed, and pages
        // are served all the same.
        if let Err(error) = self.disk.append(&self.mark, &documents) {
            tracing::error!("cannot append to the disk copy: {error}");
        }
        self.publisher.publish(current.with(documents).0);
        if self.complete && self.disk.is_worn() {
            self.keep_all();
        }
    }

    fn keep_all(&mut self) {
        if let Err(error) = self.disk.rewrite(self.publisher.current(), self.mark.clone()) {
            tracing::error!("cannot write the disk copy: {error}");
        }
    }

    async fn wait_after(&self, error: &store::Error) {
        if self.faults.put(ROLE, &error.to_string(), clock::unix_ms()) {
            tracing::error!("{error}; trying again");
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

#[cfg(test)]
mod tests;
