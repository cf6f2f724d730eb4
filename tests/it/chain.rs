//! The chain against a model: after every transaction its documents equal what is assembled from scratch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use forecourt::car::{CarId, Document, State, Version};
use forecourt::clock;
use forecourt::config::Config;
use forecourt::lifecycle::{Lifecycle, Phase};
use forecourt::projector::Quarantine;
use forecourt::projector::assemble::assemble;
use forecourt::serve::chain;
use forecourt::snapshot::Snapshots;
use forecourt::source::Source as _;
use forecourt::source::catalogue::{BUILT_IN, Catalogue};
use forecourt::source::sqlite::SqliteSource;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngSeed, TestRunner};
use rusqlite::Connection;
use tokio::runtime::{Builder, Runtime};

use crate::harness::{PATIENCE, Place, seed, until};
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
struct Chain {
    config: Config,
    catalogue: Arc<Catalogue>,
    snapshots: Arc<Snapshots>,
    quarantine: Quarantine,
    lifecycle: Lifecycle,
    roles: Option<chain::Chain>,
}

impl Chain {
    fn start(place: &Place, runtime: &Runtime) -> Self {
        let mut config = Config::default();
        config.data.dir = place.path("data");
        config.source.url = place.source_url();
        config.source.watch_interval_ms = 1;
        config.feed.heartbeat_interval_ms = 2;
        // Three cars at once: a transaction is larger than a fetch.
        config.projector.batch_cars_max = 3;
        std::fs::create_dir_all(&config.data.dir).unwrap();
        let catalogue = Arc::new(Catalogue::parse("built in", BUILT_IN).unwrap());
        let mut chain = Self {
            config,
            catalogue,
            snapshots: Arc::default(),
            quarantine: Quarantine::default(),
            lifecycle: Lifecycle::default(),
            roles: None,
        };
        let source = chain::open(&place.source(), &chain.catalogue).unwrap();
        let roles = chain::start(
            &chain.config,
            &chain.catalogue,
            source,
            &chain.snapshots,
            &chain.lifecycle,
            &chain.quarantine,
        );
        chain.roles = Some(runtime.block_on(roles).unwrap());
        chain
    }

    fn quarantined(&self) -> BTreeMap<CarId, String> {
        self.quarantine.list(usize::MAX).into_iter().map(|(car, why)| (car, why.reason)).collect()
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
        self.lifecycle.enter(Phase::Stopping);
        if let Some(roles) = self.roles.take() {
            roles.join();
        }
    }
}

/// What the documents must be: assembled from scratch after every step, keeping what cannot be assembled.
struct Model {
    source: SqliteSource,
    states: BTreeMap<CarId, State>,
    quarantined: BTreeMap<CarId, String>,
    versions: BTreeMap<CarId, Version>,
}

impl Model {
    fn new(place: &Place) -> Self {
        let catalogue = Arc::new(Catalogue::parse("built in", BUILT_IN).unwrap());
        let source = SqliteSource::open(&place.source(), catalogue).unwrap();
        Self { source, states: BTreeMap::new(), quarantined: BTreeMap::new(), versions: BTreeMap::new() }
    }

    /// Follows the source. Answers the cars that are other than before.
    fn follow(&mut self, runtime: &Runtime) -> BTreeSet<CarId> {
        let listed = runtime.block_on(self.source.car_ids()).unwrap();
        let cars: BTreeSet<_> = listed.into_iter().chain(self.states.keys().copied()).collect();
        let cars: Vec<_> = cars.into_iter().collect();
        let fetched = runtime.block_on(self.source.fetch(&cars)).unwrap();
        self.quarantined.clear();
        let mut changed = BTreeSet::new();
        for car in cars {
            let state = match assemble(car, &fetched) {
                Ok(Some(state)) => state,
                Ok(None) if self.states.contains_key(&car) => State::Deleted,
                Ok(None) => continue,
                Err(reason) => {
                    self.quarantined.insert(car, reason.to_string());
                    continue;
                }
            };
            if self.states.get(&car) != Some(&state) {
                self.states.insert(car, state);
                changed.insert(car);
            }
        }
        changed
    }

    /// After several transactions in a row the chain may have seen any of the states between them: takes over what only
    /// that explains, the last good document of a car that is wrong now, and the tombstone of one that came and went.
    fn allow_for_what_was_between(&mut self, chain: &Chain) {
        for document in chain.snapshots.load().documents() {
            let wrong = self.quarantined.contains_key(&document.id);
            let came_and_went = document.state == State::Deleted && !self.states.contains_key(&document.id);
            if wrong || came_and_went {
                self.states.insert(document.id, document.state.clone());
            }
            let before = self.versions.insert(document.id, document.version);
            assert!(before.is_none_or(|before| document.version >= before), "car {} went back", document.id);
        }
    }

    /// Holds the chain against the model.
    fn check(&mut self, chain: &Chain, changed: &BTreeSet<CarId>) {
        let snapshot = chain.snapshots.load();
        let documents: BTreeMap<_, _> =
            snapshot.documents().map(|document| (document.id, document.clone())).collect();
        assert_eq!(documents.keys().collect::<Vec<_>>(), self.states.keys().collect::<Vec<_>>(), "the cars");
        for (car, state) in &self.states {
            let document = &documents[car];
            assert_eq!(&document.state, state, "car {car}");
            let before = self.versions.insert(*car, document.version);
            if changed.contains(car) {
                assert!(
                    before.is_none_or(|before| document.version > before),
                    "car {car} changed under its version"
                );
            } else {
                assert_eq!(before, Some(document.version), "car {car} has a new version for nothing");
            }
        }
        let newest: Vec<_> =
            snapshot.newest().after(None).iter().map(|entry| snapshot.document(entry.1).id).collect();
        let mut live: Vec<_> = self
            .states
            .iter()
            .filter_map(|(car, state)| match state {
                State::Live(details) => Some((details.listed_at, *car)),
                State::Sold(_) | State::Hidden | State::Deleted => None,
            })
            .collect();
        live.sort_unstable();
        assert_eq!(
            newest,
            live.into_iter().rev().map(|(_, car)| car).collect::<Vec<_>>(),
            "the listing's order"
        );
        assert_eq!(chain.quarantined(), self.quarantined, "quarantine");
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
        let mut chain = Chain::start(&place, &runtime);
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
                chain = Chain::start(&place, &runtime);
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
