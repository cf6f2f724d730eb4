//! A change: one row inserted, updated or deleted in the source, with the images the log keeps of it.
//!
//! A change is a hint and nothing more. It says which cars to fetch again; no value of it ever reaches a page.

pub mod decode;
pub mod heartbeat;
mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use reading::{ChangeLog, ChangeReader};

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
    /// [`ALL_TABLES`] when it is not known which.
    pub table: String,
    pub op: Op,
    pub before: Option<Image>,
    pub after: Option<Image>,
    /// Columns of the primary key, where the log says so.
    pub key: Arc<[String]>,
    /// Its place in the source's log, where whoever tells of it says so.
    pub origin: Option<Origin>,
    /// Of [`Op::Table`]: the statement, or the reason.
    pub note: Option<String>,
}

/// The table of a change that may concern any.
pub const ALL_TABLES: &str = "*";

impl Change {
    pub fn row(table: &str, op: Op, before: Option<Image>, after: Option<Image>) -> Self {
        let (key, origin, note) = (Arc::default(), None, None);
        Self { table: table.to_owned(), op, before, after, key, origin, note }
    }

    /// "Something happened to this table": what a change that cannot be read is turned into.
    pub fn whole_table(table: &str, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..Self::row(table, Op::Table, None, None) }
    }

    /// Both images, since a row that moves from one car to another concerns both.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.before.iter().chain(self.after.iter())
    }
}

/// Where the binlog has a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub server_id: u32,
    /// Of its transaction: `uuid:n` (MySQL) or `domain-server-n` (MariaDB).
    pub gtid: Option<String>,
    pub file: String,
    /// A byte position within its transaction, begin and end excluded and included.
    pub pos: u64,
    /// Number of the row within its event, from 0.
    pub row: u32,
    /// When it was executed, unix ms. MySQL counts whole seconds.
    pub ts_ms: u64,
}

/// The furthest places of the source's log that changes were read from: a read of the source that shows all of them shows
/// everything that was told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// File and byte position.
    pub place: Option<(String, u64)>,
    /// Server uuid -> highest number, of MySQL's GTIDs.
    pub gtids: BTreeMap<String, u64>,
}

impl Reach {
    pub fn add(&mut self, origin: &Origin) {
        let place = (origin.file.as_str(), origin.pos);
        let further = |(file, pos): &(String, u64)| {
            number(file) < number(place.0) || (file == place.0 && *pos < place.1)
        };
        // Names of another server's files begin anew; the latest word counts then.
        let foreign = |(file, _): &(String, u64)| stem(file) != stem(place.0);
        if !origin.file.is_empty() && self.place.as_ref().is_none_or(|known| foreign(known) || further(known))
        {
            self.place = Some((place.0.to_owned(), place.1));
        }
        // `uuid:n`, or `uuid:tag:n` of a tagged one.
        if let Some((server, n)) = origin.gtid.as_deref().and_then(|gtid| gtid.rsplit_once(':'))
            && let Ok(n) = n.parse::<u64>()
        {
            let highest = self.gtids.entry(server.to_owned()).or_default();
            *highest = n.max(*highest);
        }
    }
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// Of a binlog file: `mysql-bin.000042` -> 42.
fn number(file: &str) -> u64 {
    file.rsplit_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// What is read at once: changes in the log's order, and how far they reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub changes: Vec<Change>,
    /// Where to go on reading once these changes are applied.
    pub position: Position,
    /// Unix ms; set when the batch reaches the end of the log: everything committed before this instant is in it or
    /// in an earlier batch.
    pub complete_until_ms: Option<u64>,
}

/// A place in a change log, in words of that log's own. Empty: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(pub String);

impl Position {
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Reach};

    #[test]
    fn a_reach_only_grows_but_follows_to_another_server() {
        let mut reach = Reach::default();
        for (file, pos, gtid, expected) in [
            ("mb.000009", 500, None, ("mb.000009", 500)),
            ("mb.000009", 400, None, ("mb.000009", 500)),
            ("mb.000010", 4, None, ("mb.000010", 4)),
            ("mb.000009", 900, Some("aa-bb:7"), ("mb.000010", 4)),
            ("other.000001", 9, Some("aa-bb:5"), ("other.000001", 9)),
        ] {
            let gtid = gtid.map(str::to_owned);
            reach.add(&Origin { file: file.to_owned(), pos, gtid, ..Origin::default() });
            assert_eq!(reach.place, Some((expected.0.to_owned(), expected.1)));
        }
        assert_eq!(reach.gtids.into_iter().collect::<Vec<_>>(), [("aa-bb".to_owned(), 7)]);
    }
}
