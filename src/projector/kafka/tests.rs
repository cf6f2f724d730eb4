//! A reader on a cluster in this process, fed by whoever may feed it.

use std::time::Duration;

use serde_json::Value;

use super::{KafkaChanges, dead};
use crate::change::heartbeat::{Ends, Heartbeat, sweep};
use crate::change::{ALL_TABLES, Batch, ChangeReader as _, Op, Position};
use crate::clock;
use crate::faults::Faults;
use crate::kafka::mock::{Mock, soon};
use crate::kafka::{Error, Outgoing, Producer, TopicPattern};

const TOPICS: &[(&str, i32)] = &[("shop.cars", 2), ("shop.__ddl", 1), ("shop.__heartbeat", 1)];

fn reader(mock: &Mock) -> KafkaChanges {
    let pattern = TopicPattern::parse("{database}.{table}", "shop").unwrap();
    KafkaChanges::new(mock.client(), "shop", pattern, ["cars", "hubs"].into_iter(), Faults::default())
}

fn producer(mock: &Mock) -> Producer {
    mock.client().producer(None).unwrap()
}

async fn put(producer: &Producer, topic: &str, key: &str, value: &[u8]) {
    soon(producer.deliver(Outgoing { topic, partition: None, key: Some(key.as_bytes()), value }))
        .await
        .unwrap();
}

