//! Swapping a snapshot in, and letting the old ones go where no request has to wait for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::Snapshot;
use crate::clock;

/// What requests read: the current snapshot, and the instant up to which it is known to be complete.
#[derive(Debug, Default)]
pub struct Snapshots {
    current: ArcSwap<Snapshot>,
    as_of_ms: AtomicU64,
}

impl Snapshots {
    /// Every change committed in the source before this instant (unix ms) is in any snapshot loaded *afterwards*.
    /// 0: nothing is known yet.
    pub fn as_of_ms(&self) -> u64 {
        // Pairs with the release in `set_as_of`: who sees the instant also sees the snapshot published before it.
        self.as_of_ms.load(Ordering::Acquire)
    }

    /// Do not hold across an await: the guard keeps an old generation alive.
    pub fn load(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }
}

/// Who publishes: one at a time, each from what is current then.
#[derive(Clone, Debug)]
pub struct Publisher {
    snapshots: Arc<Snapshots>,
    /// Generations that a request may still read. Whoever holds a pointer last frees what it points to; this list
    /// makes sure that it is not a request.
    retired: Arc<Mutex<Vec<Arc<Snapshot>>>>,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Publisher {
    pub fn new(snapshots: Arc<Snapshots>) -> Self {
        Self { snapshots, retired: Arc::default() }
    }

    pub fn current(&self) -> Arc<Snapshot> {
        self.snapshots.current.load_full()
    }

    /// Publishes what `change` makes of the current snapshot.
    pub fn publish(&self, change: impl FnOnce(&Snapshot) -> Snapshot) {
        // Held while the next one is made: two made from one would be one too few.
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let began = clock::now();
        let next = change(&self.snapshots.current.load());
        metrics::gauge!("forecourt_snapshot_generation").set(next.generation() as f64);
        retired.push(self.snapshots.current.swap(Arc::new(next)));
        let took_us = clock::now().duration_since(began).as_micros();
        metrics::counter!("forecourt_snapshot_publish_microseconds_total").increment(took_us as u64);
        drop_unread(&mut retired);
    }

    /// Frees the generations nobody reads any more. Call now and then.
    pub fn drop_unread(&self) {
        drop_unread(&mut self.retired.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Moves with the projector's clock: back too, when that is set back.
    pub fn set_as_of(&self, as_of_ms: u64) {
        let today = u32::try_from(as_of_ms / DAY_MS).unwrap_or(u32::MAX);
        if self.snapshots.load().today() != today {
            self.publish(|current| current.on_day(today));
        }
        self.snapshots.as_of_ms.store(as_of_ms, Ordering::Release);
    }
}

fn drop_unread(retired: &mut Vec<Arc<Snapshot>>) {
    // A count of one is ours; nobody can get a second pointer to a generation that is no longer current.
    retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
}
