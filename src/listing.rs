//! The listing: query -> ten cars and a marker. Pure functions of a snapshot.

mod cursor;
mod similar;

pub use cursor::Cursor;
pub use similar::similar;

use crate::http::query::{self, BadQuery};
use crate::snapshot::{OrderKey, Slot, Snapshot};

/// Cars on a page.
pub const PAGE_CARS: usize = 10;

/// What a listing's address asks for. Keys that are not ours (ad parameters among them) are no part of it, so they can
/// change neither a byte nor a cache key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    pub after: Option<Cursor>,
}

impl Query {
    /// Reads the part of the URL behind `?`.
    pub fn parse(text: &str) -> Result<Self, BadQuery> {
        let mut query = Self::default();
        for pair in query::pairs(text) {
            let (key, value) = pair?;
            if key == "after" {
                let cursor =
                    Cursor::decode(&value).ok_or(BadQuery("the marker `after` is not one of ours"))?;
                if query.after.replace(cursor).is_some() {
                    return Err(BadQuery("the marker `after` is given twice"));
                }
            }
        }
        Ok(query)
    }
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub slots: Vec<Slot>,
    /// Cars the query finds in all.
    pub total: usize,
    /// Continues the listing; absent on its last page.
    pub next: Option<Cursor>,
}

/// A marker names the place behind a car, not a number of cars: whatever arrives, sells or changes price in between,
/// no car is shown twice, and none that stays is left out.
pub fn find(snapshot: &Snapshot, query: &Query) -> Found {
    let newest = snapshot.newest();
    let rest = newest.after(query.after.map(|Cursor(key)| key));
    let page = &rest[..rest.len().min(PAGE_CARS)];
    let last: Option<OrderKey> = page.last().map(|entry| entry.0);
    let next = last.filter(|_| rest.len() > page.len()).map(Cursor);
    Found { slots: page.iter().map(|entry| entry.1).collect(), total: newest.len(), next }
}

#[cfg(test)]
mod tests;
