//! A target that is given up leaves nothing behind.

use std::fs;

use super::super::ensure_generated;
use super::super::table::{Cell, MAKES, RowSink as _};
use super::SqliteTarget;

fn make(id: i64) -> [Cell<'static>; 4] {
    [id.into(), "Tata".into(), format!("tata-{id}").into(), "India".into()]
}

#[test]
fn a_target_dropped_before_its_commit_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut target = SqliteTarget::open(&directory.path().join("db.sqlite")).unwrap();
    assert_eq!(target.begin().unwrap(), 0);
    target.rows().unwrap().insert(&MAKES, &make(1)).unwrap();
    drop(target);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_killed_seeding_leaves_an_empty_database_that_can_be_seeded() {
    let directory = tempfile::tempdir().unwrap();
    let (path, copy) = (directory.path().join("db.sqlite"), directory.path().join("copy.sqlite"));
    let mut target = SqliteTarget::open(&path).unwrap();
    target.begin().unwrap();
    let mut rows = target.rows().unwrap();
    // More than the page cache takes, so that pages reach the file before the commit.
    target.connection.pragma_update(None, "cache_size", 10).unwrap();
    for id in 1..20_000 {
        rows.insert(&MAKES, &make(id)).unwrap();
    }
    // What the disk holds now is what a killed process leaves: the file, and the journal to undo it.
    fs::copy(&path, &copy).unwrap();
    fs::copy(directory.path().join("db.sqlite-journal"), directory.path().join("copy.sqlite-journal"))
        .unwrap();
    assert!(fs::metadata(&copy).unwrap().len() > 0);

    let mut target = SqliteTarget::open(&copy).unwrap();
    assert_eq!(target.begin().unwrap(), 0);
    let mut rows = target.rows().unwrap();
    rows.insert(&MAKES, &make(1)).unwrap();
    drop(rows);
    target.commit().unwrap();
}

#[test]
fn a_database_that_another_process_fills_first_is_seen_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    let mut late = SqliteTarget::open(&path).unwrap();
    assert_eq!(late.cars().unwrap(), 0);
    ensure_generated(&path, 10, false).unwrap().unwrap();
    assert_eq!(late.lock().unwrap(), 11);
    drop(late);
    assert!(ensure_generated(&path, 10, false).unwrap().is_none(), "the file is still there, and full");
}

#[test]
fn a_database_removed_under_the_seeding_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    let mut target = SqliteTarget::open(&path).unwrap();
    target.begin().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(target.commit().unwrap_err().to_string().ends_with("was removed while it was seeded"));
}
