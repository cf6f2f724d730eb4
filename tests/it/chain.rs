//! The chain against a model: after every transaction its documents equal what is assembled from scratch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use forecourt::car::{CarId, Document, Version};
use forecourt::clock;
use forecourt::config::Config;
use forecourt::lifecycle::Phase;
use forecourt::roles::{Common, Copy, Threads, local, model};
use forecourt::snapshot::Snapshots;
use forecourt::source::catalogue::{BUILT_IN, Catalogue};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngSeed, TestRunner};
use rusqlite::Connection;
use tokio::runtime::Builder;

use crate::harness::{PATIENCE, Place, seed, until};
use crate::model::Model;
use crate::operations::{Operation, operation};

const LIVE: u32 = 40;

/// How the operations of a step reach the database.
#[derive(Clone, Copy, Debug)]
enum How {
    Commit,
    /// Each statement is a transaction of its own, and nobody waits in between.
    OneByOne,
    Rollback,
    /// The chain is down meanwhile.
    WhileStopped,
}

#[derive(Clone, Debug)]
struct Step {
    operations: Vec<Operation>,
    how: How,
    /// Whether the writer's connection acts on foreign keys.
    foreign_keys: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![
        8 => Just(How::Commit),
        2 => Just(How::OneByOne),
        1 => Just(How::Rollback),
        1 => Just(How::WhileStopped),
    ];
    let operations = prop::collection::vec(operation(), 1..5);
    let step = |(operations, how, foreign_keys)| Step { operations, how, foreign_keys };
    (operations, how, any::<bool>()).prop_map(step)
}

/// The chain as `serve` runs it, without a server.
pub(crate) struct Chain {
    pub(crate) snapshots: Arc<Snapshots>,
    common: Common,
    roles: Option<Threads>,
}

impl Chain {
    fn start(place: &Place) -> Self {
        let mut config = Config::default();
        config.data.dir = place.path("data");
        config.source.url = place.source_url();
        config.source.watch_interval_ms = 1;
        config.feed.heartbeat_interval_ms = 2;
        // Three cars at once: a transaction is larger than a fetch.
        config.projector.batch_cars_max = 3;
        std::fs::create_dir_all(&config.data.dir).unwrap();
        let catalogue = Arc::new(Catalogue::parse("built in", BUILT_IN).unwrap());
        let (snapshots, common) = (Arc::default(), Common::default());
        let source = local::sqlite(&config, &place.source(), &catalogue, &common).unwrap();
        let model = model::load(&config).unwrap();
        let copy = Copy::load(&config, &catalogue, &snapshots, model);
        let roles = source.start(&config, None, copy, &common).unwrap();
        Self { snapshots, common, roles: Some(roles) }
    }

    pub(crate) fn quarantined(&self) -> BTreeMap<CarId, String> {
        self.common.quarantine.list(usize::MAX).into_iter().map(|(car, why)| (car, why.reason)).collect()
    }

    /// Every document that is published until all that is committed by now is.
    fn caught_up(&self, seen: &mut BTreeMap<(CarId, Version), Arc<Document>>) {
        let (now_ms, began) = (clock::unix_ms(), clock::now());
        let mut generation = None;
        loop {
            let as_of_ms = self.snapshots.as_of_ms();
            let snapshot = self.snapshots.load();
            if generation.replace(snapshot.generation()) != Some(snapshot.generation()) {
                seen.extend(
                    snapshot.documents().map(|document| ((document.id, document.version), document.clone())),
                );
            }
            if as_of_ms > now_ms {
                return;
            }
            assert!(clock::now().duration_since(began) < PATIENCE, "the chain does not catch up");
            std::thread::sleep(Duration::from_micros(300));
        }
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.common.lifecycle.enter(Phase::Stopping);
        if let Some(roles) = self.roles.take() {
            roles.join();
        }
    }
}

fn run(database: &Connection, step: &Step) {
    database.pragma_update(None, "foreign_keys", step.foreign_keys).unwrap();
    let in_one = !matches!(step.how, How::OneByOne);
    if in_one {
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
    }
    for operation in &step.operations {
        operation.run(database);
    }
    if in_one && !database.is_autocommit() {
        database
            .execute_batch(if matches!(step.how, How::Rollback) { "ROLLBACK" } else { "COMMIT" })
            .unwrap();
    }
}

#[test]
fn after_any_transaction_the_documents_equal_a_fresh_assembly() {
    let runs = Runs {
        cases: 20,
        rng_seed: RngSeed::Fixed(seed()),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Runs::default()
    };
    let template = Place::with_cars(LIVE);
    let runtime = Builder::new_current_thread().build().unwrap();
    let steps = prop::collection::vec(step(), 1..25);
    let result = TestRunner::new(runs).run(&steps, |steps| {
        let place = Place::empty();
        std::fs::copy(template.source(), place.source()).unwrap();
        let mut model = Model::new(&place);
        let mut chain = Chain::start(&place);
        let changed = model.follow(&runtime);
        chain.caught_up(&mut BTreeMap::new());
        model.check(&chain, &changed);
        for step in &steps {
            let database = place.database();
            let before = model.versions.clone();
            let mut seen = BTreeMap::new();
            if matches!(step.how, How::WhileStopped) {
                drop(chain);
                run(&database, step);
                chain = Chain::start(&place);
            } else {
                run(&database, step);
            }
            chain.caught_up(&mut seen);
            let mut changed = model.follow(&runtime);
            if matches!(step.how, How::OneByOne) {
                model.allow_for_what_was_between(&chain);
                changed.clear();
            }
            if matches!(step.how, How::WhileStopped) {
                // What was wrong before is found again by the first sweep, not by a change.
                until("the sweep is through", || (chain.quarantined() == model.quarantined).then_some(()));
            }
            model.check(&chain, &changed);
            if matches!(step.how, How::OneByOne) {
                continue;
            }
            // A transaction is seen whole or not at all: no document was ever between the two.
            for ((car, version), document) in seen {
                assert!(
                    before.get(&car) == Some(&version) || document.state == model.states[&car],
                    "car {car} half"
                );
            }
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
