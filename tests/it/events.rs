//! What visitors were shown and did, from the page to the file that `training/` reads.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use forecourt::clock;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{Instance, PATIENCE, Place, until};

fn lines(place: &Place) -> Vec<Value> {
    let text = fs::read_to_string(place.path("data/events.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn event(id: &str, name: &str, car: u64) -> Value {
    json!({ "id": id, "name": name, "car": car, "at_ms": clock::unix_ms() })
}

fn outcome(instance: &Instance, outcome: &str) -> f64 {
    instance.metric(&format!("forecourt_events_total{{outcome=\"{outcome}\"}}"))
}

/// What `training/forecourt_training/events.py` asks of an event.
fn can_be_learned_from(event: &Value) -> bool {
    let visitor = event["visitor"].as_str().is_some_and(|text| text.parse::<u64>().is_ok());
    let common = event["id"].as_str().is_some_and(|id| !id.is_empty()) && event["at_ms"].as_u64().is_some();
    let about = match event["name"].as_str().unwrap() {
        "view_item_list" => event["cars"].as_array().is_some_and(|cars| cars.iter().all(Value::is_u64)),
        "view_item" | "select_item" | "add_to_wishlist" | "generate_lead" => event["car"].is_u64(),
        _ => false,
    };
    visitor && common && about
}

#[test]
fn what_visitors_were_shown_and_did_is_in_the_file_at_the_end() {
    let place = Place::with_cars(30);
    let mut instance = place.serve().ready();
    let car = instance.car(1000);
    let cookie = car.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let known = [("cookie", cookie.as_str())];
    let shown = instance.pages.get_with("/cars", &known);
    let body = json!([
        event("p1", "select_item", 1001),
        event("p2", "view_item", 1001),
        event("p3", "add_to_wishlist", 1001),
        event("p4", "generate_lead", 1002),
        event("p5", "view_item", 999_999),
        { "id": "p6", "name": "view_item_list", "cars": [1003, 1004], "at_ms": 1, "list": "f1", "index": 0 },
    ]);
    let reply = instance.pages.post("/events", &known, body.to_string().as_bytes());
    assert_eq!((reply.status, reply.header("cache-control"), reply.body.len()), (204, Some("no-store"), 0));
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let listing = instance.pages.get_with("/cars", &[("cookie", &cookie)]);
    assert!(listing.has("Because of the cars you looked at and asked about"));
    // A page that does not know whether it was heard.
    let again = instance.pages.post("/events", &[("cookie", &cookie)], body.to_string().as_bytes());
    assert_eq!((again.status, again.header("set-cookie")), (204, None));
    assert_eq!(instance.pages.post("/events", &[], b"{\"id\":5}").status, 400);
    let counts = ["duplicate", "invalid", "dropped"].map(|name| outcome(&instance, name));
    assert_eq!(counts, [5.0, 3.0, 0.0]);
    assert_eq!(instance.metric("forecourt_events_retimed_total"), 1.0);
    until("all is written", || (outcome(&instance, "sent") == 8.0).then_some(()));

    // Also what comes at the last moment.
    instance.car(1005);
    instance.process.signal(Signal::SIGTERM);
    assert_eq!(instance.process.wait().code(), Some(0));
    let told = lines(&place);
    let named =
        |event: &Value| format!("{} {}", event["by"].as_str().unwrap(), event["name"].as_str().unwrap());
    assert_eq!(
        told.iter().map(named).collect::<Vec<_>>(),
        [
            "server view_item",
            "server view_item_list",
            "page select_item",
            "page view_item",
            "page add_to_wishlist",
            "page generate_lead",
            "page view_item_list",
            "server view_item_list",
            "server view_item"
        ]
    );
    assert!(told.iter().all(can_be_learned_from), "{told:#?}");
    let ids: HashSet<_> = told.iter().map(|event| event["id"].as_str()).collect();
    assert_eq!(ids.len(), told.len());
    let (last, rest) = told.split_last().unwrap();
    assert!(rest.iter().all(|event| event["visitor"] == told[0]["visitor"]) && last["car"] == 1005);
    let cards = shown.all("<h2><a href=\"");
    let cards: Vec<u64> =
        cards.iter().map(|link| link.rsplit('-').next().unwrap().parse().unwrap()).collect();
    assert_eq!(told[1]["cars"], json!(cards));
    // Nobody's number, cookie or event is in the log.
    let log = instance.process.log();
    let visitor = told[0]["visitor"].as_str().unwrap();
    assert!(!log.contains(visitor) && !log.contains(&cookie) && !log.contains("p4"), "{log}");
}

#[test]
fn a_file_that_cannot_be_written_is_said_once_and_pages_go_on() {
    let place = Place::with_cars(5);
    let instance = place.serve().ready();
    fs::create_dir(place.path("data/events.jsonl")).unwrap();
    for dropped in 1..=3 {
        assert_eq!(instance.car(1000).status, 200);
        until("it is dropped", || (outcome(&instance, "dropped") == f64::from(dropped)).then_some(()));
    }
    assert_eq!(instance.process.log().matches("events are dropped").count(), 1);
    fs::remove_dir(place.path("data/events.jsonl")).unwrap();
    assert_eq!(instance.car(1000).status, 200);
    until("it is written again", || (lines(&place).len() == 1).then_some(()));
}

/// The statuses of what is answered to these bytes, and whether the connection ended by itself.
fn ask(instance: &Instance, request: &[u8]) -> Vec<u16> {
    let mut stream = TcpStream::connect(instance.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may have closed before all is written.
    let _ = stream.write_all(request);
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    answer.match_indices("HTTP/1.1 ").map(|(at, _)| answer[at + 9..at + 12].parse().unwrap()).collect()
}

fn post(fields: &str, body: &[u8]) -> Vec<u8> {
    [format!("POST /events HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes(), body].concat()
}

#[test]
fn bodies_of_every_kind_get_a_clear_answer() {
    let place = Place::with_cars(5);
    let instance = place.serve().ready();
    let good = event("a", "view_item", 1000).to_string();
    let length = |n: usize| format!("Content-Length: {n}\r\n");
    let in_chunks = |n: usize, bytes: usize| {
        let chunk = format!("{bytes:x}\r\n{}\r\n", " ".repeat(bytes));
        [chunk.repeat(n).as_bytes(), b"0\r\n\r\n"].concat()
    };
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (what, request, expected) in [
        ("a good one", post(&length(good.len()), good.as_bytes()), &[204, 200][..]),
        ("no body", post("", b""), &[400, 200]),
        ("an empty one", post(&length(0), b""), &[400, 200]),
        ("garbage", post(&length(4), b"\0\xff{}"), &[400, 200]),
        ("chunks", post(chunked, &in_chunks(3, 100)), &[400, 200]),
        ("too many chunks", post(chunked, &in_chunks(500, 100)), &[413]),
        ("a megabyte", post(&length(1 << 20), &vec![b' '; 1 << 20]), &[413]),
        ("a megabyte in chunks", post(chunked, &in_chunks(16, 1 << 16)), &[413]),
        ("a terabyte announced", post(&length(1 << 40), b""), &[413]),
        (
            "a form",
            post(&format!("Content-Type: application/x-www-form-urlencoded\r\n{}", length(3)), b"a=b"),
            &[415],
        ),
        (
            "another site",
            post(&format!("Sec-Fetch-Site: cross-site\r\n{}", length(good.len())), good.as_bytes()),
            &[403],
        ),
        ("chunks that are none", post(chunked, b"zz\r\n"), &[]),
        (
            "an asked-for go-ahead",
            post(&format!("Expect: 100-continue\r\n{}", length(2)), b"[]"),
            &[100, 204, 200],
        ),
    ] {
        let got = ask(&instance, &request);
        assert!(
            got == expected || expected.is_empty() && got.first().is_none_or(|&status| status == 400),
            "{what}: {got:?}"
        );
        assert_eq!(ask(&instance, b""), [200], "after {what}");
    }
    until("the good one is written", || (lines(&place).len() == 1).then_some(()));
}

#[test]
fn a_slow_body_is_closed_and_holds_nobody_up() {
    let place = Place::with_cars(5);
    let instance = place.serve().with("SERVER__HEAD_TIMEOUT_S", "1").with("SERVER__WORKERS", "1").ready();
    let began = clock::now();
    // With the head, behind it, and not at all.
    let mut halves = ["[", "", "["].map(|half| {
        let mut stream = TcpStream::connect(instance.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&post("Content-Length: 2\r\n", half.as_bytes())).unwrap();
        stream
    });
    let mut dripping = TcpStream::connect(instance.address).unwrap();
    dripping.write_all(&post("Content-Length: 9000\r\n", b"")).unwrap();
    until("the dripping body is closed", || {
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(instance.car(1000).status, 200);
        dripping.write_all(b" ").err()
    });
    for half in &mut halves {
        assert!(half.read(&mut [0; 1]).map_or(true, |n| n == 0));
    }
    let took = clock::now().duration_since(began);
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn a_body_that_is_read_leaves_the_connection_as_it_was() {
    let place = Place::with_cars(5);
    let instance = place.serve().with("SERVER__HEAD_TIMEOUT_S", "1").ready();
    let mut stream = BufReader::new(TcpStream::connect(instance.address).unwrap());
    stream.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
    for n in 0..3 {
        let body = event(&format!("k{n}"), "select_item", 1000).to_string();
        stream.get_mut().write_all(&post(&format!("Content-Length: {}\r\n", body.len()), b"")).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        stream.get_mut().write_all(body.as_bytes()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).unwrap() > 0, "it is open");
        }
        assert!(head.starts_with("HTTP/1.1 204 ") && !head.contains("content-length"), "{head}");
        // An idle connection is not a slow body.
        std::thread::sleep(Duration::from_millis(if n == 0 { 3_000 } else { 0 }));
    }
    until("all is written", || (lines(&place).len() == 3).then_some(()));
}
