//! `forecourt audit` over the embedded chain; over the real one it ends every drill of `loadtest/drills`.

use std::fs;

use crate::harness::{Output, Place, Serve};

fn audit(place: &Place, arguments: &[&str]) -> Output {
    let arguments: Vec<_> = std::iter::once("audit").chain(arguments.iter().copied()).collect();
    Serve::new(&arguments).with("SOURCE__URL", &place.source_url()).run()
}

#[test]
fn an_instance_that_follows_agrees_with_its_source() {
    let place = Place::with_cars(30);
    let instance = place.serve().ready();
    place
        .sql("UPDATE car_prices SET price = price + 1 WHERE car_id = 1000; DELETE FROM cars WHERE id = 1001");
    let output = audit(&place, &["--instance", &instance.admin.base]);
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    assert!(output.stdout.contains("1 instances: 0 differences"), "{}", output.stdout);
}

#[test]
fn each_difference_is_a_line_and_the_end_is_1() {
    let place = Place::with_cars(30);
    let instance = place.serve().ready();
    // Another database than the one that the instance follows.
    let other = Place::empty();
    place.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    fs::copy(place.source(), other.source()).unwrap();
    other
        .sql("UPDATE car_prices SET price = price + 1 WHERE car_id = 1000; DELETE FROM cars WHERE id = 1001");
    let output = audit(&other, &["--instance", &instance.admin.base]);
    assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
    let lines: Vec<_> = output.stdout.lines().collect();
    assert!(lines[0].starts_with("car 1000: source: live; http://127.0.0.1:"), "{lines:?}");
    assert!(lines[1].starts_with("car 1001: source: no such car; http://127.0.0.1:"), "{lines:?}");
    assert!(lines[2].contains(": 2 differences"), "{lines:?}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let place = Place::with_cars(1);
    let nothing = audit(&place, &[]);
    assert_eq!(nothing.status.code(), Some(64));
    assert!(nothing.stderr.contains("--instance ADMIN_URL"), "{}", nothing.stderr);
    let away = audit(&place, &["--instance", "127.0.0.1:1"]);
    assert_eq!(away.status.code(), Some(1));
    assert!(away.stderr.contains("http://127.0.0.1:1/documents"), "{}", away.stderr);
}
