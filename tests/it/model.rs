//! The model of the chain: what its documents must be, from scratch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forecourt::car::{CarId, State, Version};
use forecourt::change::Reach;
use forecourt::listing::{self, Sort};
use forecourt::projector::assemble::assemble;
use forecourt::source::Source as _;
use forecourt::source::catalogue::{BUILT_IN, Catalogue};
use forecourt::source::sqlite::SqliteSource;
use tokio::runtime::Runtime;

use crate::chain::Chain;
use crate::harness::Place;

/// What the documents must be: assembled from scratch after every step, keeping what cannot be assembled.
pub(crate) struct Model {
    source: SqliteSource,
    pub(crate) states: BTreeMap<CarId, State>,
    pub(crate) quarantined: BTreeMap<CarId, String>,
    pub(crate) versions: BTreeMap<CarId, Version>,
}

impl Model {
    pub(crate) fn new(place: &Place) -> Self {
        let catalogue = Arc::new(Catalogue::parse("built in", BUILT_IN).unwrap());
        let source = SqliteSource::open(&place.source(), catalogue).unwrap();
        Self { source, states: BTreeMap::new(), quarantined: BTreeMap::new(), versions: BTreeMap::new() }
    }

    /// Follows the source. Answers the cars that are other than before.
    pub(crate) fn follow(&mut self, runtime: &Runtime) -> BTreeSet<CarId> {
        let listed = runtime.block_on(self.source.car_ids()).unwrap();
        let cars: BTreeSet<_> = listed.into_iter().chain(self.states.keys().copied()).collect();
        let cars: Vec<_> = cars.into_iter().collect();
        let fetched = runtime.block_on(self.source.fetch(&cars, &Reach::default())).unwrap();
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
    pub(crate) fn allow_for_what_was_between(&mut self, chain: &Chain) {
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
    pub(crate) fn check(&mut self, chain: &Chain, changed: &BTreeSet<CarId>) {
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
        let newest = listing::sorted(&snapshot, Sort::Newest, usize::MAX);
        let newest: Vec<_> = newest.into_iter().map(|slot| snapshot.document(slot).id).collect();
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
