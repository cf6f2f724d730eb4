//! Against a Kafka in this process that comes and goes.

use std::collections::BTreeMap;
use std::thread::JoinHandle;

use super::*;
use crate::config;
use crate::kafka::mock::{Mock, soon};
use crate::keys::Keys;
use crate::lead::{self, Fate, Kind, Leads, Personal, Phone, Wish};
use crate::lifecycle::Phase;

struct Machine {
    leads: Leads,
    lifecycle: Lifecycle,
    faults: Faults,
    keeper: JoinHandle<()>,
    delivery: JoinHandle<()>,
}

impl Machine {
    fn start(data: &std::path::Path, client: Client) -> Self {
        let (lifecycle, faults) = (Lifecycle::default(), Faults::default());
        let settings = config::Lead { late_s: 1, ..config::Lead::default() };
        let keys = Keys::new(&[[1; 32]]);
        let (leads, ends) = lead::start(
            (&settings, lead::Sealer::default()),
            data,
            &keys,
            Some(client),
            (&lifecycle, &faults),
        )
        .unwrap();
        let delivery = ends.delivery.unwrap();
        let delivery = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(delivery.run()).unwrap();
        });
        Self { leads, lifecycle, faults, keeper: ends.keeper, delivery }
    }

    /// Leaves a lead; its id, once it is safe.
    async fn leave(&self, number: u64) -> Option<String> {
        let wish = Wish {
            slot: "",
            kind: Kind::CallBack,
            phone: Phone::parse(&format!("98{number:08}")).ok().unwrap(),
            name: Personal::new("Asha"),
            car: None,
            marketing: false,
            notice: Default::default(),
            clicks: None,
            page: None,
            visitor: 0,
            address: None,
            suspicions: if number % 5 == 4 { vec!["trap"] } else { Vec::new() },
        };
        let mut taken = self.leads.take(wish, clock::unix_ms());
        let fate = *soon(taken.fate.wait_for(|fate| *fate != Fate::UnderWay)).await.unwrap();
        matches!(fate, Fate::Kept(_)).then_some(taken.id)
    }

    fn end(self) {
        self.lifecycle.enter(Phase::Stopping);
        self.keeper.join().unwrap();
        self.delivery.join().unwrap();
    }
}

/// The ids in the topics, and how often each is there; until there are so many different ones.
async fn ids(mock: &Mock, topics: &[&str], n: usize) -> BTreeMap<String, usize> {
    let consumer = mock.client().consumer("test").unwrap();
    let from = topics.iter().map(|topic| ((*topic).to_owned(), [(0, 0), (1, 0)].into()));
    consumer.assign(&from.collect()).unwrap();
    let mut ids = BTreeMap::new();
    while ids.len() < n {
        let Ok(record) = soon(consumer.recv()).await else { continue };
        let value: serde_json::Value = serde_json::from_slice(&record.value.unwrap()).unwrap();
        let id = value["id"].as_str().unwrap().to_owned();
        assert_eq!(record.key.as_deref(), Some(id.as_bytes()));
        *ids.entry(id).or_default() += 1;
    }
    ids
}

const BOTH: &[(&str, i32)] = &[(TOPIC, 2), (TOPIC_ASIDE, 2)];

#[tokio::test]
async fn every_lead_is_delivered_once_by_both_ways_together() {
    let (mock, data) = (Mock::new(BOTH), tempfile::tempdir().unwrap());
    let machine = Machine::start(data.path(), mock.client());
    let mut left = Vec::new();
    for number in 0..20 {
        left.push(machine.leave(number).await.unwrap());
    }
    let aside = ids(&mock, &[TOPIC_ASIDE], 4).await;
    assert!(left.iter().skip(4).step_by(5).all(|id| aside.contains_key(id)), "{aside:?}");
    machine.end();
    let all = ids(&mock, &[TOPIC, TOPIC_ASIDE], 20).await;
    assert!(left.iter().all(|id| all.get(id) == Some(&1)), "{all:?}");
    // The next process has nothing to do.
    let machine = Machine::start(data.path(), mock.client());
    assert_eq!(machine.leads.standing.waiting(), 0);
    let last = machine.leave(99).await.unwrap();
    machine.end();
    let all = ids(&mock, &[TOPIC, TOPIC_ASIDE], 21).await;
    assert!(all.contains_key(&last) && all.values().all(|&n| n == 1), "{all:?}");
}

#[tokio::test]
async fn what_was_left_while_kafka_was_away_comes_later_also_from_the_next_process() {
    let (mock, data) = (Mock::new(BOTH), tempfile::tempdir().unwrap());
    mock.down();
    let machine = Machine::start(data.path(), mock.client());
    let mut left = Vec::new();
    for number in 0..10 {
        left.push(machine.leave(number).await.unwrap());
    }
    soon(async {
        while machine.faults.list().iter().all(|(role, _)| *role != ROLE) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(machine.leads.standing.waiting(), 10);
    machine.end();
    let machine = Machine::start(data.path(), mock.client());
    assert_eq!(machine.leads.standing.waiting(), 10);
    soon(async {
        while machine.leads.standing.oldest_ms().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    for number in 10..20 {
        left.push(machine.leave(number).await.unwrap());
    }
    // Sent again, it is what it was before the restart.
    assert_eq!(machine.leave(3).await.as_ref(), Some(&left[3]));
    mock.up();
    let all = ids(&mock, &[TOPIC, TOPIC_ASIDE], 20).await;
    assert!(left.iter().all(|id| all.contains_key(id)), "{all:?}");
    soon(async {
        while machine.leads.standing.waiting() > 0 || !machine.faults.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    machine.end();
}

#[tokio::test]
async fn without_a_disk_kafka_alone_is_enough_and_without_both_nobody_is_thanked() {
    let (mock, data) = (Mock::new(BOTH), tempfile::tempdir().unwrap());
    let machine = Machine::start(data.path(), mock.client());
    let first = machine.leave(0).await.unwrap();
    ids(&mock, &[TOPIC], 1).await;
    // The spool cannot begin a segment, and the one it has is given up.
    let directory = lead::spool::directory(data.path());
    std::fs::remove_dir_all(&directory).unwrap();
    std::fs::write(&directory, "").unwrap();
    let machine = {
        machine.end();
        Machine::start(data.path(), mock.client())
    };
    soon(async {
        while machine.leave(1).await.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(machine.leads.standing.spool_fails() && ids(&mock, &[TOPIC], 2).await.contains_key(&first));
    mock.down();
    let taken = machine.leave(2);
    assert_eq!(tokio::time::timeout(Duration::from_secs(1), taken).await.ok().flatten(), None);
    machine.end();
}
