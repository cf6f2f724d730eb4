//! So many a second: a flood costs one load each.

use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug)]
pub struct Budget {
    per_second: u32,
    left: AtomicU32,
}

impl Budget {
    pub fn new(per_second: u32) -> Self {
        Self { per_second, left: AtomicU32::new(per_second) }
    }

    /// Whether there may be one more in this second.
    pub fn take(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.left.load(Ordering::Relaxed) > 0
            && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    pub fn is_any(&self) -> bool {
        self.per_second > 0
    }

    pub fn renew(&self) {
        self.left.store(self.per_second, Ordering::Relaxed);
    }
}
