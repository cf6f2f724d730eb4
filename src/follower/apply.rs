//! Documents from the store into the snapshot, and what may be said of it then.

use std::sync::Arc;
use std::time::Duration;

use super::{Follower, RETRY_AFTER, ROLE, Step};
use crate::car::{Document, State};
use crate::clock;
use crate::feed::Message;
use crate::lifecycle::Phase;
use crate::store::{Contents, Error, Store};

/// How long to ask for what was announced before saying that the store does not have it.
const OWED_WAITS: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(80),
];
/// An instant may seem to go back by less than this when another projector takes over; by more, a clock was set.
const CLOCK_STEP_MS: u64 = 5_000;

impl<D: Store> Follower<D> {
    pub(super) async fn apply(&mut self, step: Step) {
        // Once the store is complete, what it does not have is gone.
        let settles = self.unsettled && step.as_of_ms.is_some();
        self.owed.extend(step.cars);
        if step.reload || settles {
            self.reload().await;
        }
        if !self.owed.is_empty() {
            self.fetch().await;
        }
        if let Some(as_of_ms) = step.as_of_ms {
            self.prove(as_of_ms);
        }
        self.publisher.drop_unread();
        if let Err(error) = self.disk.settle() {
            tracing::error!("cannot write the disk copy: {error}");
        }
    }

    /// The first load: `last` is the newest message of the feed before the place it is followed from.
    pub(super) async fn load(&mut self, last: Option<&Message>) -> Result<(), Error> {
        let contents = self.store.load().await?;
        let (head, progress) = (contents.head, contents.progress.clone());
        let last = last.map(Message::version).unwrap_or_default();
        let known = self.mark.version();
        let trusted = last <= head && known <= head;
        self.distrusted_epoch = (!trusted).then_some(last.epoch.max(known.epoch));
        let reached = head.max(last).max(known);
        (self.mark.epoch, self.mark.sequence) = (reached.epoch, reached.sequence);
        let proves = trusted && progress.complete && progress.as_of_ms > 0;
        self.loaded = true;
        self.adopt(contents, trusted);
        if trusted {
            self.forget_what_is_here();
        } else {
            self.owed.clear();
        }
        if proves {
            self.prove(progress.as_of_ms);
        } else {
            let lost = format!(
                "the store stands at {head}, which is before {}: it has lost writes",
                last.max(known)
            );
            self.wait_for(if trusted { "every car to be in the store" } else { &lost });
            self.serve_the_copy();
        }
        Ok(())
    }

    /// Everything once more, under load. A store that stands before what the feed has told is asked again over another
    /// connection: what answers may not be the primary any more.
    async fn reload(&mut self) {
        loop {
            match self.store.load().await {
                Ok(contents) if contents.head >= self.mark.version() => {
                    self.adopt(contents, true);
                    return self.forget_what_is_here();
                }
                Ok(Contents { head, .. }) => {
                    let told = self.mark.version();
                    self.store.doubt();
                    // Written anew, the versions will be greater, and told of: that must be heard.
                    self.fault(ROLE, &format!("the store stands at {head}, which is before {told}"));
                    self.unsettled = true;
                    return;
                }
                Err(error) => self.fault(ROLE, &error.to_string()),
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    /// `trusted`: what the store does not have, although it is complete, is gone.
    fn adopt(&mut self, contents: Contents, trusted: bool) {
        let Contents { mut documents, cars, progress, .. } = contents;
        self.unsettled = !(trusted && progress.complete);
        if !self.unsettled {
            let version = self.mark.version();
            let current = self.publisher.current();
            let gone =
                current.documents().filter(|held| held.state != State::Deleted && !cars.contains(&held.id));
            let tombstones =
                gone.map(|held| Arc::new(Document { id: held.id, version, state: State::Deleted }));
            documents.extend(tombstones);
        }
        self.publish(documents);
    }

    /// Gets what is owed. What the store does not have yet stays owed, and nothing newer is claimed meanwhile.
    async fn fetch(&mut self) {
        for wait in OWED_WAITS {
            let cars: Vec<_> = self.owed.keys().copied().collect();
            let documents = loop {
                match self.store.get(&cars).await {
                    Ok(documents) => break documents,
                    Err(error) => self.fault(ROLE, &error.to_string()),
                }
                tokio::time::sleep(RETRY_AFTER).await;
            };
            self.publish(documents);
            self.forget_what_is_here();
            if self.owed.is_empty() {
                return self.faults.clear(ROLE);
            }
            tokio::time::sleep(wait).await;
        }
        self.store.doubt();
        metrics::counter!("forecourt_feed_owed_total").increment(self.owed.len() as u64);
        self.fault(ROLE, &format!("{} announced documents are not in the store", self.owed.len()));
    }

    fn forget_what_is_here(&mut self) {
        let mut owed = std::mem::take(&mut self.owed);
        owed.retain(|&car, &mut version| self.is_owed(car, version));
        self.owed = owed;
    }

    /// Everything committed before this instant is in the snapshot, if nothing that was announced is missing.
    pub(super) fn prove(&mut self, as_of_ms: u64) {
        if self.unsettled || !self.owed.is_empty() {
            return;
        }
        let known_ms = self.mark.as_of_ms;
        let stepped_back = as_of_ms + CLOCK_STEP_MS < known_ms;
        self.mark.as_of_ms = if stepped_back { as_of_ms } else { as_of_ms.max(known_ms) };
        self.publisher.set_as_of(self.mark.as_of_ms);
        self.faults.clear(ROLE);
        if !std::mem::replace(&mut self.complete, true) {
            self.keep_all();
        }
    }

    /// Once everything is here, and what the feed has told since it was loaded: who comes from another instance has seen that.
    pub(super) fn open(&self) {
        if self.complete {
            self.lifecycle.enter(Phase::Ready);
        }
    }

    /// Pages of a while ago are better than none.
    pub(super) fn serve_the_copy(&self) {
        if self.mark.as_of_ms > 0 {
            self.publisher.set_as_of(self.mark.as_of_ms);
            self.lifecycle.enter(Phase::Ready);
        }
    }

    fn wait_for(&self, what: &str) {
        if self.faults.put(ROLE, &format!("waiting for {what}"), clock::unix_ms()) {
            tracing::info!("waiting for {what}");
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
        self.publisher.publish(|current| current.with(documents).0);
        if self.complete && self.disk.is_worn() {
            self.keep_all();
        }
    }
}
