//! The ids of the last events: a page that posts again what it does not know to be delivered is heard once.
//!
//! Bounded, and of this process alone: another instance, or the same one much later, takes the same id again. So whoever
//! reads the events looks at ids too, as `training/` does.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

/// Ids remembered, over all parts; some 3 MB.
const IDS_MAX: usize = 100_000;
/// Workers rarely meet in one of so many.
const PARTS: usize = 16;

#[derive(Debug)]
pub(super) struct Recent {
    /// With a secret of this process: nobody can choose an id that is taken for another.
    hasher: RandomState,
    parts: [Mutex<Part>; PARTS],
}

#[derive(Debug, Default)]
struct Part {
    ids: HashSet<u64>,
    oldest_first: VecDeque<u64>,
}

impl Default for Recent {
    fn default() -> Self {
        Self { hasher: RandomState::new(), parts: Default::default() }
    }
}

impl Recent {
    /// Remembers the id; whether it was not there before.
    pub(super) fn is_new(&self, id: &str) -> bool {
        let hash = self.hasher.hash_one(id);
        // A panic between the two collections would leave an id that is forgotten late.
        let mut part = self.parts[hash as usize % PARTS].lock().unwrap_or_else(PoisonError::into_inner);
        if !part.ids.insert(hash) {
            return false;
        }
        part.oldest_first.push_back(hash);
        if part.oldest_first.len() > IDS_MAX / PARTS
            && let Some(oldest) = part.oldest_first.pop_front()
        {
            part.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{IDS_MAX, Recent};

    #[test]
    fn the_last_ids_are_remembered_and_no_more() {
        let recent = Recent::default();
        assert!(recent.is_new("first") && !recent.is_new("first"));
        for n in 0..IDS_MAX / 2 {
            assert!(recent.is_new(&n.to_string()));
        }
        assert!(!recent.is_new("first"), "half as many later");
        for n in 0..2 * IDS_MAX {
            recent.is_new(&format!("x{n}"));
        }
        assert!(recent.is_new("first"), "twice as many later");
        let kept: usize = recent.parts.iter().map(|part| part.lock().unwrap().ids.len()).sum();
        assert!(kept <= IDS_MAX, "{kept}");
    }
}
