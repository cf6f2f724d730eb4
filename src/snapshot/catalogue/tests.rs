//! A snapshot grown step by step equals one made at once.

use std::sync::Arc;

use proptest::prelude::*;

use super::Snapshot;
use crate::car::{
    CarId, CivilTime, Details, Document, Hub, Make, Model, Photo, State, Status, Variant, Version,
};
use crate::rank::tests::model;
use crate::snapshot::{Attribute, Number, bits};

/// A car to change for tests: live, with one photo.
pub(crate) fn details(price_rupees: u32, listed_at: i64) -> Details {
    Details {
        make: Make { name: "Renault".into(), slug: "renault".into(), country: "France".into() },
        model: Model { name: "Duster".into(), slug: "duster".into(), body_type: "SUV".into() },
        variant: Variant {
            name: "RxS AMT".into(),
            fuel: "Diesel".into(),
            transmission: "Automatic".into(),
            engine_cc: Some(1461),
            max_power_bhp: Some(108.45),
            mileage_kmpl: Some(19.87),
            seats: Some(5),
        },
        registration_year: 2019,
        km_driven: 51_146,
        owner_number: 1,
        colour: "Red".into(),
        insurance: "Comprehensive".into(),
        listed_at: CivilTime(listed_at),
        sold_at: None,
        price_rupees,
        price_updated_at: CivilTime(listed_at),
        price_history: Vec::new(),
        photos: vec![Photo {
            storage_key: "cars/1000/01-front-left".into(),
            kind: "front-left".into(),
            width_px: 1600,
            height_px: 1200,
        }],
        features: Vec::new(),
        inspection: None,
        hub: Hub {
            name: "Agra hub 1".into(),
            address: "10 Ring Road, Agra".into(),
            phone: "+918001004401".into(),
            opens_at: "09:30".into(),
            closes_at: "20:00".into(),
            city: "Agra".into(),
            city_slug: "agra".into(),
            state: "Uttar Pradesh".into(),
        },
    }
}

pub(crate) fn document(id: u64, sequence: u64, state: State) -> Arc<Document> {
    Arc::new(Document { id: CarId(id), version: Version { epoch: 1, sequence }, state })
}

pub(crate) fn live(id: u64, sequence: u64, price_rupees: u32, listed_at: i64) -> Arc<Document> {
    document(id, sequence, State::Live(Box::new(details(price_rupees, listed_at))))
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        4 => (1u32..9, 0i64..6).prop_map(|(price, listed)| State::Live(Box::new(details(price, listed)))),
        1 => (1u32..9, 0i64..6).prop_map(|(price, listed)| State::Sold(Box::new(details(price, listed)))),
        1 => Just(State::Hidden),
        1 => Just(State::Deleted),
    ]
}

proptest! {
    #[test]
    fn grown_equals_made_at_once(
        batches in prop::collection::vec(prop::collection::vec((0u64..20, 0u64..40, state()), 0..12), 0..12)
    ) {
        let mut grown = Snapshot::default().with_model(Arc::new(model(1)));
        let mut newest = std::collections::BTreeMap::new();
        for batch in batches {
            let batch: Vec<_> = batch.into_iter().map(|(id, sequence, state)| document(id, sequence, state)).collect();
            for new in &batch {
                let known = newest.entry(new.id).or_insert_with(|| Arc::clone(new));
                if new.version > known.version {
                    *known = Arc::clone(new);
                }
            }
            grown = grown.with(batch).0;
        }
        let (at_once, n) = Snapshot::default().with(newest.values().cloned());
        let at_once = at_once.with_model(Arc::new(model(1)));
        prop_assert_eq!(n, newest.len());
        prop_assert_eq!(grown.counts(), at_once.counts());
        let live: Vec<_> = newest.values().filter(|d| d.state.status() == Status::Live).collect();
        prop_assert_eq!(bits::count(grown.columns().live()), live.len());
        for document in newest.values() {
            let slot = grown.slot(document.id).unwrap();
            prop_assert_eq!(grown.document(slot), document);
            let is_live = document.state.status() == Status::Live;
            prop_assert_eq!(bits::has(grown.columns().live(), slot), is_live);
            if let Some(car) = document.state.details() {
                prop_assert_eq!(grown.columns().number(Number::PriceRupees)[slot.0 as usize], car.price_rupees);
                let makes = grown.columns().words(Attribute::Make);
                let code = makes.code(&car.make.slug);
                prop_assert_eq!(code.is_some_and(|code| bits::has(makes.live(code), slot)), is_live);
                if let Some(code) = code {
                    prop_assert_eq!(makes.n_live(code), bits::count(makes.live(code)));
                }
                let vector = |snapshot: &Snapshot| {
                    let mut vector = vec![0.0; 8];
                    let slot = snapshot.slot(document.id).unwrap().0 as usize;
                    snapshot.ranking()[0].vectors.get(slot, &mut vector);
                    vector
                };
                prop_assert_eq!(vector(&grown), vector(&at_once));
                let traits = |snapshot: &Snapshot| {
                    let slot = snapshot.slot(document.id).unwrap().0 as usize;
                    snapshot.ranking()[0].traits.of(slot)
                };
                prop_assert_eq!(traits(&grown), traits(&at_once));
            }
        }
    }
}

#[test]
fn an_older_version_is_ignored() {
    let (snapshot, _) = Snapshot::default().with([live(1, 5, 100, 1)]);
    let (snapshot, newer) = snapshot.with([live(1, 4, 90, 1), live(1, 5, 80, 1)]);
    assert_eq!(newer, 0);
    assert_eq!(snapshot.get(CarId(1)).unwrap().state.details().unwrap().price_rupees, 100);
}

#[test]
fn a_change_of_one_car_shares_the_other_documents() {
    let (before, _) = Snapshot::default().with((0..1000).map(|id| live(id, 1, 100, 1)));
    let (after, _) = before.with([live(7, 2, 90, 1)]);
    let same =
        (0..1000).filter(|&id| Arc::ptr_eq(before.get(CarId(id)).unwrap(), after.get(CarId(id)).unwrap()));
    assert_eq!(same.count(), 999);
    assert_eq!(before.get(CarId(7)).unwrap().version.sequence, 1);
}
