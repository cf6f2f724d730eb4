//! Which cars a page of the recommended order has.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::{Choice, PAGE_CARS, Query, Spec, by_score};
use super::{car, cars, catalogue, page, parse};
use crate::car::CarId;
use crate::rank::tests::model;
use crate::rank::{Interaction, Traits};
use crate::snapshot::Snapshot;

/// The rule as its doc says it, car by car, over the whole order.
fn page_by_hand(order: &[u64], traits: impl Fn(u64) -> Traits) -> Vec<u64> {
    let mut page: Vec<u64> = order.iter().copied().take(5).collect();
    while page.len() < PAGE_CARS.min(order.len()) {
        let others = order.iter().take(300).filter(|car| !page.contains(car));
        let shared =
            |car: u64| page.iter().map(|&other| traits(car).shared(&traits(other).compared())).sum::<u16>();
        // Of equal ones the first.
        page.push(*others.min_by_key(|&&car| shared(car)).unwrap());
    }
    page
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_page_has_the_best_and_then_the_least_alike(dice in cars(1..500), anchor in 0u64..500) {
        let snapshot = catalogue(&dice);
        let ranked = &snapshot.ranking()[0];
        let spec = Spec { visitor: 0, anchors: vec![(CarId(anchor), Interaction::View)] };
        let taste = spec.taste(&snapshot, ranked, &Choice::default());
        let traits = |car: u64| ranked.traits.of(snapshot.slot(CarId(car)).unwrap().0 as usize);
        let order = by_score(snapshot.columns(), ranked, &taste, snapshot.columns().live(), dice.len());
        let order: Vec<u64> = order.into_iter().map(|(slot, _)| snapshot.document(slot).id.0).collect();
        let (known, mut fresh): (Vec<u64>, Vec<u64>) = order.into_iter().partition(|&car| car == anchor);
        let (mut query, mut left_known) = (Query::default(), known);
        loop {
            let mut expected = page_by_hand(&fresh, traits);
            fresh.retain(|car| !expected.contains(car));
            // Who has looked at a car is shown it when nothing else is left.
            let missing = PAGE_CARS - expected.len();
            expected.extend(left_known.drain(..missing.min(left_known.len())));
            let (ids, next) = page(&snapshot, &query, &spec);
            prop_assert_eq!(ids, expected);
            let Some(next) = next else { break };
            query = parse(&format!("after={next}"));
        }
        prop_assert!(fresh.is_empty() && left_known.is_empty());
    }
}

#[test]
fn a_page_ends_with_other_cars_as_long_as_there_are_some() {
    let dice = |id: u64| if id < 30 { [0, 0, 0, 1, 0, 0] } else { [1, (id % 3) as u8, 1, 9, 0, 0] };
    let cars = (0..40).map(|id| car(id, 1, dice(id)));
    let snapshot = Snapshot::default().with_model(Arc::new(model(1))).with(cars).0;
    let of_model = |ids: &[u64], model: &str| {
        ids.iter()
            .filter(|&&id| snapshot.get(CarId(id)).unwrap().state.details().unwrap().title().contains(model))
            .count()
    };
    let (ids, _) = page(&snapshot, &Query::default(), &Spec::default());
    assert_eq!(ids.len(), PAGE_CARS);
    assert!(of_model(&ids, "Renault Duster") <= 5, "{ids:?}");
    let (ids, _) = page(&snapshot, &parse("make=renault"), &Spec::default());
    assert_eq!(of_model(&ids, "Renault Duster"), PAGE_CARS, "nothing else was asked for");
}
