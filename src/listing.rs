//! The listing: what was asked for, and for whom -> ten cars and a cursor. Pure functions of a snapshot.
//!
//! - `choice`: an address's filters and order, in one canonical form; `cursor`: how a list goes on; `spec`: for whom
//! - `filter`: choice -> sets of cars; `facets`: what each value would leave; `advice`: what to do when nothing is left;
//!   `counts`: all of these at once
//! - `order`: the first cars of a set; `diversity`: not ten times the same; `similar`: cars like one car
//! - `shown`: what a page showed, for the events

pub mod advice;
mod choice;
mod counts;
mod cursor;
mod diversity;
pub mod facets;
mod filter;
mod order;
mod shown;
mod similar;
mod spec;

use compact_str::CompactString;

pub use choice::{Choice, RANGES, Range, RangeKey, Sort, WORDS, written};
pub use counts::Counts;
pub use cursor::Cursor;
pub use filter::{Filter, Matching};
pub use order::by_score;
pub use shown::Shown;
pub use similar::similar;
pub use spec::{Spec, with_article};

use crate::http::query::{self, BadQuery};
use crate::keys::Keys;
use crate::rank::Taste;
use crate::snapshot::{Ranked, Slot, Snapshot, bits};

/// Cars on a page.
pub const PAGE_CARS: usize = 10;

/// What a listing's address asks for. Keys that are not ours (ad parameters among them) are no part of it, so they can
/// change neither a byte nor a cache key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    pub choice: Choice,
    pub after: Option<Cursor>,
    /// The same for the same choice and cursor: the page's name. Empty for the plain listing.
    pub canonical: CompactString,
    /// A cursor of another choice was given: the list begins anew.
    pub restarted: bool,
}

impl Query {
    /// Reads the part of the URL behind `?`.
    pub fn parse(text: &str, keys: &Keys) -> Result<Self, BadQuery> {
        let mut query = Self::default();
        if text.is_empty() {
            return Ok(query);
        }
        let mut after = CompactString::default();
        for pair in query::pairs(text, |key| key == "after" || Choice::knows(key)) {
            let (key, value) = pair?;
            if key != "after" {
                query.choice.take(&key, &value)?;
            } else if !value.is_empty() {
                let cursor = Cursor::open(keys, &value);
                let cursor = cursor.ok_or(BadQuery("the cursor `after` is not one of ours"))?;
                if query.after.replace(cursor).is_some() {
                    return Err(BadQuery("the cursor `after` is given twice"));
                }
                after = value.as_ref().into();
            }
        }
        query.choice.settle();
        query.canonical = query.choice.canonical().into();
        if let Some(cursor) = &query.after {
            if cursor.choice == cursor::name_of(&query.choice) {
                let separator = if query.canonical.is_empty() { "after=" } else { "&after=" };
                query.canonical.push_str(separator);
                query.canonical.push_str(&after);
            } else {
                query.after = None;
                query.restarted = true;
                query.canonical.push_str("&restarted");
            }
        }
        Ok(query)
    }
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub slots: Vec<Slot>,
    /// Continues the listing; absent on its last page.
    pub next: Option<Next>,
    /// The model the page is ordered by; 0 for orders that need none.
    pub model: u64,
    /// The model the list was ordered by is no longer kept: the rest comes in a new one's order.
    pub reordered: bool,
    /// So much was shown that no cursor can tell.
    pub too_long: bool,
}

/// The cursor of the next page, sealed only when a page is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next(pub String);

/// The next ten cars that match and were not shown yet.
pub fn find(snapshot: &Snapshot, keys: &Keys, query: &Query, spec: &Spec, counts: &Counts) -> Found {
    let columns = snapshot.columns();
    let shown: &[u64] = query.after.as_ref().map_or(&[], |cursor| &cursor.shown);
    let mut left = counts.matching.all.clone();
    for slot in shown.iter().filter_map(|&car| snapshot.slot(crate::car::CarId(car))) {
        bits::remove(&mut left, slot);
    }
    let n_left = bits::count(&left);
    let (ranked, reordered) = ranked(snapshot, query);
    let slots = match ranked {
        Some(ranked) => {
            let taste = spec.taste(snapshot, ranked, &query.choice);
            // Who has looked at a car need not be shown it before all others.
            let (fresh, known) = set_apart(snapshot, &left, spec);
            let mut slots = page(snapshot, ranked, &taste, &fresh);
            if slots.len() < PAGE_CARS {
                let known = by_score(columns, ranked, &taste, &known, PAGE_CARS - slots.len());
                slots.extend(known.into_iter().map(|(slot, _)| slot));
            }
            slots
        }
        None => order::by_column(columns, query.choice.sort, &left, PAGE_CARS),
    };
    let model = ranked.map_or(0, |ranked| ranked.model.id);
    let mut found = Found { slots, next: None, model, reordered, too_long: false };
    if n_left > found.slots.len() {
        let ids = found.slots.iter().map(|slot| columns.ids()[slot.0 as usize]);
        let mut shown: Vec<u64> = shown.iter().copied().chain(ids).collect();
        shown.sort_unstable();
        let cursor = Cursor { choice: cursor::name_of(&query.choice), model, spec: spec.clone(), shown };
        found.next = cursor.seal(keys).map(Next);
        found.too_long = found.next.is_none();
    }
    found
}

/// The next page of a set: ten cars, fewer only if there are no more.
pub fn page(snapshot: &Snapshot, ranked: &Ranked, taste: &Taste, of: &[u64]) -> Vec<Slot> {
    let window = order::best(snapshot.columns(), ranked, taste, of, diversity::WINDOW);
    diversity::pick(&ranked.traits, window)
}

/// The cars of a set, and apart from them those that a visitor has looked at.
fn set_apart(snapshot: &Snapshot, of: &[u64], spec: &Spec) -> (Vec<u64>, Vec<u64>) {
    let (mut fresh, mut known) = (of.to_vec(), vec![0; of.len()]);
    for slot in spec.anchors.iter().filter_map(|&(car, _)| snapshot.slot(car)) {
        if bits::remove(&mut fresh, slot) {
            known[slot.0 as usize / 64] |= 1 << (slot.0 % 64);
        }
    }
    (fresh, known)
}

/// The first live cars in an order that needs no model.
pub fn sorted(snapshot: &Snapshot, sort: Sort, n: usize) -> Vec<Slot> {
    let columns = snapshot.columns();
    order::by_column(columns, sort, columns.live(), n)
}

/// What to order by, unless the order needs no model: the one the list began with, as long as it is kept.
fn ranked<'a>(snapshot: &'a Snapshot, query: &Query) -> (Option<&'a Ranked>, bool) {
    if query.choice.sort != Sort::Recommended {
        return (None, false);
    }
    let newest = snapshot.ranking().first();
    let Some(pinned) = query.after.as_ref().map(|cursor| cursor.model) else { return (newest, false) };
    let kept = snapshot.ranking().iter().find(|ranked| ranked.model.id == pinned);
    (kept.or(newest), kept.is_none() && newest.is_some())
}

/// For whom a page is ordered: as its list began, or by the profile of who asks.
pub fn spec(snapshot: &Snapshot, query: &Query, profile: impl FnOnce() -> crate::rank::Profile) -> Spec {
    if let Some(cursor) = &query.after {
        return cursor.spec.clone();
    }
    match (query.choice.sort, snapshot.ranking().first()) {
        (Sort::Recommended, Some(ranked)) => Spec::of(&profile(), &ranked.model, snapshot),
        _ => Spec::default(),
    }
}

#[cfg(test)]
mod tests;
