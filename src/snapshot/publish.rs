//! Swapping a snapshot in, and letting the old ones go where no request has to wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};

use super::Snapshot;

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

/// The one writer.
#[derive(Debug)]
pub struct Publisher {
    snapshots: Arc<Snapshots>,
    /// Generations that a request may still read. Whoever holds a pointer last frees what it points to; this list
    /// makes sure that it is not a request.
    retired: Vec<Arc<Snapshot>>,
}

impl Publisher {
    pub fn new(snapshots: Arc<Snapshots>) -> Self {
        Self { snapshots, retired: Vec::new() }
    }

    pub fn current(&self) -> Arc<Snapshot> {
        self.snapshots.current.load_full()
    }

    pub fn publish(&mut self, snapshot: Snapshot) {
        metrics::gauge!("forecourt_snapshot_generation").set(snapshot.generation() as f64);
        let old = self.snapshots.current.swap(Arc::new(snapshot));
        self.retired.push(old);
        self.drop_unread();
    }

    /// Frees the generations nobody reads any more. Call now and then.
    pub fn drop_unread(&mut self) {
        // A count of one is ours; nobody can get a second pointer to a generation that is no longer current.
        self.retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    /// Moves with the projector's clock: back too, when that is set back.
    pub fn set_as_of(&self, as_of_ms: u64) {
        self.snapshots.as_of_ms.store(as_of_ms, Ordering::Release);
    }
}
