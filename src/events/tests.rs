//! What is taken and what is not, what is written of it, and what happens when it cannot be.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;

use super::*;
use crate::clock;
use crate::kafka::mock::{Mock, soon};
use crate::lifecycle::{Lifecycle, Phase};
use crate::listing::Sort;

const NOW_MS: u64 = 1_764_000_000_000;

fn settings(lists_per_second_max: u32, per_second_max: u32) -> config::Events {
    config::Events { lists_per_second_max, per_second_max, ..config::Events::default() }
}

/// Events with counters of their own.
fn events(settings: &config::Events) -> (Events, Queue, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let (events, queue) = metrics::with_local_recorder(&recorder, || Events::new(settings));
    (events, queue, handle)
}

fn count(handle: &PrometheusHandle, outcome: Outcome) -> usize {
    let name = format!("forecourt_events_total{{outcome=\"{}\"}} ", outcome.as_str());
    let text = handle.render();
    text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
}

fn shown() -> Arc<Shown> {
    Arc::new(Shown {
        list: 0xfe,
        model: "g1".into(),
        order: Sort::Recommended,
        query: "make=honda".into(),
        index: 10,
        cars: [1000, 1010].map(CarId).into(),
    })
}

fn posted(id: &str, name: Name, at_ms: u64) -> Posted {
    let (id, cars) = (id.into(), vec![CarId(1000)]);
    Posted { id, name, at_ms, cars, list: None, index: None, visible_ms: None }
}

