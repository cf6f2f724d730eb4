//! What was sent a while ago: the same again is the same lead, something else by the same person about the same car is
//! said to be.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::Fate;

/// Keyed hash.
pub(super) type Mark = [u8; 32];

/// Leads remembered; beyond that the oldest are forgotten, and sent again within their stretch have their id all the same.
const REMEMBERED_MAX: usize = 20_000;

pub(super) struct Recent {
    /// For so long the same is the same.
    stretch_ms: u64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    leads: HashMap<Mark, Entry>,
    /// By person and car: when they last asked.
    persons: HashMap<Mark, u64>,
    order: VecDeque<(Mark, Mark)>,
}

struct Entry {
    id: String,
    at_ms: u64,
    fate: watch::Receiver<Fate>,
}

/// What a post is.
pub(super) enum Claim {
    /// Under this id it is on its way or kept already.
    Same(String, watch::Receiver<Fate>),
    /// `again`: in other words than before; `retried`: the same, and it was not kept then.
    New { id: String, again: bool, retried: bool },
}

impl Recent {
    pub(super) fn new(stretch_ms: u64) -> Self {
        Self { stretch_ms, known: Mutex::default() }
    }

    /// Decides for everybody at once: of two clicks only one is new. `id` is asked for if it is; what failed before keeps
    /// the id it had, since nobody knows whether it is on a disk after all.
    pub(super) fn claim(
        &self,
        (fingerprint, related): (&Mark, &Mark),
        now_ms: u64,
        fate: &watch::Receiver<Fate>,
        id: impl FnOnce() -> String,
    ) -> Claim {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |at_ms: u64| now_ms < at_ms.saturating_add(self.stretch_ms);
        let before = known.leads.get(fingerprint).filter(|entry| is_fresh(entry.at_ms));
        let (id, at_ms) = match before {
            Some(entry) if *entry.fate.borrow() != Fate::NotKept => {
                return Claim::Same(entry.id.clone(), entry.fate.clone());
            }
            Some(entry) => (entry.id.clone(), entry.at_ms),
            None => (id(), now_ms),
        };
        let retried = before.is_some();
        let again = !retried && known.persons.get(related).copied().is_some_and(is_fresh);
        known.put(*fingerprint, *related, Entry { id: id.clone(), at_ms, fate: fate.clone() });
        Claim::New { id, again, retried }
    }

    /// Of a lead that is on this disk.
    pub(super) fn remember(&self, fingerprint: Mark, related: Mark, id: String, at_ms: u64) {
        let (_, fate) = watch::channel(Fate::Kept(super::Place::Spool));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(fingerprint, related, Entry { id, at_ms, fate });
    }
}

impl Known {
    fn put(&mut self, fingerprint: Mark, related: Mark, entry: Entry) {
        self.persons.insert(related, entry.at_ms);
        if self.leads.insert(fingerprint, entry).is_none() {
            self.order.push_back((fingerprint, related));
        }
        if self.order.len() > REMEMBERED_MAX
            && let Some((fingerprint, related)) = self.order.pop_front()
        {
            self.leads.remove(&fingerprint);
            self.persons.remove(&related);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, Fate, Recent};
    use crate::lead::{Place, Ticket};

    #[test]
    fn the_same_is_one_lead_and_something_else_is_related() {
        let recent = Recent::new(1000);
        let ([spool], fate) = Ticket::new::<1>();
        let claim = |print: u8, person: u8, now_ms, id: &str| match recent.claim(
            (&[print; 32], &[person; 32]),
            now_ms,
            &fate,
            || id.to_owned(),
        ) {
            Claim::Same(id, _) => format!("same {id}"),
            Claim::New { id, again, .. } => format!("new {id} {again}"),
        };
        assert_eq!(claim(1, 1, 5, "a"), "new a false");
        assert_eq!(claim(1, 1, 6, "b"), "same a", "on its way");
        spool.kept(Place::Spool);
        assert_eq!(claim(1, 1, 1004, "b"), "same a");
        assert_eq!(claim(2, 1, 1004, "c"), "new c true", "other words");
        assert_eq!(claim(3, 2, 1004, "d"), "new d false", "somebody else");
        assert_eq!(claim(1, 1, 1005, "e"), "new e true", "a stretch later");
        recent.remember([9; 32], [8; 32], "z".to_owned(), 2000);
        assert_eq!(claim(9, 8, 2500, "y"), "same z");
    }

    #[test]
    fn what_failed_keeps_its_id() {
        let recent = Recent::new(1000);
        let ([spool], fate) = Ticket::new::<1>();
        let claim = |now_ms, id: &str| recent.claim((&[1; 32], &[1; 32]), now_ms, &fate, || id.to_owned());
        assert!(matches!(claim(5, "a"), Claim::New { id, retried: false, .. } if id == "a"));
        drop(spool);
        assert_eq!(*fate.borrow(), Fate::NotKept);
        assert!(matches!(claim(999, "b"), Claim::New { id, again: false, retried: true } if id == "a"));
    }

    #[test]
    fn a_flood_is_forgotten_from_the_oldest_on() {
        let recent = Recent::new(1_000_000);
        for n in 0..30_000u32 {
            let mut mark = [0; 32];
            mark[..4].copy_from_slice(&n.to_le_bytes());
            recent.remember(mark, mark, String::new(), 1);
        }
        let known = recent.known.lock().unwrap();
        assert_eq!((known.leads.len(), known.persons.len(), known.order.len()), (20_000, 20_000, 20_000));
    }
}
