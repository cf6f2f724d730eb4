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

/// Bounds that move first, then filters to drop by what they bring.
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

/// How far each bound has to go, in steps a person would take, to bring some cars.
fn moved(columns: &Columns, choice: &Choice, place: usize, others: &[u64]) -> Vec<Advice> {
    let Range { min, max } = choice.ranges[place];
    let column = columns.number(RANGES[place].number);
    let numbers = || bits::slots(others).map(|slot| column[slot.0 as usize]).filter(|&number| number != NONE);
    let step = RANGES[place].step * RANGES[place].scale;
    // In whole steps, so far that the nearest cars are in.
    let by = |mut distances: Vec<u32>| {
        distances.sort_unstable();
        let nth = ENOUGH.min(distances.len()).checked_sub(1)?;
        let by = distances[nth].div_ceil(step).saturating_mul(step);
        Some((by, distances.iter().filter(|&&distance| distance <= by).count()))
    };
    let raised = max.and_then(|max| {
        let above = numbers().filter(|&number| number > max && min.is_none_or(|min| number >= min));
        let (by, cars) = by(above.map(|number| number - max).collect())?;
        let mut choice = choice.clone();
        choice.ranges[place].max = Some(max.saturating_add(by));
        Some(Advice { choice, change: Change::Raise { range: place, by }, cars })
    });
    let lowered = min.and_then(|min| {
        let below = numbers().filter(|&number| number < min && max.is_none_or(|max| number <= max));
        let (by, cars) = by(below.map(|number| min - number).collect())?;
        let mut choice = choice.clone();
        let by = by.min(min);
        choice.ranges[place].min = Some(min - by);
        Some(Advice { choice, change: Change::Lower { range: place, by }, cars })
    });
    raised.into_iter().chain(lowered).collect()
}
