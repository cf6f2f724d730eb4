//! Walks over listings, markers, similar cars.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Cursor, PAGE_CARS, Query, find, similar};
use crate::car::{CarId, State};
use crate::snapshot::Snapshot;
use crate::snapshot::catalogue_tests::{document, live};

fn ids(snapshot: &Snapshot, query: &Query) -> (Vec<u64>, Option<Cursor>) {
    let found = find(snapshot, query);
    (found.slots.iter().map(|&slot| snapshot.document(slot).id.0).collect(), found.next)
}

#[test]
fn pages_are_ten_cars_newest_first_and_end_without_a_marker() {
    let (snapshot, _) =
        Snapshot::default().with((0..25).map(|id| live(id, 1, 100, i64::from(id as u32 / 2))));
    let (first, next) = ids(&snapshot, &Query::default());
    assert_eq!(first, (15..25).rev().collect::<Vec<_>>());
    let (second, next) = ids(&snapshot, &Query { after: next });
    assert_eq!(second, (5..15).rev().collect::<Vec<_>>());
    let (third, next) = ids(&snapshot, &Query { after: next });
    assert_eq!((third, next), ((0..5).rev().collect::<Vec<_>>(), None));
    assert_eq!(find(&snapshot, &Query::default()).total, 25);
    assert_eq!(find(&Snapshot::default(), &Query::default()).slots, []);
}

proptest! {
    /// Cars that arrive, sell and change price between pages: none twice, none that stayed left out.
    #[test]
    fn a_walk_neither_repeats_nor_misses(
        listed in prop::collection::vec(0i64..30, 1..80),
        events in prop::collection::vec((0u64..100, 0u8..3, 0i64..30), 0..30),
    ) {
        let cars = listed.iter().enumerate().map(|(id, &at)| live(id as u64, 1, 100, at));
        let mut snapshot = Snapshot::default().with(cars).0;
        let mut stayed: BTreeSet<u64> = (0..listed.len() as u64).collect();
        let (mut seen, mut query, mut sequence) = (Vec::new(), Query::default(), 2);
        let mut events = events.into_iter();
        loop {
            let (page, next) = ids(&snapshot, &query);
            prop_assert!(page.len() == PAGE_CARS || next.is_none());
            seen.extend(page);
            let Some(next) = next else { break };
            prop_assert_eq!(Cursor::decode(&next.encode()), Some(next));
            query = Query { after: Some(next) };
            if let Some((id, what, at)) = events.next() {
                sequence += 1;
                let listed = |id| snapshot.get(CarId(id)).and_then(|d| d.state.details().map(|car| car.listed_at.0));
                let document = match (what, listed(id)) {
                    (0, _) => document(id, sequence, State::Hidden),
                    (_, Some(at)) => live(id, sequence, 90, at),
                    (_, None) => live(1000 + id, sequence, 90, listed(1000 + id).unwrap_or(at)),
                };
                if what == 0 {
                    stayed.remove(&id);
                }
                snapshot = snapshot.with([document]).0;
            }
        }
        let unique: BTreeSet<_> = seen.iter().copied().collect();
        prop_assert_eq!(unique.len(), seen.len(), "a car was shown twice");
        prop_assert!(stayed.is_subset(&unique), "a car was left out");
    }

    #[test]
    fn no_garbage_is_a_marker(text in ".{0,60}") {
        prop_assert_eq!(Cursor::decode(&text), None);
    }
}

#[test]
fn a_query_ignores_what_is_not_its_own() {
    let (snapshot, _) = Snapshot::default().with((0..25).map(|id| live(id, 1, 100, 1)));
    let next = ids(&snapshot, &Query::default()).1;
    let marker = next.unwrap().encode();
    let parsed = Query::parse(&format!("gclid=x%20y&after={marker}&utm_source=a&utm_source=b&=&z")).unwrap();
    assert_eq!(parsed, Query { after: next });
    for bad in [
        format!("after={marker}&after={marker}"),
        "after=".to_owned(),
        format!("after={marker}x"),
        "a=%ff".to_owned(),
    ] {
        assert!(Query::parse(&bad).is_err(), "{bad}");
    }
}

#[test]
fn similar_cars_are_live_near_in_price_and_never_the_car_itself() {
    let cars = (0..50).map(|id| match id % 5 {
        4 => document(id, 1, State::Hidden),
        _ => live(id, 1, 100_000 + 1_000 * id as u32, 1),
    });
    let (snapshot, _) = Snapshot::default().with(cars);
    let slot = snapshot.slot(CarId(10)).unwrap();
    let found: Vec<_> =
        similar(&snapshot, slot, 4).iter().map(|&slot| snapshot.document(slot).id.0).collect();
    assert_eq!(found, [11, 8, 12, 7]);
}
