//! The dirty set: cars to fetch again, each once however often it changed, oldest mark first.
//!
//! It also knows how far the source is applied: a batch of changes is *applied* once every car it marked has been
//! fetched after the batch was read. A car that is marked again while it waits keeps its place, since the fetch still
//! ahead of it will see the newer change too.

use std::collections::{HashSet, VecDeque};

use crate::car::CarId;
use crate::change::Position;

#[derive(Debug, Default)]
pub(super) struct DirtySet {
    queue: VecDeque<(CarId, u64)>,
    queued: HashSet<CarId, foldhash::fast::RandomState>,
    batches: VecDeque<Applied>,
    next_batch: u64,
}

/// What is known once a batch of changes is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    batch: u64,
    pub(super) position: Position,
    pub(super) complete_until_ms: Option<u64>,
}

impl DirtySet {
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Marks the cars of one batch of changes.
    pub(super) fn mark_batch(
        &mut self,
        cars: impl IntoIterator<Item = CarId>,
        position: Position,
        complete_until_ms: Option<u64>,
    ) {
        self.mark(cars);
        let newest_mark = self.queue.back().map_or(0, |&(_, batch)| batch);
        if let Some(last) = self.batches.back_mut()
            && newest_mark <= last.batch
        {
            // It waits for no other car than the batch before it: one entry will do for both, however many come.
            last.position = position;
            last.complete_until_ms = complete_until_ms.or(last.complete_until_ms);
            return;
        }
        let batch = self.next_batch;
        self.next_batch += 1;
        self.batches.push_back(Applied { batch, position, complete_until_ms });
    }

    /// Marks cars on suspicion: nothing is known to have changed.
    pub(super) fn mark(&mut self, cars: impl IntoIterator<Item = CarId>) {
        // Marks outside a batch belong to the one to come, so that they never hold back one already read.
        for car in cars {
            if self.queued.insert(car) {
                self.queue.push_back((car, self.next_batch));
            }
        }
    }

    /// Takes the next cars to fetch. They must be put back if the fetch fails.
    pub(super) fn take(&mut self, cars_max: usize) -> Vec<(CarId, u64)> {
        let taken: Vec<_> = self.queue.drain(..cars_max.min(self.queue.len())).collect();
        for (car, _) in &taken {
            self.queued.remove(car);
        }
        taken
    }

    /// Puts cars back in front, after a fetch that failed.
    pub(super) fn put_back(&mut self, cars: Vec<(CarId, u64)>) {
        for entry in cars.into_iter().rev() {
            if self.queued.insert(entry.0) {
                self.queue.push_front(entry);
            } else if let Some(place) = self.queue.iter().position(|queued| queued.0 == entry.0) {
                self.queue.remove(place);
                self.queue.push_front(entry);
            }
        }
    }

    /// The latest batch that is applied now, if any has become so since the last call.
    pub(super) fn applied(&mut self) -> Option<Applied> {
        let waiting_for = self.queue.front().map_or(u64::MAX, |&(_, batch)| batch);
        let mut applied: Option<Applied> = None;
        while self.batches.front().is_some_and(|done| done.batch < waiting_for) {
            let mut done = self.batches.pop_front()?;
            // A batch that is not complete says nothing about time; what an earlier one said still holds.
            done.complete_until_ms = done.complete_until_ms.or(applied.and_then(|a| a.complete_until_ms));
            applied = Some(done);
        }
        applied
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CarId, DirtySet, Position};

    fn position(offset: u64) -> Position {
        Position(offset.to_string())
    }

    fn cars(ids: &[u64]) -> Vec<CarId> {
        ids.iter().map(|&id| CarId(id)).collect()
    }

    fn offset(dirty: &mut DirtySet) -> Option<u64> {
        dirty.applied().map(|applied| applied.position.0.parse().unwrap())
    }

    #[test]
    fn a_flood_of_changes_to_one_car_is_one_fetch() {
        let mut dirty = DirtySet::default();
        for i in 0..1000 {
            dirty.mark_batch(cars(&[7]), position(i), Some(i));
        }
        assert_eq!(dirty.take(256).len(), 1);
        let applied = dirty.applied().unwrap();
        assert_eq!((applied.position, applied.complete_until_ms), (position(999), Some(999)));
        assert_eq!(dirty.applied(), None);
    }

    #[test]
    fn a_batch_is_applied_when_its_last_car_is_taken() {
        let mut dirty = DirtySet::default();
        dirty.mark_batch(cars(&[1, 2]), position(1), Some(1));
        dirty.mark_batch(cars(&[2, 3]), position(2), None);
        assert_eq!(offset(&mut dirty), None);
        dirty.take(1);
        assert_eq!(offset(&mut dirty), None);
        dirty.take(1);
        assert_eq!(offset(&mut dirty), Some(1));
        dirty.take(1);
        assert_eq!(offset(&mut dirty), Some(2));
    }

    #[test]
    fn a_failed_fetch_takes_nothing_away() {
        let mut dirty = DirtySet::default();
        dirty.mark_batch(cars(&[1, 2, 3]), position(1), Some(1));
        let taken = dirty.take(2);
        dirty.mark_batch(cars(&[2]), position(2), Some(2));
        dirty.put_back(taken);
        assert_eq!(offset(&mut dirty), None);
        assert_eq!(dirty.take(9).iter().map(|entry| entry.0.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(offset(&mut dirty), Some(2));
    }

    proptest! {
        /// The model: a batch is applied when each of its cars was taken after the batch was marked.
        #[test]
        fn applied_is_all_before_the_first_batch_with_a_car_to_fetch(steps in prop::collection::vec((prop::collection::vec(0u64..6, 0..4), 0usize..4), 1..40)) {
            let mut dirty = DirtySet::default();
            let mut waiting: Vec<(u64, Vec<u64>)> = Vec::new();
            let mut last = None;
            for (i, (ids, take)) in steps.into_iter().enumerate() {
                dirty.mark_batch(cars(&ids), position(i as u64), None);
                waiting.push((i as u64, ids));
                for (car, _) in dirty.take(take) {
                    waiting.iter_mut().for_each(|(_, ids)| ids.retain(|&id| id != car.0));
                }
                last = offset(&mut dirty).or(last);
                let first_open = waiting.iter().find(|(_, ids)| !ids.is_empty()).map_or(i as u64 + 1, |(n, _)| *n);
                prop_assert_eq!(last, first_open.checked_sub(1));
            }
        }
    }
}
