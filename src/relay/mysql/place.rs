//! A place in a server's binlog, and its text.

use serde::{Deserialize, Serialize};

use super::gtid::Gtids;
use crate::change::Position;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Flavour {
    MariaDb,
    MySql,
}

/// Always between two transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Whose files are meant.
    pub(super) server: String,
    pub(super) spot: Spot,
    /// Every transaction that was read; empty where the server has none.
    pub(super) gtids: Gtids,
}

/// File and byte position, good for one server only. The file is empty when it is not known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: String,
    pub(super) pos: u64,
}

#[derive(Serialize, Deserialize)]
struct Text {
    flavour: Flavour,
    server: String,
    file: String,
    pos: u64,
    gtid: String,
}

impl Spot {
    pub(super) fn new(file: &str, pos: u64) -> Self {
        Self { file: file.to_owned(), pos }
    }

    /// Whether this is at or behind `other`, in the log of one server.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        match (split(&self.file), split(&other.file)) {
            (Some(own), Some(other_file)) if own.0 == other_file.0 => {
                own.1 > other_file.1 || (own.1 == other_file.1 && self.pos >= other.pos)
            }
            _ => false,
        }
    }
}

/// `mysql-bin.000042` -> (`mysql-bin`, 42).
fn split(file: &str) -> Option<(&str, u64)> {
    let (stem, number) = file.rsplit_once('.')?;
    Some((stem, number.parse().ok()?))
}

/// Whether it looks like the name of a binlog file.
pub(super) fn is_file(name: &str) -> bool {
    split(name).is_some_and(|(stem, _)| {
        !stem.is_empty() && !name.contains(|c: char| c.is_control() || c == '\u{fffd}')
    })
}

impl Flavour {
    pub(super) fn gtids(self, text: &str) -> Option<Gtids> {
        match self {
            Self::MariaDb => Gtids::parse_mariadb(text),
            Self::MySql => Gtids::parse_mysql(text),
        }
    }
}

impl Place {
    pub(super) fn flavour(&self) -> Flavour {
        match self.gtids {
            Gtids::MariaDb(_) => Flavour::MariaDb,
            Gtids::MySql(_) => Flavour::MySql,
        }
    }

    pub(super) fn position(&self) -> Position {
        let Self { server, spot: Spot { file, pos }, gtids } = self;
        let (flavour, server, file) = (self.flavour(), server.clone(), file.clone());
        let text = Text { flavour, server, file, pos: *pos, gtid: gtids.to_string() };
        Position(serde_json::to_string(&text).unwrap_or_default())
    }

    pub(super) fn parse(position: &Position) -> Option<Self> {
        let text: Text = serde_json::from_str(&position.0).ok()?;
        let gtids = text.flavour.gtids(&text.gtid)?;
        Some(Self { server: text.server, spot: Spot { file: text.file, pos: text.pos }, gtids })
    }
}

#[cfg(test)]
mod tests {
    use super::{Flavour, Place, Spot, is_file};
    use crate::change::Position;

    #[test]
    fn a_place_survives_its_text() {
        for (flavour, gtid) in [(Flavour::MariaDb, "0-1-2"), (Flavour::MySql, "aa:1-2"), (Flavour::MySql, "")]
        {
            let gtids = flavour.gtids(gtid).unwrap();
            let place = Place { server: "s".to_owned(), spot: Spot::new("mb.000002", 77), gtids };
            assert_eq!(Place::parse(&place.position()), Some(place));
        }
        assert_eq!(Place::parse(&Position("log:17".to_owned())), None);
    }

    #[test]
    fn spots_are_ordered_by_file_number_then_position() {
        let reaches = |a: (&str, u64), b: (&str, u64)| Spot::new(a.0, a.1).reaches(&Spot::new(b.0, b.1));
        assert!(reaches(("mb.000002", 4), ("mb.000001", 900)));
        assert!(reaches(("mb.1000000", 4), ("mb.999999", 900)));
        assert!(reaches(("mb.000002", 4), ("mb.000002", 4)));
        assert!(!reaches(("mb.000002", 4), ("mb.000002", 5)));
        assert!(!reaches(("other.000009", 4), ("mb.000002", 4)));
        assert!(!reaches(("", 0), ("mb.000002", 4)));
        assert!(is_file("mb.000001") && !is_file("mb.000001\u{fffd}abc") && !is_file("mb"));
    }
}
