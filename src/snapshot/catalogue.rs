//! The catalogue as one value.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::columns::Columns;
use super::documents::{Documents, Slot};
use super::order::{Newest, OrderKey};
use crate::car::{CarId, Document, State, Status};

#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    generation: u64,
    documents: Documents,
    columns: Columns,
    newest: Newest,
    counts: Counts,
}

/// How many cars there are of each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; Status::ALL.len()]);

impl Counts {
    pub fn of(&self, status: Status) -> usize {
        self.0[status as usize]
    }
}

impl Snapshot {
    /// Grows by one with every publish of this process.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The live cars in the default order.
    pub fn newest(&self) -> &Newest {
        &self.newest
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    pub fn slot(&self, car: CarId) -> Option<Slot> {
        self.documents.slot(car)
    }

    pub fn document(&self, slot: Slot) -> &Arc<Document> {
        self.documents.get(slot)
    }

    pub fn get(&self, car: CarId) -> Option<&Arc<Document>> {
        self.slot(car).map(|slot| self.document(slot))
    }

    /// Tombstones included.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.documents.iter()
    }

    pub fn len(&self) -> usize {
        self.documents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next snapshot, and how many documents were newer than what this one has. The others are ignored: a car
    /// never goes back to an older version.
    pub fn with(&self, documents: impl IntoIterator<Item = Arc<Document>>) -> (Self, usize) {
        let mut next = self.clone();
        next.generation += 1;
        let mut newer: HashMap<Slot, Option<OrderKey>> = HashMap::new();
        let mut n_newer = 0;
        for document in documents {
            let old = next.get(document.id).cloned();
            if old.as_ref().is_some_and(|old| old.version >= document.version) {
                continue;
            }
            n_newer += 1;
            let slot = next.documents.put(Arc::clone(&document));
            next.columns.put(slot, &document.state);
            next.counts.0[document.state.status() as usize] += 1;
            if let Some(old) = &old {
                next.counts.0[old.state.status() as usize] -= 1;
            }
            // A car may come twice; where it stood in this snapshot is what the first time says.
            newer.entry(slot).or_insert_with(|| old.as_deref().and_then(order_key));
        }
        let moved = newer.into_iter().filter_map(|(slot, old)| {
            let new = order_key(next.document(slot));
            (old != new).then_some((slot, old, new))
        });
        let moved: Vec<_> = moved.collect();
        let gone = moved.iter().filter_map(|&(_, old, _)| old).collect();
        let new = moved.iter().filter_map(|&(slot, _, new)| new.map(|key| (key, slot))).collect();
        next.newest.change(&gone, new);
        (next, n_newer)
    }
}

fn order_key(document: &Document) -> Option<OrderKey> {
    match &document.state {
        State::Live(car) => Some(OrderKey { listed_at: Reverse(car.listed_at), car: Reverse(document.id) }),
        State::Sold(_) | State::Hidden | State::Deleted => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
