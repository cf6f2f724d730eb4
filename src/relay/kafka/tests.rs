//! A relay on a cluster in this process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc::{self, Sender};

use super::{Publisher, run};
use crate::change::decode::decode;
use crate::change::heartbeat::Heartbeat;
use crate::change::{ALL_TABLES, Batch, Change, ChangeLog, Op, Position};
use crate::faults::Faults;
use crate::kafka::mock::{Mock, soon};
use crate::kafka::{Record, TopicPattern};
use crate::lifecycle::{Lifecycle, Phase};

const TOPICS: &[(&str, i32)] = &[("shop.cars", 2), ("shop.__ddl", 1), ("shop.__heartbeat", 1)];

fn publisher(mock: &Mock) -> Publisher {
    let pattern = TopicPattern::parse("{database}.{table}", "shop").unwrap();
    Publisher::new(mock.client(), "shop", pattern, ["cars"].into_iter())
}

fn price(id: u64, price: u64) -> Change {
    let serde_json::Value::Object(after) = json!({"id": id, "price": price}) else { unreachable!() };
    Change { key: ["id".to_owned()].into(), ..Change::row("cars", Op::Update, None, Some(after)) }
}

fn batch(changes: Vec<Change>, position: &str, complete_until_ms: Option<u64>) -> Batch {
    Batch { changes, position: Position(position.to_owned()), complete_until_ms }
}

async fn all(mock: &Mock, topic: &str, partition: i32) -> Vec<Record> {
    soon(mock.client().tail(topic, partition, 10_000)).await.unwrap().unwrap()
}

fn changes(records: &[Record]) -> Vec<Change> {
    let read = |r: &Record| decode(None, "shop", r.key.as_deref(), r.value.as_deref()).unwrap();
    records.iter().flat_map(read).collect()
}

#[tokio::test]
async fn changes_of_a_row_stay_in_order_and_the_place_is_in_kafka() {
    let mock = Mock::new(TOPICS);
    let mut relay = publisher(&mock);
    assert!(soon(relay.begin()).await.unwrap().is_none());
    let sent: Vec<_> = (0..500).map(|n| price(n % 7, n)).collect();
    soon(relay.publish(&[batch(sent, "p1", None), batch(vec![], "p2", Some(77))])).await.unwrap();
    let ddl = Change::whole_table(ALL_TABLES, "drop table x");
    soon(relay.publish(&[batch(vec![ddl.clone()], "p3", Some(78))])).await.unwrap();

    let (zero, one) = (all(&mock, "shop.cars", 0).await, all(&mock, "shop.cars", 1).await);
    assert_eq!(zero.len() + one.len(), 500);
    assert!(!zero.is_empty() && !one.is_empty(), "keys lead to both partitions");
    for records in [&zero, &one] {
        let prices = changes(records).into_iter().map(|c| c.after.unwrap()["price"].as_u64().unwrap());
        assert!(prices.collect::<Vec<_>>().is_sorted());
    }
    assert_eq!(changes(&all(&mock, "shop.__ddl", 0).await), [ddl]);
    let heartbeats = all(&mock, "shop.__heartbeat", 0).await;
    let last = Heartbeat::read(heartbeats.last().unwrap().value.as_deref().unwrap()).unwrap();
    let cars = [(0, zero.len() as i64), (1, one.len() as i64)].into();
    let ends = [("shop.cars".to_owned(), cars), ("shop.__ddl".to_owned(), [(0, 1)].into())].into();
    assert_eq!(last, Heartbeat::new(Some(78), Position("p3".to_owned()), ends));

    let mut next = publisher(&mock);
    assert_eq!(soon(next.begin()).await.unwrap(), Position("p3".to_owned()));
    soon(next.publish(&[batch(vec![], "p4", Some(79))])).await.unwrap();
    let heartbeats = all(&mock, "shop.__heartbeat", 0).await;
    let after = Heartbeat::read(heartbeats.last().unwrap().value.as_deref().unwrap()).unwrap();
    assert_eq!(after.ends, last.ends, "ends are known without a delivery");
}

#[tokio::test]
async fn a_row_that_is_too_large_becomes_its_table() {
    let mock = Mock::new(TOPICS);
    let mut relay = publisher(&mock);
    soon(relay.begin()).await.unwrap();
    let serde_json::Value::Object(large) = json!({"id": 1, "note": "x".repeat(9_000_000)}) else {
        unreachable!()
    };
    let large = Change::row("cars", Op::Insert, None, Some(large));
    soon(relay.publish(&[batch(vec![price(1, 1), large, price(1, 2)], "p", Some(1))])).await.unwrap();
    assert_eq!(all(&mock, "shop.cars", 0).await.len() + all(&mock, "shop.cars", 1).await.len(), 2);
    let told = changes(&all(&mock, "shop.__ddl", 0).await);
    assert_eq!((told.len(), told[0].table.as_str(), told[0].op), (1, "cars", Op::Table));
}

/// A log whose batches a test hands over.
struct Script {
    batches: mpsc::Receiver<Batch>,
    resumed: Arc<Mutex<Option<Position>>>,
}

impl ChangeLog for Script {
    async fn resume(&mut self, position: &Position) -> anyhow::Result<bool> {
        *self.resumed.lock().unwrap() = Some(position.clone());
        Ok(!position.is_none())
    }

    fn begin(&self) -> Position {
        Position("begin".to_owned())
    }

    async fn follow(mut self, batches: Sender<Batch>) {
        while let Some(batch) = self.batches.recv().await {
            if batches.send(batch).await.is_err() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_relay_waits_while_kafka_is_away_and_loses_nothing() {
    let mock = Mock::new(TOPICS);
    let (lifecycle, faults) = (Lifecycle::default(), Faults::default());
    let (log, batches) = mpsc::channel(64);
    let resumed = Arc::new(Mutex::new(None));
    let script = Script { batches, resumed: resumed.clone() };
    let role = tokio::spawn(run(script, publisher(&mock), lifecycle.clone(), faults.clone()));
    log.send(batch(vec![price(1, 0)], "p0", Some(1))).await.unwrap();
    soon(async { while mock.client().tail("shop.__heartbeat", 0, 9).await.unwrap().unwrap().len() < 2 {} })
        .await;
    assert_eq!(*resumed.lock().unwrap(), Some(Position::default()));
    let asked = changes(&all(&mock, "shop.__ddl", 0).await);
    assert_eq!((asked[0].table.as_str(), asked[0].note.as_deref()), (ALL_TABLES, Some("a first start")));

    mock.down();
    for n in 1..=20 {
        log.send(batch(vec![price(1, n)], &format!("p{n}"), Some(n))).await.unwrap();
    }
    soon(async {
        while faults.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(faults.list()[0].0, "relay");
    mock.up();
    let prices = soon(async {
        loop {
            let records = [all(&mock, "shop.cars", 0).await, all(&mock, "shop.cars", 1).await].concat();
            let told = changes(&records).into_iter().map(|c| c.after.unwrap()["price"].as_u64().unwrap());
            let told: Vec<_> = told.collect();
            if told.last() == Some(&20) {
                break told;
            }
        }
    })
    .await;
    assert!(prices.is_sorted());
    assert_eq!(prices.iter().collect::<std::collections::BTreeSet<_>>().len(), 21);
    soon(async {
        while !faults.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    lifecycle.enter(Phase::Stopping);
    soon(role).await.unwrap().unwrap();
}
