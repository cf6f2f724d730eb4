//! The values of each attribute with the number of cars each would leave: counted with all *other* filters applied.

use super::choice::{CITY, Choice, HUB, MAKE, MODEL, VARIANT, WORDS};
use super::filter::{Filter, Matching};
use crate::snapshot::{Columns, bits};

pub use crate::snapshot::DAYS;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Index into [`WORDS`].
    pub place: usize,
    /// Values by code, the most frequent first; numbers ascending.
    pub values: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    pub code: u32,
    pub cars: usize,
    pub is_chosen: bool,
}

/// What a page offers: models of the chosen makes, variants of the chosen models, hubs of the chosen cities, and all the
/// rest. Values that would leave nothing are not offered, unless they are chosen.
pub fn facets(columns: &Columns, choice: &Choice, matching: &Matching) -> Vec<Facet> {
    let places = (0..WORDS.len()).filter(|&place| is_offered(choice, place));
    places
        .map(|place| facet(columns, choice, matching, place))
        .filter(|facet| !facet.values.is_empty())
        .collect()
}

fn is_offered(choice: &Choice, place: usize) -> bool {
    let parent = match place {
        MODEL => MAKE,
        VARIANT => MODEL,
        HUB => CITY,
        _ => return true,
    };
    !choice.words[parent].is_empty() || !choice.words[place].is_empty()
}

fn facet(columns: &Columns, choice: &Choice, matching: &Matching, place: usize) -> Facet {
    let words = columns.words(WORDS[place].1);
    let others = matching.without(Filter::Words(place));
    // Nobody has to be counted when nothing is filtered.
    let counted = !choice.is_open();
    let codes = 0..u32::try_from(words.len()).unwrap_or(0);
    let values = codes.filter_map(|code| {
        let cars = if counted { bits::count_both(others, words.live(code)) } else { words.n_live(code) };
        let is_chosen = choice.words[place].iter().any(|word| word == words.slug(code));
        (cars > 0 || is_chosen).then_some(Value { code, cars, is_chosen })
    });
    let mut values: Vec<_> = values.collect();
    let by_name = |value: &Value| words.slug(value.code);
    match WORDS[place].0 {
        "owner" | "seats" => values.sort_by_key(|value| by_name(value).parse::<u32>().unwrap_or(u32::MAX)),
        _ => values.sort_by(|a, b| b.cars.cmp(&a.cars).then_with(|| by_name(a).cmp(by_name(b)))),
    }
    Facet { place, values }
}

/// How many cars each of [`DAYS`] would leave.
pub fn days(columns: &Columns, matching: &Matching) -> [usize; DAYS.len()] {
    let others = matching.without(Filter::Days);
    std::array::from_fn(|place| bits::count_both(others, columns.recent(place)))
}

/// How many cars the filter on dropped prices would leave.
pub fn price_dropped(columns: &Columns, matching: &Matching) -> usize {
    bits::count_both(matching.without(Filter::PriceDropped), columns.price_dropped())
}
