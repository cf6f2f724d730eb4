//! One batch of cars: fetch, assemble, write what differs, say so.

use std::collections::HashMap;
use std::sync::Arc;

use super::active::Active;
use super::assemble::assemble;
use super::run::Projector;
use crate::car::{CarId, Document, State, Version};
use crate::change::ChangeReader;
use crate::feed::{FeedWriter, Kind};
use crate::source::Source;
use crate::store::Store;

impl<S: Source, D: Store, F: FeedWriter, C: ChangeReader> Active<'_, S, D, F, C> {
    /// Returns whether what was read is known to show every change told so far.
    pub(super) async fn write(&mut self, cars: &[CarId]) -> anyhow::Result<bool> {
        let Projector { source, store, .. } = &mut *self.own;
        let (fetched, stored) = tokio::join!(source.fetch(cars, &self.reach), store.get(cars));
        let (fetched, stored) = (fetched?, stored?);
        let stored: HashMap<_, _> = stored.iter().map(|document| (document.id, &document.state)).collect();
        let version = Version { epoch: self.epoch, sequence: self.used + 1 };
        let (mut documents, mut unknown) = (Vec::new(), Vec::new());
        for &car in cars {
            let known = stored.get(&car).copied();
            let state = match assemble(car, &fetched) {
                Ok(state) => state,
                Err(reason) => {
                    self.quarantine(car, &reason.to_string());
                    unknown.extend(known.is_none().then_some(car));
                    continue;
                }
            };
            self.own.quarantine.release(car);
            let state = match state {
                Some(state) => state,
                None if known.is_some() => State::Deleted,
                None => continue,
            };
            if known != Some(&state) || self.distrusted.contains(&car) {
                documents.push(Arc::new(Document { id: car, version, state }));
            }
        }
        if !unknown.is_empty() {
            self.own.store.note(self.epoch, &unknown).await?;
        }
        if !documents.is_empty() {
            // A write that fails may have been applied all the same, so its number is not used again.
            self.used = version.sequence;
            let seen = self.own.standing.get().written;
            if let Err(error) = self.own.store.put(seen, version, &documents).await {
                // Applied or not, nobody was told: the next attempt writes them whatever the store has.
                self.distrusted.extend(documents.iter().map(|document| document.id));
                return Err(error.into());
            }
            self.own.standing.update(|state| state.written = version);
            metrics::counter!("forecourt_documents_written_total").increment(documents.len() as u64);
            let written = documents.iter().map(|document| (document.id, document.version)).collect();
            let message = self.message(version.sequence, Kind::Invalidation(written));
            self.send(message).await?;
            self.sent = version.sequence;
            for document in &documents {
                self.distrusted.remove(&document.id);
            }
        }
        Ok(fetched.is_proven)
    }
}