async fn car(producer: &Producer, id: u64) {
    let value = format!(r#"{{"op":"insert","before":null,"after":{{"id":{id}}}}}"#);
    put(producer, "shop.cars", &id.to_string(), value.as_bytes()).await;
}

fn ids(batch: &Batch) -> Vec<u64> {
    batch.changes.iter().filter_map(|change| change.after.as_ref()?["id"].as_u64()).collect()
}

/// Reads until `n` cars have come.
async fn cars(reader: &mut KafkaChanges, n: usize) -> (Vec<u64>, Position) {
    let mut all = Vec::new();
    loop {
        let batch = soon(reader.next()).await.unwrap();
        all.extend(ids(&batch));
        if all.len() >= n {
            all.sort_unstable();
            return (all, batch.position);
        }
    }
}

#[tokio::test]
async fn reading_begins_at_the_end_and_goes_on_where_it_was() {
    let mock = Mock::new(TOPICS);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    car(&producer, 1).await;
    assert!(!soon(reader.resume(&Position::default())).await.unwrap());
    let begin = reader.begin();
    for id in 2..=40 {
        car(&producer, id).await;
    }
    let expected: Vec<_> = (2..=40).collect();
    let (read, position) = cars(&mut reader, 39).await;
    assert_eq!(read, expected);
    reader.applied(&position);
    // Another one takes over, from the beginning of the first.
    let mut next = self::reader(&mock);
    assert!(soon(next.resume(&begin)).await.unwrap());
    assert_eq!(cars(&mut next, 39).await.0, expected);
    car(&producer, 41).await;
    assert!(soon(next.resume(&position)).await.unwrap());
    assert_eq!(cars(&mut next, 1).await.0, [41]);
    // A position behind the end: the topic is another one.
    let beyond = Position(position.0.replace("\"0\":", "\"0\":9"));
    assert!(!soon(next.resume(&beyond)).await.unwrap());
}

#[tokio::test]
async fn a_reader_that_is_dropped_while_it_waits_loses_nothing() {
    let mock = Mock::new(TOPICS);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    soon(reader.resume(&Position::default())).await.unwrap();
    let mut read = Vec::new();
    for id in 1..=60 {
        car(&producer, id).await;
        reader.look_at = clock::now();
        let wait = Duration::from_micros(id * 97 % 4_000);
        if let Ok(batch) = tokio::time::timeout(wait, reader.next()).await {
            read.extend(ids(&batch.unwrap()));
        }
    }
    if read.len() < 60 {
        read.extend(cars(&mut reader, 60 - read.len()).await.0);
    }
    read.sort_unstable();
    assert_eq!(read, (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn completeness_waits_for_every_end() {
    let mock = Mock::new(TOPICS);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    soon(reader.resume(&Position::default())).await.unwrap();
    let ends = [
        ("shop.cars".to_owned(), [(0, 1), (1, 1)].into()),
        ("shop.hubs".to_owned(), [].into()),
        ("shop.other".to_owned(), [(0, 9)].into()),
    ];
    let heartbeat = |until, ends: Ends| Heartbeat::new(Some(until), Position("p".to_owned()), ends).write();
    // One of a relay that does not know of the hubs would be reached at once.
    let partial = [("shop.cars".to_owned(), [(0, 0), (1, 0)].into())];
    put(&producer, "shop.__heartbeat", "", &heartbeat(66, partial.into())).await;
    put(&producer, "shop.__heartbeat", "", &heartbeat(77, ends.into())).await;
    assert!(tokio::time::timeout(Duration::from_millis(100), reader.next()).await.is_err());
    let mut sent = 0;
    let complete = soon(async {
        loop {
            // Until both partitions have one.
            sent += 1;
            car(&producer, sent).await;
            let batch = reader.next().await.unwrap();
            if batch.complete_until_ms.is_some() {
                break batch.complete_until_ms;
            }
        }
    });
    assert_eq!(complete.await, Some(77));
    assert!(sent >= 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_every_car_of_the_table_and_a_dead_letter() {
    let mock = Mock::new(TOPICS);
    mock.create(dead::TOPIC, 1);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    soon(reader.resume(&Position::default())).await.unwrap();
    put(&producer, "shop.cars", "k", b"{\"op\":\"upsert\"}").await;
    let batch = soon(reader.next()).await.unwrap();
    assert_eq!((batch.changes[0].table.as_str(), batch.changes[0].op), ("cars", Op::Table));
    let letter = soon(async {
        loop {
            if let [letter, ..] = &mock.client().tail(dead::TOPIC, 0, 9).await.unwrap().unwrap()[..] {
                break serde_json::from_slice::<Value>(letter.value.as_deref().unwrap()).unwrap();
            }
        }
    })
    .await;
    assert_eq!((&letter["topic"], &letter["reason"]), (&"shop.cars".into(), &"unknown op `upsert`".into()));
    assert_eq!((&letter["key"], &letter["value"]), (&"aw==".into(), &"eyJvcCI6InVwc2VydCJ9".into()));
    put(&producer, "shop.__ddl", "", &sweep("shop", "a gap", 1)).await;
    let batch = soon(reader.next()).await.unwrap();
    assert_eq!(
        (batch.changes[0].table.as_str(), batch.changes[0].note.as_deref()),
        (ALL_TABLES, Some("a gap"))
    );
}

#[tokio::test]
async fn a_topic_that_is_made_later_is_found_and_read_from_its_beginning() {
    let mock = Mock::new(TOPICS);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    soon(reader.resume(&Position::default())).await.unwrap();
    mock.create("shop.hubs", 1);
    put(&producer, "shop.hubs", "1", br#"{"op":"insert","after":{"id":1}}"#).await;
    reader.look_at = clock::now();
    let batch = soon(reader.next()).await.unwrap();
    assert_eq!((batch.changes[0].table.as_str(), ids(&batch)), ("hubs", vec![1]));
}

#[tokio::test]
async fn brokers_that_are_away_are_waited_for_and_said_to_be() {
    let mock = Mock::new(TOPICS);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    soon(reader.resume(&Position::default())).await.unwrap();
    mock.down();
    let faults = reader.faults.clone();
    let said = async {
        while faults.list().is_empty() {
            let _ = tokio::time::timeout(Duration::from_millis(20), reader.next()).await;
        }
    };
    soon(said).await;
    mock.up();
    car(&producer, 1).await;
    assert_eq!(cars(&mut reader, 1).await.0, [1]);
    assert!(faults.list().is_empty());
}

/// Seen on Kafka 4.3: librdkafka goes on in the middle of the new topic until it is told where to read.
#[tokio::test]
async fn a_topic_made_anew_is_every_car_and_read_from_its_beginning() {
    let mock = Mock::new(TOPICS);
    let (producer, mut reader) = (producer(&mock), reader(&mock));
    for id in 1..=20 {
        car(&producer, id).await;
    }
    soon(reader.resume(&Position::default())).await.unwrap();
    reader.receive(Err(Error::Remade("shop.cars".to_owned())));
    let stale = mock.client().tail("shop.cars", 0, 1).await.unwrap().unwrap().remove(0);
    reader.receive(Ok(stale));
    let batch = soon(reader.next()).await.unwrap();
    assert_eq!((batch.changes.len(), batch.changes[0].table.as_str()), (1, ALL_TABLES));
    assert_eq!(cars(&mut reader, 20).await.0, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_topic_of_maxwell_holds_every_table_and_debezium_tells_of_ddl_on_its_own() {
    let mock = Mock::new(&[("maxwell", 1), ("dbz", 1), ("dbz.shop.cars", 1)]);
    let producer = producer(&mock);
    let reader = |pattern| {
        let pattern = TopicPattern::parse(pattern, "shop").unwrap();
        KafkaChanges::new(mock.client(), "shop", pattern, ["cars", "hubs"].into_iter(), Faults::default())
    };
    let (mut maxwell, mut debezium) = (reader("maxwell"), reader("dbz.{database}.{table}"));
    soon(maxwell.resume(&Position::default())).await.unwrap();
    soon(debezium.resume(&Position::default())).await.unwrap();
    let insert = br#"{"database":"shop","table":"hubs","type":"insert","ts":1,"data":{"id":3}}"#;
    put(&producer, "maxwell", "k", insert).await;
    let batch = soon(maxwell.next()).await.unwrap();
    assert_eq!((batch.changes[0].table.as_str(), ids(&batch)), ("hubs", vec![3]));
    put(&producer, "maxwell", "k", b"{").await;
    assert_eq!(soon(maxwell.next()).await.unwrap().changes[0].table, ALL_TABLES);
    let ddl =
        br#"{"source":{},"databaseName":"shop","ddl":"ALTER","tableChanges":[{"id":"\"shop\".\"cars\""}]}"#;
    put(&producer, "dbz", "k", ddl).await;
    let batch = soon(debezium.next()).await.unwrap();
    assert_eq!((batch.changes[0].table.as_str(), batch.changes[0].op), ("cars", Op::Table));
}
