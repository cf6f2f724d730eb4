//! Documents by slot: the dense number a car has in every column, bitmap and order of this process.

use std::collections::HashMap;
use std::sync::Arc;

use crate::car::{CarId, Document};

/// Index of a car in this process. A slot is never given to another car.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Documents in one chunk: what one change has to copy, as pointers.
const CHUNK: usize = 128;

type Chunk = Arc<Vec<Arc<Document>>>;

#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    chunks: Arc<Vec<Chunk>>,
    slots: Arc<HashMap<CarId, Slot, foldhash::fast::RandomState>>,
}

impl Documents {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn slot(&self, car: CarId) -> Option<Slot> {
        self.slots.get(&car).copied()
    }

    pub(super) fn get(&self, slot: Slot) -> &Arc<Document> {
        let slot = slot.0 as usize;
        &self.chunks[slot / CHUNK][slot % CHUNK]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// Puts a document in, in place of an older one of the same car.
    pub(super) fn put(&mut self, document: Arc<Document>) -> Slot {
        let chunks = Arc::make_mut(&mut self.chunks);
        if let Some(&slot) = self.slots.get(&document.id) {
            let chunk = Arc::make_mut(&mut chunks[slot.0 as usize / CHUNK]);
            chunk[slot.0 as usize % CHUNK] = document;
            return slot;
        }
        let slot = Slot(u32::try_from(self.slots.len()).expect("a catalogue has fewer than 2^32 cars"));
        Arc::make_mut(&mut self.slots).insert(document.id, slot);
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => Arc::make_mut(chunk).push(document),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(document);
                chunks.push(Arc::new(chunk));
            }
        }
        slot
    }
}