/// A good event with some fields replaced; `null` leaves one out.
fn event(other: &serde_json::Value) -> serde_json::Value {
    let mut event = json!({ "id": "a1", "name": "view_item", "car": 1000, "at_ms": NOW_MS });
    for (key, value) in other.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

#[test]
fn a_body_is_read_whole_or_the_reason_says_which_event_and_why() {
    let long = "x".repeat(65);
    let many: Vec<_> = (0..101).collect();
    for (body, expected) in [
        (json!([]), Ok(0)),
        (event(&json!({})), Ok(1)),
        (
            json!([event(&json!({})), event(&json!({ "name": "generate_lead", "extra": { "a": [1] } }))]),
            Ok(2),
        ),
        (event(&json!({ "name": "view_item_list", "car": null, "cars": [1, 2], "index": 0 })), Ok(1)),
        (event(&json!({ "list": "f_-1", "index": 4_294_967_295u32, "visible_ms": 0 })), Ok(1)),
        (event(&json!({ "name": "user_engagement", "visible_ms": 1200 })), Ok(1)),
        (json!(5), Err("neither an event nor a list")),
        (json!("view_item"), Err("neither an event nor a list")),
        (json!([event(&json!({})), 5]), Err("event 1: it is not an object")),
        (json!([[]]), Err("event 0: it is not an object")),
        (json!(vec![event(&json!({})); 33]), Err("33 events, at most 32")),
        (event(&json!({ "name": "purchase" })), Err("event 0: `name` is none of view_item, select_item")),
        (event(&json!({ "name": 5 })), Err("`name` is none of")),
        (event(&json!({ "name": null })), Err("`name` is none of")),
        (event(&json!({ "id": null })), Err("`id` is missing")),
        (event(&json!({ "id": "" })), Err("`id` is not a text of 1 to 64")),
        (event(&json!({ "id": long })), Err("`id` is not a text of 1 to 64")),
        (event(&json!({ "id": "a b" })), Err("`id` is not a text")),
        (event(&json!({ "id": "é" })), Err("`id` is not a text")),
        (event(&json!({ "id": 5 })), Err("`id` is not a text")),
        (event(&json!({ "car": null })), Err("`car` is missing")),
        (event(&json!({ "car": "1000" })), Err("`car` is not a whole number")),
        (event(&json!({ "car": -1 })), Err("`car` is not a whole number")),
        (event(&json!({ "car": 1.5 })), Err("`car` is not a whole number")),
        (event(&json!({ "car": u64::MAX })), Err("`car` is not a whole number")),
        (event(&json!({ "at_ms": null })), Err("`at_ms` is missing")),
        (event(&json!({ "at_ms": "now" })), Err("`at_ms` is not a whole number")),
        (event(&json!({ "at_ms": 1e300 })), Err("`at_ms` is not a whole number")),
        (event(&json!({ "name": "view_item_list" })), Err("`cars` is missing")),
        (event(&json!({ "name": "view_item_list", "cars": [] })), Err("`cars` is not a list of 1 to 100")),
        (event(&json!({ "name": "view_item_list", "cars": many })), Err("`cars` is not a list of 1 to 100")),
        (event(&json!({ "cars": ["1000"] })), Err("`cars` is not a list")),
        (event(&json!({ "list": "<b>" })), Err("`list` is not a text")),
        (event(&json!({ "index": -1 })), Err("`index` is not a whole number")),
        (event(&json!({ "visible_ms": 1e12 })), Err("`visible_ms` is not a whole number")),
    ] {
        let read = Posted::read(body.to_string().as_bytes());
        let told = read.as_ref().map(Vec::len).map_err(ToString::to_string);
        match expected {
            Ok(n) => assert_eq!(told, Ok(n), "{body}"),
            Err(why) => assert!(told.clone().is_err_and(|told| told.contains(why)), "{body}: {told:?}"),
        }
    }
    let deep = "[".repeat(15_000);
    for (body, place) in
        [("", "line 1, column 0"), ("{", "column 1"), ("\u{feff}{}", "column 1"), (&deep, "column 128")]
    {
        let told = Posted::read(body.as_bytes()).unwrap_err().to_string();
        assert!(told.contains("not JSON") && told.contains(place), "{told}");
    }
    assert!(Posted::read(b"{\"id\":\"\xff\"}").is_err());
}

#[test]
fn cars_nobody_can_see_and_ids_that_were_there_are_left_out_and_wrong_clocks_put_right() {
    let (events, _queue, counts) = events(&settings(9, 99));
    let list = |cars: &[u64]| Posted {
        cars: cars.iter().copied().map(CarId).collect(),
        ..posted("l", Name::ViewItemList, NOW_MS)
    };
    let admit = |posted: Vec<Posted>| events.admitted(posted, NOW_MS, |car| car.0 >= 1000);
    let taken = |posted: Posted| admit(vec![posted]).first().map(|event| event.at_ms);

    let unknown = Posted { cars: vec![CarId(7)], ..posted("u", Name::ViewItem, NOW_MS) };
    assert_eq!(admit(vec![unknown, list(&[7, 8])]), []);
    assert_eq!(admit(vec![list(&[7, 1000, 8, 1001])])[0].cars, [CarId(1000), CarId(1001)]);
    assert_eq!(count(&counts, Outcome::Invalid), 2);

    let again = posted("a", Name::ViewItem, NOW_MS);
    assert_eq!(admit(vec![again.clone(), again.clone()]), std::slice::from_ref(&again));
    assert_eq!((taken(again), count(&counts, Outcome::Duplicate)), (None, 2));

    for (n, (at_ms, expected)) in [
        (NOW_MS + AHEAD_MS_MAX, NOW_MS + AHEAD_MS_MAX),
        (NOW_MS - OLD_MS_MAX, NOW_MS - OLD_MS_MAX),
        (NOW_MS + AHEAD_MS_MAX + 1, NOW_MS),
        (NOW_MS - OLD_MS_MAX - 1, NOW_MS),
        (0, NOW_MS),
        (1 << 53, NOW_MS),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(taken(posted(&format!("t{n}"), Name::ViewItem, at_ms)), Some(expected), "{at_ms}");
    }
    assert!(counts.render().contains("forecourt_events_retimed_total 4\n"), "{}", counts.render());
}

#[test]
fn a_flood_is_left_out_and_a_full_queue_drops() {
    let now = || NOW_MS;
    let (few, mut queue, counts) = events(&settings(2, 1));
    let put = |ids: [&str; 2]| {
        (0..5).for_each(|_| few.listed(&shown(), now, || 7));
        few.viewed(7, CarId(1000), now);
        let both = ids.map(|id| posted(id, Name::ViewItem, NOW_MS)).to_vec();
        few.post(7, few.admitted(both, NOW_MS, |_| true));
    };
    put(["a", "b"]);
    assert_eq!((queue.take(99).len(), count(&counts, Outcome::LeftOut)), (4, 4));
    // Nobody is asked who it is for an event that is left out.
    few.listed(&shown(), now, || panic!("asked"));
    few.renew();
    // Who was left out may try again.
    put(["b", "c"]);
    assert_eq!((queue.take(99).len(), count(&counts, Outcome::LeftOut)), (4, 9));

    let (none, mut queue, _) = events(&settings(0, 9));
    none.listed(&shown(), now, || 7);
    none.renew();
    none.listed(&shown(), now, || 7);
    assert_eq!(queue.take(99), []);

    let (many, mut queue, counts) = events(&settings(u32::MAX, u32::MAX));
    (0..QUEUE_MAX + 5).for_each(|_| many.viewed(7, CarId(1000), now));
    assert_eq!((count(&counts, Outcome::Dropped), queue.take(usize::MAX).len()), (5, QUEUE_MAX));
}

#[test]
fn a_line_says_what_is_known() {
    let full = Posted {
        list: Some("f1".into()),
        index: Some(3),
        visible_ms: Some(1500),
        ..posted("a1", Name::SelectItem, NOW_MS)
    };
    let list = Posted { cars: vec![CarId(1), CarId(2)], ..posted("a2", Name::ViewItemList, NOW_MS) };
    for (event, expected) in [
        (
            Event::Listed { at_ms: NOW_MS, visitor: 7, shown: shown() },
            r#"{"id":"own","name":"view_item_list","by":"server","at_ms":1764000000000,"visitor":"7","list":"00000000000000fe","model":"g1","order":"recommended","query":"make=honda","index":10,"cars":[1000,1010]}"#,
        ),
        (
            Event::Viewed { at_ms: NOW_MS, visitor: u64::MAX, car: CarId(1000) },
            r#"{"id":"own","name":"view_item","by":"server","at_ms":1764000000000,"visitor":"18446744073709551615","car":1000}"#,
        ),
        (
            Event::Posted { visitor: 0, posted: full },
            r#"{"id":"a1","name":"select_item","by":"page","at_ms":1764000000000,"car":1000,"list":"f1","index":3,"visible_ms":1500}"#,
        ),
        (
            Event::Posted { visitor: 7, posted: list },
            r#"{"id":"a2","name":"view_item_list","by":"page","at_ms":1764000000000,"visitor":"7","cars":[1,2]}"#,
        ),
    ] {
        assert_eq!(String::from_utf8(Line::of(&event, "own").json).unwrap(), expected);
    }
}

fn line(text: &str) -> Line {
    Line { visitor: 7, json: text.as_bytes().to_vec() }
}

#[tokio::test]
async fn files_are_whole_lines_within_bounds() {
    let directory = tempfile::tempdir().unwrap();
    let (_events, queue, counts) = events(&settings(1, 1));
    let mut sink = FileSink::new(directory.path(), queue.counts.clone()).with_bytes_max(30);
    let file = |n: usize| {
        directory.path().join(if n == 0 { "events.jsonl".to_owned() } else { format!("events.jsonl.{n}") })
    };
    let text = |n: usize| fs::read_to_string(file(n)).ok();
    sink.put(vec![line("one"), line("two")]).await;
    sink.put(vec![line("three")]).await;
    assert_eq!(text(0).unwrap(), "one\ntwo\nthree\n");
    for n in 0..7 {
        sink.put(vec![line(&format!("{n}{}", "x".repeat(19)))]).await;
    }
    let first = |n: usize| text(n).and_then(|text| text.chars().next());
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(first),
        ["6", "5", "4", "3", "2"].map(|n| n.chars().next()).into_iter().chain([None]).collect::<Vec<_>>()[..]
    );

    // The machine went down in the middle of a line.
    fs::write(file(0), "whole\nhal").unwrap();
    sink.put(vec![line("next")]).await;
    assert_eq!(text(0).unwrap(), "whole\nhal\nnext\n");
    assert_eq!((count(&counts, Outcome::Sent), count(&counts, Outcome::Dropped)), (11, 0));

    // Nothing can be written, and then again.
    fs::remove_file(file(0)).unwrap();
    fs::create_dir(file(0)).unwrap();
    sink.put(vec![line("lost"), line("lost")]).await;
    assert_eq!((count(&counts, Outcome::Sent), count(&counts, Outcome::Dropped)), (11, 2));
    fs::remove_dir(file(0)).unwrap();
    sink.put(vec![line("found")]).await;
    assert_eq!((text(0).unwrap().as_str(), count(&counts, Outcome::Sent)), ("found\n", 12));
}

