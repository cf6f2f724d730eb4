//! The store of a single process: a map. What makes it durable is the disk copy of the snapshot it shares documents with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Claim, Contents, Error, Progress, Store};
use crate::car::{CarId, Document, Version};

#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    epoch: u64,
    head: Version,
    progress: Progress,
    documents: HashMap<CarId, Arc<Document>, foldhash::fast::RandomState>,
}

impl MemoryStore {
    /// Puts in documents that this process was the last to write, before anything else is.
    pub fn fill(
        &self,
        documents: impl IntoIterator<Item = Arc<Document>>,
        head: Version,
        progress: Progress,
    ) {
        let mut inner = self.lock();
        inner.documents.extend(documents.into_iter().map(|document| (document.id, document)));
        (inner.epoch, inner.head, inner.progress) = (head.epoch, head, progress);
    }

    /// As a flush of a real one.
    #[cfg(test)]
    pub(crate) fn flush(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each document is replaced in one step; a panic in between leaves a map that is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a writer whose epoch is the newest.
    fn write(&self, epoch: u64) -> Result<MutexGuard<'_, Inner>, Error> {
        let inner = self.lock();
        if epoch == inner.epoch { Ok(inner) } else { Err(Error::Fenced { newest: inner.epoch }) }
    }
}

impl Store for MemoryStore {
    /// There is one projector in a process, so the lease is free; an epoch begins all the same.
    async fn claim(&self, at_least: u64, _: Version) -> Result<Option<Claim>, Error> {
        let mut inner = self.lock();
        inner.epoch = at_least.max(inner.epoch + 1);
        let (epoch, head, progress) = (inner.epoch, inner.head, inner.progress.clone());
        Ok(Some(Claim { epoch, head, progress, trusted: true }))
    }

    async fn renew(&self, epoch: u64, _: Version) -> Result<(), Error> {
        self.write(epoch).map(drop)
    }

    async fn release(&self, _: u64) {}

    async fn put(&self, _: Version, version: Version, documents: &[Arc<Document>]) -> Result<(), Error> {
        let mut inner = self.write(version.epoch)?;
        for document in documents {
            let newer =
                inner.documents.get(&document.id).is_none_or(|stored| document.version > stored.version);
            if newer {
                inner.documents.insert(document.id, Arc::clone(document));
            }
        }
        inner.head = inner.head.max(version);
        Ok(())
    }

    async fn note(&self, epoch: u64, _: &[CarId]) -> Result<(), Error> {
        // Nobody asks a memory store what it does not have: it is never loaded by a process that knows more.
        self.write(epoch).map(drop)
    }

    async fn commit(&self, epoch: u64, progress: &Progress) -> Result<(), Error> {
        self.write(epoch)?.progress = progress.clone();
        Ok(())
    }

    async fn standing(&self) -> Result<(Version, Progress), Error> {
        let inner = self.lock();
        Ok((inner.head, inner.progress.clone()))
    }

    async fn cars(&self) -> Result<Vec<CarId>, Error> {
        Ok(self.lock().documents.keys().copied().collect())
    }

    async fn get(&self, cars: &[CarId]) -> Result<Vec<Arc<Document>>, Error> {
        let inner = self.lock();
        Ok(cars.iter().filter_map(|car| inner.documents.get(car)).cloned().collect())
    }

    async fn load(&self) -> Result<Contents, Error> {
        let inner = self.lock();
        Ok(Contents {
            documents: inner.documents.values().cloned().collect(),
            cars: inner.documents.keys().copied().collect(),
            head: inner.head,
            progress: inner.progress.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Error, MemoryStore, Store};
    use crate::car::{CarId, Document, State, Version};

    async fn put(store: &MemoryStore, epoch: u64, sequence: u64) -> Result<(), Error> {
        let version = Version { epoch, sequence };
        let document = Document { id: CarId(1), version, state: State::Hidden };
        store.put(Version::default(), version, &[Arc::new(document)]).await
    }

    #[tokio::test]
    async fn only_a_greater_version_of_the_current_epoch_is_stored() {
        let store = MemoryStore::default();
        for (epoch, sequence, stored) in [(1, 5, (1, 5)), (1, 4, (1, 5)), (1, 5, (1, 5)), (2, 1, (2, 1))] {
            if store.renew(epoch, Version::default()).await.is_err() {
                let claim = store.claim(0, Version::default()).await.unwrap().unwrap();
                assert_eq!(claim.epoch, epoch);
            }
            put(&store, epoch, sequence).await.unwrap();
            let version = store.get(&[CarId(1), CarId(2)]).await.unwrap()[0].version;
            assert_eq!((version.epoch, version.sequence), stored);
        }
        assert!(matches!(put(&store, 1, 9).await, Err(Error::Fenced { newest: 2 })));
        assert_eq!(store.load().await.unwrap().head, Version { epoch: 2, sequence: 1 });
    }
}
