//! Filters that a listing offers as one tap.

use super::listing::{address, value_label};
use super::plan::Listing;
use crate::listing::WORDS;
use crate::snapshot::Columns;

/// Attributes whose values are offered as one tap, in this order.
const PROMOTED: [&str; 7] = ["transmission", "body", "fuel", "make", "model", "owner", "city"];
const PROMOTED_MAX: usize = 4;

/// Label and address of what would narrow this list best: of each attribute that does not narrow it yet, the value that
/// keeps most cars but not more than half. One that keeps almost none is no help.
pub(super) fn filters(columns: &Columns, listing: &Listing) -> Vec<(String, String)> {
    let (choice, total) = (&listing.query.choice, listing.counts.total);
    let of = |key: &&str| {
        let facet = listing.counts.facets.iter().find(|facet| WORDS[facet.place].0 == *key)?;
        let value =
            facet.values.iter().filter(|value| value.cars * 2 <= total).max_by_key(|value| value.cars)?;
        let helps = choice.words[facet.place].is_empty() && value.cars * 20 >= total;
        let words = columns.words(WORDS[facet.place].1);
        let mut narrowed = choice.clone();
        narrowed.words[facet.place] = vec![words.slug(value.code).into()];
        let label = value_label(WORDS[facet.place].1, words.name(value.code));
        helps.then(|| (label, address(&narrowed)))
    };
    if total < 2 { Vec::new() } else { PROMOTED.iter().filter_map(of).take(PROMOTED_MAX).collect() }
}
