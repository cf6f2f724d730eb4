//! The store of a single process: a map. What makes it durable is the disk copy of the snapshot it shares documents with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Error, Store};
use crate::car::{CarId, Document};

#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    epoch: u64,
    documents: HashMap<CarId, Arc<Document>, foldhash::fast::RandomState>,
}

impl MemoryStore {
    /// Puts in documents that this process was the last to write, before anything else is.
    pub fn fill(&self, documents: impl IntoIterator<Item = Arc<Document>>) {
        self.lock().documents.extend(documents.into_iter().map(|document| (document.id, document)));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each document is replaced in one step; a panic in between leaves a map that is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn put(&self, epoch: u64, documents: &[Arc<Document>]) -> Result<(), Error> {
        let mut inner = self.lock();
        if epoch < inner.epoch {
            return Err(Error::Fenced { newest: inner.epoch });
        }
        inner.epoch = epoch;
        for document in documents {
            let newer =
                inner.documents.get(&document.id).is_none_or(|stored| document.version > stored.version);
            if newer {
                inner.documents.insert(document.id, Arc::clone(document));
            }
        }
        Ok(())
    }

    async fn get(&self, cars: &[CarId]) -> Result<Vec<Arc<Document>>, Error> {
        let inner = self.lock();
        Ok(cars.iter().filter_map(|car| inner.documents.get(car)).cloned().collect())
    }

    async fn load(&self) -> Result<Vec<Arc<Document>>, Error> {
        Ok(self.lock().documents.values().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Error, MemoryStore, Store};
    use crate::car::{CarId, Document, State, Version};

    fn document(epoch: u64, sequence: u64) -> Arc<Document> {
        Arc::new(Document { id: CarId(1), version: Version { epoch, sequence }, state: State::Hidden })
    }

    #[tokio::test]
    async fn only_a_greater_version_of_a_current_epoch_is_stored() {
        let store = MemoryStore::default();
        for (epoch, sequence, stored) in [(1, 5, (1, 5)), (1, 4, (1, 5)), (1, 5, (1, 5)), (2, 1, (2, 1))] {
            store.put(epoch, &[document(epoch, sequence)]).await.unwrap();
            let version = store.get(&[CarId(1), CarId(2)]).await.unwrap()[0].version;
            assert_eq!((version.epoch, version.sequence), stored);
        }
        let refused = store.put(1, &[document(1, 9)]).await;
        assert!(matches!(refused, Err(Error::Fenced { newest: 2 })));
        assert_eq!(store.load().await.unwrap()[0].version.epoch, 2);
    }
}
