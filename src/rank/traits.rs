//! How alike two cars are: how many words and bands they share.
//!
//! Only what the model tells apart counts, which keeps it the same as in `training/`: prices of one band are one price, and
//! a word the model has never read is none.

use std::sync::Arc;

use super::attributes::{NUMBERS, WORDS};

/// A car's words and bands as the model's features, one for each kind. The length is one that is compared at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits([u16; 16]);

/// What others are compared with: here nothing is another number, since nothing is shared by having none.
#[derive(Clone, Copy, Debug)]
pub struct Compared([u16; 16]);

const NONE: u16 = u16::MAX;
const NONE_COMPARED: u16 = NONE - 1;
const _: () = assert!(WORDS.len() + NUMBERS.len() <= 16);

impl Traits {
    /// By kind, the feature's row. Rows past what fits count as none.
    pub(super) fn of(rows: impl Iterator<Item = Option<u32>>) -> Self {
        let mut traits = [NONE; 16];
        for (to, row) in traits.iter_mut().zip(rows) {
            let row = row.and_then(|row| u16::try_from(row).ok());
            *to = row.filter(|row| *row < NONE_COMPARED).unwrap_or(NONE);
        }
        Self(traits)
    }

    pub fn compared(self) -> Compared {
        Compared(self.0.map(|row| if row == NONE { NONE_COMPARED } else { row }))
    }

    /// How many both have.
    pub fn shared(&self, with: &Compared) -> u16 {
        self.0.iter().zip(&with.0).map(|(one, other)| u16::from(one == other)).sum()
    }
}

/// Those of a catalogue by slot, shared with the catalogue before until one differs.
#[derive(Clone, Debug, Default)]
pub struct TraitsOfAll(Arc<Vec<Traits>>);

impl TraitsOfAll {
    /// Returns whether the slot's traits were others.
    pub fn put(&mut self, slot: usize, traits: Traits) -> bool {
        if self.0.get(slot) == Some(&traits) {
            return false;
        }
        let all = Arc::make_mut(&mut self.0);
        if slot >= all.len() {
            all.resize(slot + 1, Traits([NONE; 16]));
        }
        all[slot] = traits;
        true
    }

    /// A slot without any shares nothing.
    pub fn of(&self, slot: usize) -> Traits {
        self.0.get(slot).copied().unwrap_or(Traits([NONE; 16]))
    }
}
