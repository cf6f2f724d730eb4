//! A change: one row inserted, updated or deleted in the source, with the images the log keeps of it.
//!
//! A change is a hint and nothing more. It says which cars to fetch again; no value of it ever reaches a page.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Column name -> value of one row.
pub type Image = Map<String, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    Insert,
    Update,
    Delete,
    /// The table as a whole: DDL, TRUNCATE, or changes that could not be decoded. Every car of it is dirty.
    Table,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub table: String,
    pub op: Op,
    pub before: Option<Image>,
    pub after: Option<Image>,
}

impl Change {
    /// "Something happened to this table": what a change that cannot be read is turned into.
    pub fn whole_table(table: &str) -> Self {
        Self { table: table.to_owned(), op: Op::Table, before: None, after: None }
    }

    /// Both images, since a row that moves from one car to another concerns both.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.before.iter().chain(self.after.iter())
    }
}

/// What the relay hands over at once: changes in commit order, and how far they reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub changes: Vec<Change>,
    /// Where to go on reading once these changes are applied.
    pub position: Position,
    /// Unix ms; set when the batch reaches the end of the log: everything committed before this instant is in it or
    /// in an earlier batch.
    pub complete_until_ms: Option<u64>,
}

/// A place in the source's change log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which log: another database has another one, and so has one that was written to while nobody kept the log.
    pub log: String,
    /// The last entry read.
    pub offset: u64,
}
