//! Seeding as a whole: what a target holds before and after.

use std::path::Path;

use rusqlite::Connection;

use super::{DEFAULT_SEED, Options, Origin, Summary, ensure_generated, run};

fn generated(to: &str, cars: u32) -> anyhow::Result<Summary> {
    let from = Origin::Generated { cars, seed: DEFAULT_SEED };
    run(&Options { from, to: to.to_owned(), progress: false })
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_generated_catalogue_is_whole_and_its_foreign_keys_hold() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    let summary = generated(&format!("sqlite:{}", path.display()), 100).unwrap();
    assert_eq!((summary.cars_live, summary.cars_sold, summary.cars_hidden), (100, 15, 5));

    let mut rows = 0;
    for table in super::table::TABLES {
        rows += number(&path, &format!("SELECT count(*) FROM {}", table.name));
    }
    assert_eq!(rows, summary.rows as i64);
    let connection = Connection::open(&path).unwrap();
    let mut check = connection.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(check.query([]).unwrap().next().unwrap().is_none(), "a foreign key does not hold");
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let ten = "SELECT count(*) FROM cars JOIN car_prices p ON p.car_id = cars.id \
        JOIN variants v ON v.id = variant_id JOIN models m ON m.id = model_id JOIN makes k ON k.id = make_id \
        JOIN hubs h ON h.id = hub_id JOIN cities ON cities.id = city_id \
        JOIN inspections i ON i.car_id = cars.id JOIN inspection_items s ON s.inspection_id = i.id";
    assert_eq!(number(&path, ten), 120 * 24);
}

#[test]
fn every_table_that_hangs_on_another_has_an_index_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    generated(&format!("sqlite:{}", path.display()), 10).unwrap();
    let connection = Connection::open(&path).unwrap();
    for table in super::table::TABLES {
        for key in table.columns.iter().filter(|column| column.name.ends_with("_id")) {
            let plan: String = connection
                .query_row(
                    &format!("EXPLAIN QUERY PLAN SELECT * FROM {} WHERE {} = 1", table.name, key.name),
                    [],
                    |row| row.get(3),
                )
                .unwrap();
            assert!(plan.starts_with("SEARCH"), "{}.{}: {plan}", table.name, key.name);
        }
    }
}

#[test]
fn a_database_that_holds_cars_is_refused_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    let to = format!("sqlite:{}", path.display());
    generated(&to, 1_000).unwrap();
    Connection::open(&path).unwrap().execute("UPDATE cars SET km_driven = 7 WHERE id = 1000", []).unwrap();

    let error = generated(&to, 10).unwrap_err().to_string();
    assert_eq!(error, format!("{to} already holds 1,200 cars; choose an empty database"));
    assert_eq!(number(&path, "SELECT km_driven FROM cars WHERE id = 1000"), 7);
}

#[test]
fn an_embedded_start_seeds_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/data/db.sqlite");
    assert_eq!(ensure_generated(&path, 40, false).unwrap().unwrap().cars_live, 40);
    assert!(ensure_generated(&path, 40, false).unwrap().is_none());
    assert_eq!(number(&path, "SELECT count(*) FROM cars"), 48);
}

#[test]
fn tables_without_cars_are_filled() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    let schema = include_str!("../../config/schema.sqlite.sql");
    Connection::open(&path).unwrap().execute_batch(schema).unwrap();
    assert!(ensure_generated(&path, 20, false).unwrap().is_some());
    assert_eq!(number(&path, "SELECT count(*) FROM cars"), 24);
}

#[test]
fn a_failed_seeding_leaves_a_database_that_was_there_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE TABLE hubs (id INTEGER PRIMARY KEY); INSERT INTO hubs VALUES (5)")
        .unwrap();

    let error = format!("{:#}", generated(&format!("sqlite:{}", path.display()), 20).unwrap_err());
    assert!(error.starts_with("table hubs does not fit: table hubs has no column named city_id"), "{error}");
    assert_eq!(number(&path, "SELECT id FROM hubs"), 5);
    assert_eq!(number(&path, "SELECT count(*) FROM sqlite_schema"), 1);
}

#[test]
fn targets_that_cannot_be_seeded_are_told_without_their_password() {
    for (to, expected) in [
        (
            "mysql://root:secret@db",
            "mysql: needs the name of a database, as in mysql://user:password@host/cars",
        ),
        (
            "mysql://root:secret@db:x/cars",
            "expected `mysql://user:password@host:port/db`, with special characters as %XX",
        ),
        (
            "postgres://root:secret@db/cars",
            "cannot seed a postgres: database; use sqlite:PATH or mysql://user:password@host:port/db",
        ),
        ("sqlite:", "sqlite: needs the path of a file, as in sqlite:forecourt.sqlite"),
        ("cars.sqlite", "that is no database to seed; use sqlite:PATH or mysql://user:password@host:port/db"),
    ] {
        assert_eq!(generated(to, 1).unwrap_err().to_string(), expected);
    }
}
