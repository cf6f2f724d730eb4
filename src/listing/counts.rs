//! What a choice finds and offers, whoever asks for it and whichever page of it: counted once for all of them.

use xxhash_rust::xxh3::xxh3_64;

use super::advice::{Advice, advice};
use super::choice::Choice;
use super::facets::{self, DAYS, Facet};
use super::filter::{Filter, Matching};
use crate::snapshot::{Attribute, Columns, Snapshot, bits};

#[derive(Debug)]
pub struct Counts {
    pub matching: Matching,
    /// Cars that match.
    pub total: usize,
    pub facets: Vec<Facet>,
    /// Cars listed whenever, and by [`DAYS`].
    pub any_day: usize,
    pub days: [usize; DAYS.len()],
    pub price_dropped: usize,
    pub advice: Vec<Advice>,
    /// Of everything a page shows of them, the words' names included.
    pub fingerprint: u64,
}

impl Counts {
    pub fn of(snapshot: &Snapshot, choice: &Choice) -> Self {
        let columns = snapshot.columns();
        let matching = Matching::of(columns, choice, snapshot.today());
        let total = bits::count(&matching.all);
        let mut counts = Self {
            total,
            facets: facets::facets(columns, choice, &matching),
            any_day: bits::count(matching.without(Filter::Days)),
            days: facets::days(columns, &matching),
            price_dropped: facets::price_dropped(columns, &matching),
            advice: if total == 0 { advice(columns, choice, &matching) } else { Vec::new() },
            fingerprint: 0,
            matching,
        };
        counts.fingerprint = counts.name(columns);
        counts
    }

    /// Bytes on the heap, roughly.
    pub fn bytes(&self) -> usize {
        self.matching.bytes()
            + self.facets.iter().map(|facet| size_of_val(facet.values.as_slice())).sum::<usize>()
    }

    fn name(&self, columns: &Columns) -> u64 {
        let mut bytes = Vec::with_capacity(4096);
        let mut add = |number: usize| bytes.extend_from_slice(&(number as u64).to_le_bytes());
        [self.total, self.any_day, self.price_dropped].into_iter().chain(self.days).for_each(&mut add);
        for facet in &self.facets {
            add(facet.place);
            facet.values.iter().for_each(|value| add((value.code as usize) << 32 | value.cars));
        }
        for advice in &self.advice {
            bytes.extend_from_slice(&(advice.cars as u64).to_le_bytes());
            bytes.extend_from_slice(advice.choice.canonical().as_bytes());
        }
        bytes.extend(
            Attribute::ALL.map(|attribute| columns.words(attribute).labels().to_le_bytes()).as_flattened(),
        );
        xxh3_64(&bytes)
    }
}