#[tokio::test]
async fn a_full_disk_drops_and_leaves_whole_lines() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    drop(full);
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", directory.path().join("events.jsonl")).unwrap();
    let (_events, queue, counts) = events(&settings(1, 1));
    let mut sink = FileSink::new(directory.path(), queue.counts.clone());
    for dropped in 1..=3 {
        sink.put(vec![line("x")]).await;
        assert_eq!((count(&counts, Outcome::Dropped), count(&counts, Outcome::Sent)), (dropped, 0));
    }
}

#[tokio::test]
async fn what_is_in_the_queue_at_the_end_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let lifecycle = Lifecycle::default();
    let (events, queue, counts) = events(&settings(1, 9_999));
    let sink = FileSink::new(directory.path(), queue.counts.clone());
    (0..3_000).for_each(|n| events.viewed(n, CarId(1000), || NOW_MS));
    lifecycle.enter(Phase::Stopping);
    soon(run(queue, sink, lifecycle)).await.unwrap();
    let text = fs::read_to_string(directory.path().join("events.jsonl")).unwrap();
    let ids: std::collections::HashSet<_> = text.lines().map(|line| line.split('"').nth(3)).collect();
    assert_eq!((text.lines().count(), ids.len(), count(&counts, Outcome::Sent)), (3_000, 3_000, 3_000));
}

