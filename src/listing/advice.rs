//! When nothing is found: which filter to drop, or how far to go, and how many cars that brings.

use super::choice::{Choice, RANGES, Range};
use super::filter::{Filter, Matching};
use crate::snapshot::{Columns, NONE, bits};

/// Another choice that finds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub choice: Choice,
    pub change: Change,
    pub cars: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The filter is left out.
    Drop(Filter),
    /// A bound is moved, by as much in the column's unit.
    Raise {
        range: usize,
        by: u32,
    },
    Lower {
        range: usize,
        by: u32,
    },
}

/// Cars that moving a bound should bring about.
const ENOUGH: usize = 12;

/// Sorted by what they bring, small steps first.
pub fn advice(columns: &Columns, choice: &Choice, matching: &Matching) -> Vec<Advice> {
    let mut moves = Vec::new();
    let mut drops = Vec::new();
    for (filter, others) in matching.filters() {
        let cars = bits::count(others);
        if cars == 0 {
            continue;
        }
        if let Filter::Range(range) = filter {
            moves.extend(moved(columns, choice, range, others));
        }
        drops.push(Advice { choice: without(choice, filter), change: Change::Drop(filter), cars });
    }
    drops.sort_by_key(|advice| std::cmp::Reverse(advice.cars));
    moves.extend(drops);
    if moves.is_empty() && !choice.is_open() {
        // No single filter is to blame.
        let open = Choice { sort: choice.sort, ..Choice::default() };
        let cars = bits::count(columns.live());
        let first = matching.filters().next().map(|(filter, _)| filter);
        moves.extend(first.map(|filter| Advice { choice: open, change: Change::Drop(filter), cars }));
    }
    moves
}

/// The choice without one filter.
pub fn without(choice: &Choice, filter: Filter) -> Choice {
    let mut choice = choice.clone();
    match filter {
        Filter::Words(place) => choice.words[place].clear(),
        Filter::Range(place) => choice.ranges[place] = Range::default(),
        Filter::Days => choice.days_max = None,
        Filter::PriceDropped => choice.price_dropped = false,
    }
    choice
}

/// How far a bound has to go, in steps a person would take, to bring some cars.
fn moved(columns: &Columns, choice: &Choice, place: usize, others: &[u64]) -> Option<Advice> {
    let key = RANGES[place];
    let Range { min, max } = choice.ranges[place];
    let column = columns.number(key.number);
    let numbers = || bits::slots(others).map(|slot| column[slot.0 as usize]).filter(|&number| number != NONE);
    let step = key.step * key.scale;
    if let Some(max) = max {
        let mut above: Vec<_> =
            numbers().filter(|&number| number > max && min.is_none_or(|min| number >= min)).collect();
        above.sort_unstable();
        let target = *above.get(ENOUGH.min(above.len()).checked_sub(1)?)?;
        let by = (target - max).div_ceil(step).saturating_mul(step);
        let raised = max.saturating_add(by);
        let cars = above.iter().filter(|&&number| number <= raised).count();
        let mut choice = choice.clone();
        choice.ranges[place].max = Some(raised);
        return Some(Advice { choice, change: Change::Raise { range: place, by }, cars });
    }
    let min = min?;
    let mut below: Vec<_> = numbers().filter(|&number| number < min).collect();
    below.sort_unstable_by_key(|&number| std::cmp::Reverse(number));
    let target = *below.get(ENOUGH.min(below.len()).checked_sub(1)?)?;
    let by = (min - target).div_ceil(step).saturating_mul(step).min(min);
    let lowered = min - by;
    let cars = below.iter().filter(|&&number| number >= lowered).count();
    let mut choice = choice.clone();
    choice.ranges[place].min = Some(lowered);
    Some(Advice { choice, change: Change::Lower { range: place, by }, cars })
}
