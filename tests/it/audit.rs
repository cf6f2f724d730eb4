//! `forecourt audit` over the embedded chain; over the real one it ends every drill of `loadtest/drills`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

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
fn what_cannot_be_asked_is_named_and_the_end_is_2() {
    let place = Place::with_cars(1);
    let instance = place.serve().ready();
    let (instance, nothing) = (instance.admin.base.clone(), audit(&place, &[]));
    assert_eq!(nothing.status.code(), Some(64));
    assert!(nothing.stderr.contains("--instance ADMIN_URL"), "{}", nothing.stderr);
    // The others are compared all the same.
    let away = audit(&place, &["--instance", "127.0.0.1:1", "--instance", &instance]);
    assert_eq!(away.status.code(), Some(2), "{}", away.stderr);
    assert!(
        away.stderr.contains("127.0.0.1:1: not compared: ask http://127.0.0.1:1/readyz"),
        "{}",
        away.stderr
    );
    assert!(away.stdout.contains("and 1 instances: 0 differences"), "{}", away.stdout);
    let mysql = Serve::new(&["audit", "--instance", &instance]).with("SOURCE__WAIT_S", "0");
    let mysql = mysql.with("SOURCE__URL", "mysql://u@127.0.0.1:1/shop").run();
    assert_eq!(mysql.status.code(), Some(2), "{}", mysql.stderr);
    assert!(
        mysql.stderr.starts_with("forecourt: audit: source.url: cannot use 127.0.0.1:1"),
        "{}",
        mysql.stderr
    );
}

/// An admin port that says it is starting `times` times, and then what an instance without cars would.
fn starts(times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for (i, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let (status, text) = if i < times { (503, "starting\n") } else { (200, "") };
            let head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", text.len());
            let _ = stream.write_all((head + text).as_bytes());
        }
    });
    address
}

#[test]
fn an_instance_that_starts_is_waited_for_and_then_not_compared() {
    let place = Place::with_cars(1);
    place.sql("DELETE FROM cars");
    let late = audit(&place, &["--instance", &starts(3)]);
    assert_eq!(late.status.code(), Some(0), "{}{}", late.stdout, late.stderr);
    assert!(late.stdout.contains("1 instances: 0 differences"), "{}", late.stdout);
    let never = audit(&place, &["--instance", &starts(usize::MAX)]);
    assert_eq!(never.status.code(), Some(2), "{}", never.stdout);
    assert!(never.stderr.contains("not compared: still starting after 10 s"), "{}", never.stderr);
    assert!(never.stdout.contains("0 instances"), "{}", never.stdout);
}