/// Reads so many messages of the topic, over its two partitions: key, id and partition.
async fn messages(mock: &Mock, n: usize) -> Vec<(Option<String>, String, i32)> {
    let consumer = mock.client().consumer("test").unwrap();
    let from = [(TOPIC.to_owned(), [(0, 0), (1, 0)].into())].into();
    consumer.assign(&from).unwrap();
    let mut all = Vec::new();
    while all.len() < n {
        let Ok(record) = soon(consumer.recv()).await else { continue };
        let value: serde_json::Value = serde_json::from_slice(&record.value.unwrap()).unwrap();
        let key = record.key.map(|key| String::from_utf8(key).unwrap());
        all.push((key, value["id"].as_str().unwrap().to_owned(), record.partition));
    }
    all
}

#[tokio::test]
async fn kafka_gets_events_by_visitor() {
    let mock = Mock::new(&[(TOPIC, 2)]);
    let lifecycle = Lifecycle::default();
    let (events, queue, counts) = events(&settings(9, 99));
    let role = tokio::spawn(run(queue, KafkaSink::new(mock.client(), counts_of(&events)), lifecycle.clone()));
    let of = |n: u64| vec![posted(&n.to_string(), Name::ViewItem, NOW_MS)];
    (0..20).for_each(|n| events.post(n % 3, of(n)));
    let all = messages(&mock, 20).await;
    for visitor in 1..3 {
        let key = Some(visitor.to_string());
        let own: Vec<_> = all.iter().filter(|(of, ..)| *of == key).collect();
        assert!(own.iter().all(|(.., partition)| *partition == own[0].2));
        let ids: Vec<u64> = own.iter().map(|(_, id, _)| id.parse().unwrap()).collect();
        assert_eq!(ids, (0..20).filter(|n| n % 3 == visitor).collect::<Vec<_>>());
    }
    assert_eq!(all.iter().filter(|(key, ..)| key.is_none()).count(), 7);
    // What is under way at the end is waited for.
    (20..30).for_each(|n| events.post(n % 3, of(n)));
    lifecycle.enter(Phase::Stopping);
    soon(role).await.unwrap().unwrap();
    assert_eq!((count(&counts, Outcome::Sent), messages(&mock, 30).await.len()), (30, 30));
}

fn counts_of(events: &Events) -> Counts {
    events.counts.clone()
}

#[tokio::test]
async fn while_kafka_is_away_a_bounded_number_waits() {
    let mock = Mock::new(&[(TOPIC, 2)]);
    let (events, _queue, counts) = events(&settings(9, 99));
    let mut sink = KafkaSink::new(mock.client(), counts_of(&events));
    assert_eq!(soon(sink.room()).await, 8_192);
    mock.down();
    let view =
        |n: usize| Line::of(&Event::Viewed { at_ms: NOW_MS, visitor: 7, car: CarId(1000) }, &n.to_string());
    sink.put((0..8_192).map(view).collect()).await;
    assert_eq!((soon(sink.room()).await, count(&counts, Outcome::Sent)), (0, 0));
    // And no longer than a process may take to end.
    let began = clock::now();
    let mut late = KafkaSink::new(mock.client(), counts_of(&events));
    assert_eq!(soon(late.room()).await, 0);
    soon(late.end()).await;
    assert!(clock::now().duration_since(began) < Duration::from_secs(15));
    mock.up();
    soon(async {
        while sink.room().await < 8_192 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!((count(&counts, Outcome::Sent), count(&counts, Outcome::Dropped)), (8_192, 0));
}
