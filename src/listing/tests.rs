//! Walks over listings under change, facets against counting one by one, addresses, similar cars.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::advice::advice;
use super::facets::{self, facets};
use super::{Choice, Counts, Filter, Matching, PAGE_CARS, Query, RANGES, Sort, Spec, WORDS, find, similar};
use crate::car::{CarId, CivilTime, Document, Feature, PricePoint, State, word};
use crate::keys::Keys;
use crate::rank::tests::{Draft, model};
use crate::rank::{Interaction, Model, Profile};
use crate::snapshot::catalogue_tests::{details, document, live};
use crate::snapshot::{Snapshot, bits};

mod pages;

const DAY_S: i64 = 24 * 60 * 60;
const TODAY: u32 = 20_000;

fn keys() -> Keys {
    Keys::new(&[[9; 32]])
}

/// A car whose every attribute follows from some numbers.
fn car(id: u64, sequence: u64, dice: [u8; 6]) -> Arc<Document> {
    let [make, model, fuel, price, age, features] = dice;
    let mut car =
        details(100_000 * u32::from(price % 12 + 1), i64::from(TODAY - u32::from(age % 40)) * DAY_S);
    let name = ["Renault", "Honda", "Tata", "Kia"][usize::from(make % 4)];
    (car.make.name, car.make.slug) = (name.into(), name.to_lowercase().into());
    let name = ["Duster", "City", "Nexon"][usize::from(model % 3)];
    (car.model.name, car.model.slug) = (name.into(), name.to_lowercase().into());
    car.variant.fuel = ["Diesel", "Petrol", "Electric"][usize::from(fuel % 3)].into();
    car.variant.engine_cc = (fuel % 3 != 2).then_some(1000 + 100 * u32::from(model % 9));
    car.variant.seats = [Some(5), Some(7), None][usize::from(age % 3)];
    car.km_driven = 1_000 * u32::from(features);
    let pick = |names: [&str; 3], dice: u8| names[usize::from(dice % 3)].into();
    car.colour = pick(["White", "Deep Blue", "Red"], price / 3);
    car.hub.city = pick(["Pune", "New Delhi", "Kochi"], age / 3);
    car.hub.city_slug = word(&car.hub.city).into();
    car.hub.name = pick(["North", "South", "East"], age / 9);
    car.model.body_type = pick(["SUV", "Sedan", "Hatchback"], model / 3);
    car.variant.transmission = pick(["Manual", "Automatic", "AMT"], fuel / 3);
    car.insurance = pick(["Comprehensive", "Third party", "Expired"], features / 16);
    car.owner_number = 1 + model % 4;
    car.registration_year = 2010 + u16::from(price % 10);
    let names = ["ABS", "Sunroof", "Airbag (driver)"];
    let has = names.iter().enumerate().filter(|(bit, _)| features >> bit & 1 == 1);
    car.features = has.map(|(_, name)| Feature { group: "All".into(), name: (*name).into() }).collect();
    if features & 8 != 0 {
        let changed_at = CivilTime(0);
        car.price_history = vec![PricePoint { changed_at, price_rupees: car.price_rupees + 1 }];
    }
    document(id, sequence, State::Live(Box::new(car)))
}

fn page(snapshot: &Snapshot, query: &Query, spec: &Spec) -> (Vec<u64>, Option<String>) {
    let found = find(snapshot, &keys(), query, spec, &Counts::of(snapshot, &query.choice));
    let ids = found.slots.iter().map(|&slot| snapshot.document(slot).id.0).collect();
    (ids, found.next.map(|next| next.0))
}

fn parse(text: &str) -> Query {
    Query::parse(text, &keys()).unwrap()
}

