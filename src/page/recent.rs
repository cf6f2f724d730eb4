//! What a thread has just served, found without moka's bookkeeping, which costs as much as all the rest of a hit.
//!
//! A small table per thread, one page a place. Whether bytes are current they say themselves, so nothing has to be taken
//! out of here; a page under another name than its own must not be put in, since what it says is about its own.

use std::cell::RefCell;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::cache::Key;
use super::finished::Finished;

/// Pages a thread remembers: some megabytes.
const PLACES: usize = 512;

/// Larger pages are left to the cache, which is bounded by bytes.
const BODY_BYTES_MAX: usize = 64 << 10;

thread_local! {
    static RECENT: RefCell<Vec<Option<Entry>>> = RefCell::new(vec![None; PLACES]);
}

#[derive(Clone, Debug)]
struct Entry {
    /// The table is the thread's; whose page this is.
    cache: u64,
    key: Key,
    page: Arc<Finished>,
}

/// One cache's part of the tables.
#[derive(Debug)]
pub(super) struct Recent {
    cache: u64,
    hasher: foldhash::fast::RandomState,
}

impl Recent {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { cache: NEXT.fetch_add(1, Ordering::Relaxed), hasher: foldhash::fast::RandomState::default() }
    }

    pub(super) fn get(&self, key: &Key, generation: u64) -> Option<Arc<Finished>> {
        RECENT.with_borrow(|entries| {
            let entry = entries[self.place(key)].as_ref()?;
            let same = entry.cache == self.cache && entry.key == *key && entry.page.is_current_in(generation);
            same.then(|| Arc::clone(&entry.page))
        })
    }

    pub(super) fn put(&self, key: Key, page: &Arc<Finished>) {
        if page.body.len() > BODY_BYTES_MAX {
            return;
        }
        let place = self.place(&key);
        let entry = Entry { cache: self.cache, key, page: Arc::clone(page) };
        RECENT.with_borrow_mut(|entries| entries[place] = Some(entry));
    }

    fn place(&self, key: &Key) -> usize {
        self.hasher.hash_one(key) as usize % PLACES
    }
}
