//! The first cars of a set in some order. Orders are total, and the same in every process: equal cars go by their id.

use super::choice::Sort;
use crate::rank::{LANES, Taste};
use crate::snapshot::{Columns, Number, Ranked, Slot, bits};

/// Where a car stands, less is earlier: its key, what decides between equal keys, and its slot, in one number, since they are
/// compared thousands of times a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u128);

impl Place {
    fn new(ord: u32, tie: u64, slot: Slot) -> Self {
        Self(u128::from(ord) << 96 | u128::from(tie) << 32 | u128::from(slot.0))
    }

    fn ord(self) -> u32 {
        (self.0 >> 96) as u32
    }

    pub(super) fn slot(self) -> Slot {
        Slot(self.0 as u32)
    }
}

/// At most `n` of the slots, the highest score first, with their scores.
pub fn by_score(columns: &Columns, ranked: &Ranked, taste: &Taste, of: &[u64], n: usize) -> Vec<(Slot, f32)> {
    let mut places = best(columns, ranked, taste, of, n);
    places.sort_unstable();
    places.into_iter().map(|place| (place.slot(), score_of(!place.ord()))).collect()
}

/// The same cars in no order.
pub(super) fn best(columns: &Columns, ranked: &Ranked, taste: &Taste, of: &[u64], n: usize) -> Vec<Place> {
    let keys = |block| {
        let scores = ranked.vectors.scores(block, &taste.vector, taste.base);
        scores.map(|score| !monotone(score))
    };
    first(columns, of, n, keys, |id| id)
}

/// At most `n` of the slots in an order that needs no model.
pub(super) fn by_column(columns: &Columns, sort: Sort, of: &[u64], n: usize) -> Vec<Slot> {
    let (number, greatest_first) = match sort {
        Sort::Price => (Number::PriceRupees, false),
        Sort::PriceDesc => (Number::PriceRupees, true),
        Sort::Km => (Number::KmDriven, false),
        Sort::Year => (Number::RegistrationYear, true),
        Sort::Newest | Sort::Recommended => (Number::ListedAt, true),
    };
    let column = columns.number(number);
    let flip = if greatest_first { u32::MAX } else { 0 };
    let keys = |block: usize| {
        let mut keys = [u32::MAX; LANES];
        for (key, number) in keys.iter_mut().zip(&column[block * LANES..]) {
            *key = number ^ flip;
        }
        keys
    };
    // Of cars listed in the same second, the later id came later.
    let tie = if number == Number::ListedAt { |id: u64| !id } else { |id: u64| id };
    let mut places = first(columns, of, n, keys, tie);
    places.sort_unstable();
    places.into_iter().map(Place::slot).collect()
}

/// At most `n` of the slots, in no order. Goes through the blocks that have any of them. Past the first ones hardly any holds a car that is early enough.
fn first(
    columns: &Columns,
    of: &[u64],
    n: usize,
    keys: impl Fn(usize) -> [u32; LANES],
    tie: impl Fn(u64) -> u64,
) -> Vec<Place> {
    let ids = columns.ids();
    // Cut whenever so many are held: all for an order of everything, a page's window otherwise.
    let held_max = n.saturating_mul(2).max(n.saturating_add(LANES));
    let mut places: Vec<Place> = Vec::with_capacity(held_max.min(of.len() * 64));
    let mut worst = u32::MAX;
    for (block, set) in halves(of) {
        let keys = keys(block);
        if keys.iter().all(|&ord| ord > worst) {
            continue;
        }
        for Slot(lane) in bits::slots(&[u64::from(set)]) {
            let ord = keys[lane as usize];
            if ord > worst {
                continue;
            }
            let slot = block * LANES + lane as usize;
            let at = Slot(u32::try_from(slot).unwrap_or(u32::MAX));
            places.push(Place::new(ord, tie(ids[slot]), at));
        }
        if places.len() >= held_max {
            cut(&mut places, n);
            worst = places.last().map_or(u32::MAX, |last| last.ord());
        }
    }
    cut(&mut places, n);
    places
}

/// Leaves the first `n`, the last of them at the end if there were more.
fn cut(places: &mut Vec<Place>, n: usize) {
    if n < places.len() {
        if n > 0 {
            places.select_nth_unstable(n - 1);
        }
        places.truncate(n);
    }
}

/// The blocks of 32 that are not empty.
fn halves(bits: &[u64]) -> impl Iterator<Item = (usize, u32)> {
    let halves = bits.iter().enumerate().flat_map(|(i, &word)| {
        [(2 * i, (word & u64::from(u32::MAX)) as u32), (2 * i + 1, (word >> 32) as u32)]
    });
    halves.filter(|(_, half)| *half != 0)
}

/// Orders like the float does. Zero has two signs and one place.
fn monotone(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn score_of(ord: u32) -> f32 {
    f32::from_bits(if ord >> 31 == 1 { ord & !(1 << 31) } else { !ord })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{monotone, score_of};

    proptest! {
        #[test]
        fn keys_order_as_scores_do(a: f32, b: f32) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            prop_assert_eq!(monotone(a).cmp(&monotone(b)), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(score_of(monotone(a)).to_bits(), (a + 0.0).to_bits());
        }
    }
}