/// Whether a car is what was chosen, found out the slow way.
fn matches(choice: &Choice, document: &Document, but: Option<usize>) -> bool {
    let State::Live(car) = &document.state else { return false };
    let values = |place: usize| -> Vec<String> {
        let one = |text: &str| vec![word(text)];
        match WORDS[place].0 {
            "make" => one(&car.make.name),
            "model" => one(&car.model.name),
            "variant" => one(&car.variant.name),
            "body" => one(&car.model.body_type),
            "fuel" => one(&car.variant.fuel),
            "transmission" => one(&car.variant.transmission),
            "city" => one(&car.hub.city),
            "hub" => one(&car.hub.name),
            "colour" => one(&car.colour),
            "owner" => one(&car.owner_number.to_string()),
            "seats" => car.variant.seats.iter().map(ToString::to_string).collect(),
            "insurance" => one(&car.insurance),
            _ => car.features.iter().map(|feature| word(&feature.name)).collect(),
        }
    };
    let words = (0..WORDS.len()).filter(|&place| but != Some(place)).all(|place| {
        let chosen = &choice.words[place];
        chosen.is_empty() || values(place).iter().any(|value| chosen.iter().any(|word| word == value))
    });
    let number = |key: &str| match key {
        "price" => Some(car.price_rupees),
        "year" => Some(car.registration_year.into()),
        "km" => Some(car.km_driven),
        "engine" => car.variant.engine_cc,
        "mileage" => car.variant.mileage_kmpl.map(|kmpl| (kmpl * 100.0).round() as u32),
        _ => car.inspection.as_ref().map(|inspection| inspection.score.into()),
    };
    let ranges = RANGES.iter().zip(&choice.ranges).all(|(range, bounds)| {
        let number = number(range.key);
        bounds.is_open()
            || number.is_some_and(|n| {
                bounds.min.is_none_or(|min| n >= min) && bounds.max.is_none_or(|max| n <= max)
            })
    });
    let age = i64::from(TODAY) - car.listed_at.0 / DAY_S;
    let dropped = car.price_history.first().is_some_and(|first| first.price_rupees > car.price_rupees);
    words
        && ranges
        && choice.days_max.is_none_or(|days| age <= days.into())
        && (!choice.price_dropped || dropped)
}

fn choice() -> impl Strategy<Value = String> {
    let pair = prop_oneof![
        "make=(renault|honda|tata|kia|lada)",
        "model=(duster|city|nexon)",
        "fuel=(diesel|petrol|electric)",
        "seats=(5|7)",
        "city=(pune|new-delhi|kochi)",
        "hub=(north|south|east)",
        "colour=(white|deep-blue|red)",
        "body=(suv|sedan)",
        "transmission=(manual|automatic|amt)",
        "owner=[1-5]",
        "insurance=(comprehensive|third-party)",
        "feature=(abs|sunroof|airbag-driver)",
        "price_(min|max)=[1-9]00000",
        "year_(min|max)=201[0-9]",
        "km_(min|max)=[1-9]0000",
        "engine_(min|max)=1[0-9]00",
        "mileage_(min|max)=19\\.[0-9]",
        "days_max=[1-9]",
        "price_dropped=1",
    ];
    prop::collection::vec(pair, 0..5).prop_map(|pairs| pairs.join("&"))
}

