//! What other programs may do to the database while it is followed, and that they never notice us.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::{ChangeTable, Rhythm};
use crate::change::{Batch, ChangeLog as _, Op};
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;
use crate::source::catalogue::{BUILT_IN, Catalogue};

const SCHEMA: &str = include_str!("../../../config/schema.sqlite.sql");

fn open(path: &Path) -> ChangeTable {
    let catalogue = Catalogue::parse("built in", BUILT_IN).unwrap();
    let rhythm = Rhythm { interval: Duration::from_millis(1), heartbeat: Duration::from_millis(1) };
    ChangeTable::open(path, &catalogue, rhythm, &Lifecycle::default(), &Faults::default()).unwrap()
}

struct Rig {
    directory: tempfile::TempDir,
    writer: Connection,
    log: ChangeTable,
}

impl Rig {
    /// A database of one car, followed from its end.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("source.sqlite");
        let writer = Connection::open(&path).unwrap();
        // As in the sqlite3 shell; the bundled library has them on.
        writer.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        writer.execute_batch(SCHEMA).unwrap();
        writer.execute_batch("INSERT INTO car_prices VALUES (1000, 500000, '2026-11-24 10:00:00')").unwrap();
        let mut rig = Self { directory, writer, log: open(&path) };
        rig.batch();
        rig
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, sql: &str) {
        self.writer.execute_batch(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    fn batch(&mut self) -> Batch {
        self.log.next_batch(true).unwrap().unwrap()
    }

    /// The cars of a change of `car_prices`, or "all".
    fn seen(&mut self) -> Vec<String> {
        let batch = self.batch();
        assert!(batch.complete_until_ms.is_some());
        let cars = batch.changes.iter().filter(|change| change.table == "car_prices").map(|change| {
            let image = change.after.as_ref().or(change.before.as_ref());
            if change.op == Op::Table { "all".to_owned() } else { image.unwrap()["car_id"].to_string() }
        });
        cars.collect()
    }
}

const UPDATE: &str = "UPDATE car_prices SET price = price - 1 WHERE car_id = 1000";

#[test]
fn a_change_is_seen_once_and_silence_is_news_too() {
    let mut rig = Rig::new();
    rig.write(UPDATE);
    assert_eq!(rig.seen(), ["1000"]);
    assert!(rig.seen().is_empty());
    assert!(rig.log.next_batch(false).unwrap().is_none());
}

#[test]
fn old_changes_are_pruned_without_waiting_for_anybody() {
    let mut rig = Rig::new();
    rig.log.kept_rows = 10;
    for _ in 0..2_000 {
        rig.write(UPDATE);
    }
    rig.write("BEGIN IMMEDIATE");
    let began = crate::clock::now();
    assert_eq!(rig.seen().len(), 2_000, "a lock costs no change");
    rig.batch();
    assert!(crate::clock::now().duration_since(began).as_secs() < 2);
    rig.write("COMMIT");
    let rows = |rig: &Rig| -> i64 {
        rig.writer.query_row("SELECT count(*) FROM forecourt_changes", [], |row| row.get(0)).unwrap()
    };
    assert!(rows(&rig) >= 2_000);
    for _ in 0..8 {
        rig.batch();
    }
    assert!(rows(&rig) < 600, "{}", rows(&rig));
}

#[test]
fn what_the_log_does_not_tell_concerns_every_car() {
    let reset = "DELETE FROM forecourt_changes; DELETE FROM sqlite_sequence";
    for sql in [
        "BEGIN; UPDATE car_prices SET price = 1; DELETE FROM forecourt_changes; COMMIT",
        "UPDATE car_prices SET price = 1; DROP TABLE forecourt_changes",
        "DROP TRIGGER forecourt_car_prices_update; UPDATE car_prices SET price = 1",
        "UPDATE forecourt_meta SET value = 'another' WHERE key = 'log'",
        "ALTER TABLE hubs ADD COLUMN manager",
        "CREATE VIEW dear AS SELECT * FROM car_prices WHERE price > 1000000",
        reset,
    ] {
        let mut rig = Rig::new();
        rig.write(UPDATE);
        rig.batch();
        rig.write(sql);
        assert!(rig.seen().contains(&"all".to_owned()), "{sql}");
        rig.batch();
        // A connection that has met a missing table looks again only when it reads.
        rig.write("SELECT count(*) FROM sqlite_schema");
        rig.write(UPDATE);
        assert!(rig.seen().contains(&"1000".to_owned()), "{sql}: and it is followed again");
    }
}

#[test]
fn a_table_that_nobody_follows_may_come_and_go() {
    let mut rig = Rig::new();
    for sql in ["CREATE TABLE more (id INTEGER PRIMARY KEY)", "DROP TABLE more", "VACUUM"] {
        rig.write(sql);
        assert!(rig.batch().changes.is_empty(), "{sql}");
    }
    rig.write(UPDATE);
    assert_eq!(rig.seen(), ["1000"]);
}

#[test]
fn a_database_that_is_restored_while_it_is_followed_is_read_anew() {
    let mut rig = Rig::new();
    rig.writer.backup("main", rig.path("backup"), None::<fn(rusqlite::backup::Progress)>).unwrap();
    rig.write(UPDATE);
    rig.batch();
    rig.writer.restore("main", rig.path("backup"), None::<fn(rusqlite::backup::Progress)>).unwrap();
    assert!(rig.seen().contains(&"all".to_owned()));
    rig.write(UPDATE);
    assert_eq!(rig.seen(), ["1000"]);
}

#[test]
fn another_file_in_its_place_stops_the_news() {
    let mut rig = Rig::new();
    std::fs::rename(rig.path("source.sqlite"), rig.path("moved")).unwrap();
    assert!(rig.log.next_batch(true).is_err());
    std::fs::write(rig.path("source.sqlite"), "").unwrap();
    let error = rig.log.next_batch(true).unwrap_err().to_string();
    assert!(error.contains("another file"), "{error}");
}

#[test]
fn a_writer_never_fails_because_of_us() {
    for sql in [
        "PRAGMA trusted_schema = OFF; UPDATE car_prices SET price = 1",
        "ALTER TABLE cars DROP COLUMN insurance; INSERT INTO cars (id) VALUES (1)",
        "ALTER TABLE cars ADD COLUMN extra; ALTER TABLE cars DROP COLUMN extra",
        "UPDATE car_prices SET price = x'00ff', updated_at = 9e999",
        "INSERT INTO car_photos (id, car_id, storage_key) VALUES (1, NULL, CAST(x'ff' AS TEXT))",
        "REPLACE INTO car_prices VALUES (1000, 1, NULL); INSERT INTO car_prices VALUES (1000, 2, NULL) \
         ON CONFLICT DO UPDATE SET price = 3; UPDATE OR REPLACE car_prices SET car_id = 1001",
        "PRAGMA foreign_keys = ON; DELETE FROM cars",
    ] {
        let mut rig = Rig::new();
        rig.write(sql);
        rig.batch();
    }
}

#[tokio::test]
async fn a_log_is_gone_on_with_only_where_it_is_whole() {
    let rig = &mut Rig::new();
    rig.write(UPDATE);
    let position = rig.batch().position;
    rig.write(UPDATE);
    let path = rig.path("source.sqlite");
    let mut again = open(&path);
    assert!(again.resume(&position).await.unwrap());
    assert_eq!(again.next_batch(true).unwrap().unwrap().changes.len(), 1);
    rig.write("DELETE FROM forecourt_changes");
    assert!(!open(&path).resume(&position).await.unwrap());
    assert!(!open(&path).resume(&Default::default()).await.unwrap());
}
