//! The default order of the live cars: newest first, then the greater id, so that no two cars are equal.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use super::Slot;
use crate::car::{CarId, CivilTime};

/// Where a car stands. Orders as the listing does: the newest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    pub listed_at: Reverse<CivilTime>,
    pub car: Reverse<CarId>,
}

#[derive(Clone, Debug, Default)]
pub struct Newest {
    entries: Arc<Vec<(OrderKey, Slot)>>,
}

impl Newest {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The cars from the front, or those behind `key`, whether a car stands there or not.
    pub fn after(&self, key: Option<OrderKey>) -> &[(OrderKey, Slot)] {
        let first = key.map_or(0, |key| self.entries.partition_point(|entry| entry.0 <= key));
        &self.entries[first..]
    }

    /// Removes and adds in one pass. Sorting is linear here: the rest is one sorted run.
    pub(super) fn change(&mut self, gone: &HashSet<OrderKey>, new: Vec<(OrderKey, Slot)>) {
        if gone.is_empty() && new.is_empty() {
            return;
        }
        let mut entries = Vec::with_capacity(self.entries.len() + new.len());
        if gone.is_empty() {
            entries.extend_from_slice(&self.entries);
        } else {
            entries.extend(self.entries.iter().filter(|entry| !gone.contains(&entry.0)));
        }
        entries.extend(new);
        entries.sort();
        self.entries = Arc::new(entries);
    }
}