fn cars(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<[u8; 6]>> {
    prop::collection::vec(any::<[u8; 6]>(), n)
}

fn catalogue(cars: &[[u8; 6]]) -> Snapshot {
    let cars = cars.iter().enumerate().map(|(id, &dice)| car(id as u64, 1, dice));
    Snapshot::default().with_model(Arc::new(model(1))).with(cars).0.on_day(TODAY)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn totals_and_facets_are_what_counting_gives(dice in cars(0..120), text in choice()) {
        let snapshot = catalogue(&dice);
        let (columns, choice) = (snapshot.columns(), parse(&text).choice);
        let matching = Matching::of(columns, &choice, TODAY);
        let count = |but| snapshot.documents().filter(|document| matches(&choice, document, but)).count();
        prop_assert_eq!(bits::count(&matching.all), count(None));
        let shown: BTreeMap<_, _> = facets(columns, &choice, &matching).into_iter().map(|f| (f.place, f.values)).collect();
        for (place, (_, attribute, _)) in WORDS.iter().enumerate() {
            let words = columns.words(*attribute);
            for value in shown.get(&place).into_iter().flatten() {
                let mut with = choice.clone();
                with.words[place] = vec![words.slug(value.code).into()];
                let expected = snapshot.documents().filter(|document| matches(&with, document, None)).count();
                prop_assert_eq!(value.cars, expected, "{} = {}", WORDS[place].0, words.slug(value.code));
            }
            // Every value that would leave something is there, unless its group is not offered.
            let offered = shown.get(&place).map_or(0, Vec::len);
            let codes = 0..words.len() as u32;
            let some = codes.filter(|&code| {
                let mut with = choice.clone();
                with.words[place] = vec![words.slug(code).into()];
                snapshot.documents().any(|document| matches(&with, document, None))
            });
            prop_assert!(offered >= some.count() || ["model", "variant", "hub"].contains(&WORDS[place].0));
        }
        for (days, cars) in facets::DAYS.iter().zip(facets::days(columns, &matching)) {
            let with = Choice { days_max: Some(*days), ..choice.clone() };
            prop_assert_eq!(cars, snapshot.documents().filter(|document| matches(&with, document, None)).count());
        }
        let counted = |with: Choice| snapshot.documents().filter(|document| matches(&with, document, None)).count();
        let dropped = counted(Choice { price_dropped: true, ..choice.clone() });
        prop_assert_eq!(facets::price_dropped(columns, &matching), dropped);
        let any_day = counted(Choice { days_max: None, ..choice.clone() });
        prop_assert_eq!(bits::count(matching.without(Filter::Days)), any_day);
        let wanted = bits::count(&matching.all) == 0;
        for advice in advice(columns, &choice, &matching).into_iter().filter(|_| wanted) {
            let expected = snapshot.documents().filter(|document| matches(&advice.choice, document, None)).count();
            prop_assert_eq!(advice.cars, expected, "{:?}", advice.change);
        }
    }

    /// Cars arrive, sell, come back, change their price and what they are, and the model is replaced, between pages: none is
    /// shown twice, none that matched all the time is left out, whatever the order.
    #[test]
    fn a_walk_neither_repeats_nor_misses(
        dice in cars(1..90),
        text in choice(),
        sort in 0usize..Sort::ALL.len(),
        anchors in prop::collection::vec(0u64..90, 0..3),
        events in prop::collection::vec((0u64..120, 0u8..8, any::<[u8; 6]>()), 0..60),
        per_page in 0usize..12,
    ) {
        let mut snapshot = catalogue(&dice);
        let text = format!("{text}&sort={}", Sort::ALL[sort].as_str());
        let spec = Spec { visitor: 0, anchors: anchors.into_iter().map(|id| (CarId(id), Interaction::View)).collect() };
        let mut query = parse(&text);
        let matching = |snapshot: &Snapshot, query: &Query| -> BTreeSet<u64> {
            snapshot.documents().filter(|document| matches(&query.choice, document, None)).map(|d| d.id.0).collect()
        };
        let mut stayed = matching(&snapshot, &query);
        let (mut seen, mut sequence, mut events, mut models) = (Vec::new(), 2, events.into_iter(), 1);
        loop {
            let spec = query.after.as_ref().map_or(spec.clone(), |cursor| cursor.spec.clone());
            let (ids, next) = page(&snapshot, &query, &spec);
            prop_assert!(ids.len() == PAGE_CARS || next.is_none());
            seen.extend(ids);
            let Some(next) = next else { break };
            query = parse(&format!("{text}&after={next}"));
            prop_assert!(query.after.is_some());
            for (id, what, dice) in events.by_ref().take(per_page) {
                sequence += 1;
                snapshot = match what {
                    0 => snapshot.with([document(id, sequence, State::Hidden)]).0,
                    1 => { models += 1; snapshot.with_model(Arc::new(model(models))) }
                    _ => snapshot.with([car(id, sequence, dice)]).0,
                };
                let now = matching(&snapshot, &query);
                stayed.retain(|id| now.contains(id));
            }
        }
        let unique: BTreeSet<_> = seen.iter().copied().collect();
        prop_assert_eq!(unique.len(), seen.len(), "a car was shown twice");
        prop_assert!(stayed.is_subset(&unique), "a car was left out: {:?}", stayed.difference(&unique).collect::<Vec<_>>());
    }

    #[test]
    fn an_address_is_canonical_whatever_its_order(text in choice()) {
        let mut pairs: Vec<_> = text.split('&').collect();
        let query = parse(&text);
        pairs.reverse();
        pairs.push("utm_source=x");
        prop_assert_eq!(&parse(&pairs.join("&")), &query);
        prop_assert_eq!(parse(&query.canonical).canonical, query.canonical);
    }
}

#[test]
fn sorted_orders_are_total() {
    let (snapshot, _) =
        Snapshot::default().with((0..25).map(|id| live(id, 1, 100, i64::from(id as u32 / 2))));
    let (first, next) = page(&snapshot, &parse("sort=newest"), &Spec::default());
    assert_eq!(first, (15..25).rev().collect::<Vec<_>>());
    let (second, _) =
        page(&snapshot, &parse(&format!("sort=newest&after={}", next.unwrap())), &Spec::default());
    assert_eq!(second, (5..15).rev().collect::<Vec<_>>());
    assert_eq!(page(&snapshot, &parse("sort=price"), &Spec::default()).0, (0..10).collect::<Vec<_>>());
}

#[test]
fn bad_addresses_are_refused_and_odd_ones_understood() {
    let (snapshot, _) = Snapshot::default().with((0..25).map(|id| live(id, 1, 100, 1)));
    let cursor = page(&snapshot, &Query::default(), &Spec::default()).1.unwrap();
    let text = format!("gclid=x%20y&after={cursor}&utm_source=a&utm_source=b&=&z");
    assert!(parse(&text).after.is_some() && !parse(&text).restarted);
    let other = parse(&format!("make=kia&after={cursor}"));
    assert!(other.after.is_none() && other.restarted, "a cursor of another choice begins anew, and says so");
    for (text, canonical) in [
        ("price_max=8,00,000", "price_max=800000"),
        ("price_min=9&price_max=1", "price_min=1&price_max=9"),
        ("price_max=&make=&city=", ""),
        ("make=Kia&make=kia&make=+KIA+", "make=kia"),
        ("make=%3Cscript%3E", "make=script"),
        ("mileage_min=18.5", "mileage_min=18.5"),
        ("sort=recommended&price_dropped=0", ""),
        ("price_max=5&price_max=3", "price_max=3"),
        ("make=%E0%A4%95", "make=%E0%A4%95"),
    ] {
        assert_eq!(parse(text).canonical, canonical, "{text}");
    }
    let many = (0..10_000).map(|i| format!("make=m{i}")).collect::<Vec<_>>().join("&");
    let repeated = vec!["make=kia"; 10_000].join("&");
    assert_eq!(parse(&repeated).canonical, "make=kia");
    for bad in [
        &format!("after={cursor}&after={cursor}"),
        &format!("after={cursor}x"),
        &format!("after={}", &cursor[1..]),
        "make=%ff",
        "price_max=abc",
        "price_max=-1",
        "price_max=1.5",
        "price_max=99999999999",
        "km_min=1e3",
        "price_max=NaN",
        "days_max=4000",
        "sort=random",
        "price_dropped=yes",
        &many,
        &format!("make={}", "x".repeat(200)),
    ] {
        assert!(Query::parse(bad, &keys()).is_err(), "{bad:.80}");
    }
}

#[test]
fn similar_cars_are_live_and_never_the_car_itself() {
    let cars = (0..50).map(|id| match id % 5 {
        4 => document(id, 1, State::Hidden),
        _ => live(id, 1, if id < 25 { 200_000 } else { 900_000 }, 1),
    });
    let snapshot = Snapshot::default().with_model(Arc::new(model(1))).with(cars).0;
    let slot = snapshot.slot(CarId(10)).unwrap();
    let found: Vec<_> =
        similar(&snapshot, slot, 4).iter().map(|&slot| snapshot.document(slot).id.0).collect();
    assert_eq!((found.len(), found.contains(&10)), (4, false));
    assert!(found.iter().all(|id| id % 5 != 4), "{found:?}");
}

#[test]
fn a_visitor_is_ranked_by_the_last_car_and_with_a_lead_by_all_that_the_model_does_not_know() {
    let mut draft = Draft::new(1);
    draft.metadata.insert("cutoff_ms".to_owned(), "120000".to_owned());
    let model = Model::read(&draft.file()).unwrap();
    let cars =
        (0..9).map(|id| if id == 4 { document(id, 1, State::Hidden) } else { live(id, 1, 200_000, 1) });
    let snapshot = Snapshot::default().with(cars).0;
    let spec = |visitor: u64, steps: &[(u64, Interaction, u32)]| {
        let mut profile = Profile::default();
        for &(car, kind, minute) in steps {
            profile.note(CarId(car), kind, minute, visitor);
        }
        let spec = Spec::of(&profile, &model, &snapshot);
        (spec.visitor, spec.anchors.iter().map(|(car, _)| car.0).collect::<Vec<_>>())
    };
    let (view, lead) = (Interaction::View, Interaction::Lead);
    assert_eq!(spec(5, &[]), (0, vec![]));
    assert_eq!(spec(5, &[(1, view, 1), (2, view, 2)]), (0, vec![2]));
    assert_eq!(spec(5, &[(1, view, 1), (4, view, 2), (99, view, 3)]), (0, vec![1]), "hidden, unknown");
    assert_eq!(
        spec(11, &[(1, view, 1), (2, view, 9)]),
        (0, vec![2]),
        "known to the model, but without a lead"
    );
    let steps = [(1, lead, 1), (2, view, 2), (3, view, 3)];
    assert_eq!(spec(5, &steps), (0, vec![3, 2, 1]));
    assert_eq!(spec(11, &steps), (11, vec![3, 2]), "the cut-off's own minute is new");
}
