//! Choice -> the set of cars it finds, and for every filter the set all *other* filters find, which is what facets count.

use super::choice::{Choice, RANGES, Range, WORDS};
use crate::snapshot::{Columns, DAY_S, NONE, Number, bits};

/// One filter of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Index into [`WORDS`].
    Words(usize),
    /// Index into [`RANGES`].
    Range(usize),
    Days,
    PriceDropped,
}

#[derive(Clone, Debug)]
pub struct Matching {
    /// The live cars that pass all filters.
    pub all: Vec<u64>,
    /// The live cars that pass all filters but this one.
    without: Vec<(Filter, Vec<u64>)>,
}

impl Matching {
    /// `today`: days since 1970.
    pub fn of(columns: &Columns, choice: &Choice, today: u32) -> Self {
        let live = columns.live();
        let filters = passing(columns, choice, today);
        // All before a filter, and all behind it.
        let mut before = vec![live.to_vec()];
        for (_, passes) in &filters {
            let mut next = before[before.len() - 1].clone();
            bits::keep(&mut next, passes);
            before.push(next);
        }
        let all = before.pop().unwrap_or_default();
        let mut behind = live.to_vec();
        let mut without = Vec::with_capacity(filters.len());
        for ((filter, passes), mut others) in filters.into_iter().zip(before).rev() {
            bits::keep(&mut others, &behind);
            bits::keep(&mut behind, &passes);
            without.push((filter, others));
        }
        without.reverse();
        Self { all, without }
    }

    /// What all other filters find; of a filter that is not applied, what all find.
    pub fn without(&self, filter: Filter) -> &[u64] {
        self.without.iter().find(|(other, _)| *other == filter).map_or(&self.all, |(_, others)| others)
    }

    /// On the heap, roughly.
    pub fn bytes(&self) -> usize {
        (1 + self.without.len()) * size_of_val(self.all.as_slice())
    }

    /// The filters applied, in canonical order.
    pub fn filters(&self) -> impl Iterator<Item = (Filter, &[u64])> {
        self.without.iter().map(|(filter, others)| (*filter, others.as_slice()))
    }
}

/// The filters that are applied, and what each lets through.
fn passing(columns: &Columns, choice: &Choice, today: u32) -> Vec<(Filter, Vec<u64>)> {
    let mut filters = Vec::new();
    let n_words = columns.live().len();
    for (place, words) in choice.words.iter().enumerate().filter(|(_, words)| !words.is_empty()) {
        let of = columns.words(WORDS[place].1);
        let mut passes = vec![0; n_words];
        for code in words.iter().filter_map(|word| of.code(word)) {
            bits::add(&mut passes, of.live(code));
        }
        filters.push((Filter::Words(place), passes));
    }
    for (place, &range) in choice.ranges.iter().enumerate().filter(|(_, range)| !range.is_open()) {
        filters.push((Filter::Range(place), within(columns.number(RANGES[place].number), range, n_words)));
    }
    if let Some(days) = choice.days_max {
        filters.push((Filter::Days, listed_within(columns, days, today)));
    }
    if choice.price_dropped {
        let mut passes = columns.price_dropped().to_vec();
        passes.resize(n_words, 0);
        filters.push((Filter::PriceDropped, passes));
    }
    filters
}

/// The cars listed within so many days, today included.
fn listed_within(columns: &Columns, days: u32, today: u32) -> Vec<u64> {
    let range = Range { min: Some(today.saturating_sub(days).saturating_mul(DAY_S)), max: None };
    within(columns.number(Number::ListedAt), range, columns.live().len())
}

/// The slots whose number is within the range; a car without the number is not.
fn within(column: &[u32], range: Range, n_words: usize) -> Vec<u64> {
    let (min, max) = (range.min.unwrap_or(0), range.max.unwrap_or(NONE - 1).min(NONE - 1));
    let mut passes: Vec<u64> = column
        .chunks(64)
        .map(|numbers| {
            // Comparing is vector code this way; what was compared is packed eight at a time.
            let mut inside = [0u8; 64];
            for (inside, &number) in inside.iter_mut().zip(numbers) {
                *inside = u8::from(number >= min) & u8::from(number <= max);
            }
            let (eights, _) = inside.as_chunks::<8>();
            eights.iter().rev().fold(0, |word, eight| word << 8 | pack(*eight))
        })
        .collect();
    passes.resize(n_words, 0);
    passes
}

/// Eight zeros and ones to eight bits, the first the lowest.
fn pack(eight: [u8; 8]) -> u64 {
    u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
