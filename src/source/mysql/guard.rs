//! Whether a read shows what the log has told: the binlog may be read before the engine has made a commit visible.
//!
//! MariaDB and Percona Server tell the log's place of a consistent snapshot. MySQL can be asked to wait for a GTID. Where
//! neither helps the read is not proven, and the projector fetches those cars again a little later.

use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::session::{Failure, within};
use crate::change::Reach;

/// How long to wait for a snapshot that shows the reach before giving it up. Most wait for none of these, the rest for one.
pub(super) const WAITS: [Duration; 5] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(8),
    Duration::from_millis(16),
];

const GTID: &str = "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 0.1)";
const SNAPSHOT: &str = "SHOW STATUS LIKE 'Binlog_snapshot_%'";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Yes,
    NotYet,
    /// The server does not say, or speaks of another log.
    Unknown,
}

/// Before the snapshot: waits for the GTIDs of the reach, if it has some. `Yes`: every snapshot from now on shows them.
pub(super) async fn await_gtids(on: &mut Conn, reach: &Reach) -> Result<Shown, Failure> {
    if reach.gtids.is_empty() {
        return Ok(if reach.place.is_none() { Shown::Yes } else { Shown::Unknown });
    }
    for (server, number) in &reach.gtids {
        let set = format!("{server}:{number}");
        match within(on.exec_first::<Option<i64>, _, _>(GTID, (set,))).await {
            // 0: executed. 1: it took too long.
            Ok(Some(Some(0))) => {}
            Ok(_) => return Ok(Shown::NotYet),
            // A server without GTIDs, or of another kind.
            Err(failure) if failure.is_server() => return Ok(Shown::Unknown),
            Err(failure) => return Err(failure),
        }
    }
    Ok(Shown::Yes)
}

/// Within a consistent snapshot: whether it shows the place of the reach.
pub(super) async fn shows_place(on: &mut Conn, reach: &Reach) -> Result<Shown, Failure> {
    let Some((file, place)) = &reach.place else { return Ok(Shown::Unknown) };
    let rows: Vec<(String, String)> = within(on.query(SNAPSHOT)).await?;
    let value =
        |name: &str| rows.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let (known, at) = (value("Binlog_snapshot_file"), value("Binlog_snapshot_position"));
    Ok(match (known, at.and_then(|at| at.parse().ok())) {
        (Some(known), Some(at)) => compare((known, at), (file, *place)),
        _ => Shown::Unknown,
    })
}

/// Places of one server's log: by the file's number, then by the position in it.
fn compare(shown: (&str, u64), wanted: (&str, u64)) -> Shown {
    let split = |file: &'_ str| -> Option<(String, u64)> {
        let (stem, number) = file.rsplit_once('.')?;
        Some((stem.to_owned(), number.parse().ok()?))
    };
    match (split(shown.0), split(wanted.0)) {
        (Some((a, m)), Some((b, n))) if a == b => {
            if (m, shown.1) >= (n, wanted.1) {
                Shown::Yes
            } else {
                Shown::NotYet
            }
        }
        _ => Shown::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, compare};

    #[test]
    fn places_compare_by_file_number_then_position() {
        for (shown, wanted, expected) in [
            (("mb.000009", 500), ("mb.000009", 500), Shown::Yes),
            (("mb.000009", 499), ("mb.000009", 500), Shown::NotYet),
            (("mb.000010", 4), ("mb.000009", 500), Shown::Yes),
            (("mb.1000000", 4), ("mb.999999", 500), Shown::Yes),
            (("mb.000009", 500), ("mb.000010", 4), Shown::NotYet),
            (("other.000010", 4), ("mb.000009", 500), Shown::Unknown),
            (("", 0), ("mb.000009", 500), Shown::Unknown),
        ] {
            assert_eq!(compare(shown, wanted), expected, "{shown:?} {wanted:?}");
        }
    }
}
