//! What holds for every generated catalogue.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::market::Market;
use super::moment::{ANCHOR, DAY};
use super::{Counts, FIRST_CAR_ID, write};
use crate::seed::table::{Cell, RowSink, TABLES, Table};

type Row = Vec<Cell<'static>>;

/// Keeps all rows by table.
#[derive(Default, Debug, PartialEq)]
struct Collected(BTreeMap<&'static str, Vec<Row>>);

impl RowSink for Collected {
    fn insert(&mut self, table: &'static Table, row: &[Cell<'_>]) -> anyhow::Result<()> {
        assert_eq!(row.len(), table.columns.len(), "{}", table.name);
        for (cell, column) in row.iter().zip(table.columns) {
            assert!(column.nullable || *cell != Cell::Null, "{}.{} is NULL", table.name, column.name);
        }
        let row = row.iter().map(|cell| match cell {
            Cell::Text(text) => Cell::Text(text.clone().into_owned().into()),
            Cell::Int(value) => Cell::Int(*value),
            Cell::Real(value) => Cell::Real(*value),
            Cell::Null => Cell::Null,
        });
        self.0.entry(table.name).or_default().push(row.collect());
        Ok(())
    }
}

fn catalogue(live: u32, seed: u64) -> Collected {
    let mut collected = Collected::default();
    write(live, seed, &mut collected).unwrap();
    collected
}

impl Collected {
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.0).hash(&mut hasher);
        hasher.finish()
    }

    /// The cells of one column.
    fn column(&self, table: &str, column: &str) -> Vec<&Cell<'static>> {
        let place = TABLES.iter().find(|t| t.name == table).unwrap().position(column).unwrap();
        self.0[table].iter().map(|row| &row[place]).collect()
    }

    fn ints(&self, table: &str, column: &str) -> Vec<i64> {
        self.column(table, column).into_iter().map(int).collect()
    }

    fn texts(&self, table: &str, column: &str) -> Vec<&str> {
        self.column(table, column).into_iter().map(text).collect()
    }

    /// The rows of a table by the car they belong to.
    fn by_car(&self, table: &str, column: &str) -> BTreeMap<i64, Vec<&Row>> {
        let mut by_car: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for (car, row) in self.ints(table, column).into_iter().zip(&self.0[table]) {
            by_car.entry(car).or_default().push(row);
        }
        by_car
    }
}

fn int(cell: &Cell<'_>) -> i64 {
    if let Cell::Int(value) = cell { *value } else { panic!("{cell:?} is no whole number") }
}

fn text<'a>(cell: &'a Cell<'_>) -> &'a str {
    if let Cell::Text(text) = cell { text } else { panic!("{cell:?} is no text") }
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    assert_eq!(catalogue(200, 1), catalogue(200, 1));
    assert_eq!(catalogue(200, 1).hash(), catalogue(200, 1).hash());
    assert_ne!(catalogue(200, 1).hash(), catalogue(200, 2).hash());
}

#[test]
fn a_live_car_is_the_same_however_many_others_there_are() {
    let (few, many) = (catalogue(50, 1), catalogue(200, 1));
    assert_eq!(few.0["cars"][..50], many.0["cars"][..50]);
    assert_eq!(few.0["car_prices"][..50], many.0["car_prices"][..50]);
}

#[test]
fn fifteen_in_a_hundred_are_sold_and_five_hidden_on_top_of_the_live_ones() {
    assert_eq!(Counts::of(10_000), Counts { live: 10_000, sold: 1_500, hidden: 500 });
    assert_eq!(Counts::of(0), Counts { live: 0, sold: 0, hidden: 0 });
    let catalogue = catalogue(200, 1);
    let ids: Vec<i64> = (i64::from(FIRST_CAR_ID)..i64::from(FIRST_CAR_ID) + 240).collect();
    assert_eq!(catalogue.ints("cars", "id"), ids);
    let statuses = [["live"; 200].as_slice(), &["sold"; 30], &["hidden"; 10]].concat();
    assert_eq!(catalogue.texts("cars", "status"), statuses);
}

#[test]
fn year_kilometres_and_owner_hang_together() {
    let catalogue = catalogue(2_000, 3);
    let variants: BTreeMap<i64, _> =
        Market::new().variants.iter().map(|offer| (i64::from(offer.id), offer.variant)).collect();
    let mut km_by_age: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in &catalogue.0["cars"] {
        let (variant, year, km, owner) = (int(&row[1]), int(&row[3]), int(&row[4]), int(&row[5]));
        let age = 2026 - year;
        assert!(variants[&variant].years.contains(&(year as u32)), "{row:?}");
        assert!((900..=260_000).contains(&km) && km <= 45_000 * (age + 1), "{row:?}");
        assert!((1..=5).contains(&owner) && owner <= 1 + (age - 2).max(0), "{row:?}");
        km_by_age.entry(age / 4).or_default().push(km);
    }
    let means = km_by_age.values().map(|kms| kms.iter().sum::<i64>() / kms.len() as i64);
    assert!(means.take(3).is_sorted_by(|younger, older| younger < older), "the older, the farther");
}

#[test]
fn a_car_that_is_sold_says_when_and_no_other_does() {
    let (first, now) = (ANCHOR.before(90 * DAY).to_string(), ANCHOR.to_string());
    for row in &catalogue(400, 4).0["cars"] {
        let listed = text(&row[9]);
        assert!((&first[..10]..now.as_str()).contains(&listed), "{row:?}");
        match text(&row[8]) {
            "sold" => assert!((listed..now.as_str()).contains(&text(&row[10])), "{row:?}"),
            _ => assert_eq!(row[10], Cell::Null, "{row:?}"),
        }
    }
}

#[test]
fn prices_end_their_history_and_fall_with_age() {
    let catalogue = catalogue(2_000, 5);
    let (changes, now) = (catalogue.by_car("price_changes", "car_id"), ANCHOR.to_string());
    let launch: BTreeMap<i64, i64> = Market::new()
        .variants
        .iter()
        .map(|offer| (i64::from(offer.id), 1_000 * i64::from(offer.variant.launch_price_thousands)))
        .collect();
    for (car, price) in catalogue.0["cars"].iter().zip(&catalogue.0["car_prices"]) {
        let (id, rupees) = (int(&car[0]), int(&price[1]));
        assert_eq!(id, int(&price[0]));
        assert!(rupees >= 40_000 && rupees % 500 == 0 && rupees < launch[&int(&car[1])], "{car:?} {price:?}");
        let history = &changes[&id];
        assert!((1..=4).contains(&history.len()));
        assert_eq!(text(&history[0][3]), text(&car[9]), "the first price is that of the listing");
        let last = history.last().unwrap();
        assert_eq!((&last[2], &last[3]), (&price[1], &price[2]), "the last change is the current price");
        assert!(history.is_sorted_by(|a, b| text(&a[3]) < text(&b[3])), "{history:?}");
        assert!(history.iter().all(|change| int(&change[2]) > 0));
        assert!(history.windows(2).all(|pair| pair[0][2] != pair[1][2]), "a change changes: {history:?}");
        let end = if let Cell::Text(sold) = &car[10] { &**sold } else { now.as_str() };
        assert!(text(&last[3]) <= end, "{car:?} {last:?}");
    }
}

#[test]
fn photos_stand_in_order_without_a_gap() {
    let catalogue = catalogue(200, 6);
    let mut counts = HashSet::new();
    for (car, photos) in catalogue.by_car("car_photos", "car_id") {
        assert!((11..=18).contains(&photos.len()), "car {car}");
        counts.insert(photos.len());
        for (position, photo) in (1..).zip(photos) {
            assert_eq!(int(&photo[2]), position, "car {car}");
            assert_eq!(text(&photo[3]), format!("cars/{car}/{position:02}-{}", text(&photo[4])));
        }
    }
    assert_eq!(counts.len(), 8, "every count from 11 to 18 comes up");
    assert_eq!(catalogue.texts("car_photos", "storage_key")[0], "cars/1000/01-front-left");
}

#[test]
fn the_score_follows_from_the_grades() {
    let catalogue = catalogue(400, 7);
    let items = catalogue.by_car("inspection_items", "inspection_id");
    for (inspection, car) in catalogue.0["inspections"].iter().zip(&catalogue.0["cars"]) {
        let items = &items[&int(&inspection[0])];
        let count = |grade: &str| items.iter().filter(|item| text(&item[4]) == grade).count() as i64;
        assert_eq!(items.len(), 24);
        assert_eq!(int(&inspection[4]), 100 - 2 * count("minor") - 8 * count("major"));
        assert!(items.iter().all(|item| (text(&item[4]) == "pass") == (item[5] == Cell::Null)));
        assert_eq!(inspection[1], car[0]);
        assert!(text(&inspection[2]) < text(&car[9]), "a car is inspected before it is listed");
    }
}

#[test]
fn features_fit_the_year_and_the_body() {
    let catalogue = catalogue(2_000, 8);
    let names = catalogue.texts("features", "name");
    let features = catalogue.by_car("car_features", "car_id");
    let bodies: BTreeMap<i64, &str> =
        Market::new().variants.iter().map(|offer| (i64::from(offer.id), offer.model.body.as_str())).collect();
    let mut total = 0;
    for car in &catalogue.0["cars"] {
        let has: HashSet<&str> = features
            .get(&int(&car[0]))
            .map(|rows| rows.iter().map(|row| names[int(&row[1]) as usize - 1]).collect())
            .unwrap_or_default();
        total += has.len();
        assert!(int(&car[3]) < 2019 || has.contains("ABS"), "the law asks for ABS from 2019: {car:?}");
        assert!(!has.contains("Roof rails") || matches!(bodies[&int(&car[1])], "SUV" | "MUV"), "{car:?}");
    }
    let mean = total / catalogue.0["cars"].len();
    assert!((15..=25).contains(&mean), "{mean} features a car");
}

#[test]
fn ids_are_contiguous_and_slugs_unique() {
    let catalogue = catalogue(100, 9);
    for table in ["makes", "models", "variants", "cities", "hubs", "features", "price_changes", "car_photos"]
    {
        let ids = catalogue.ints(table, "id");
        assert!(ids.iter().copied().eq(1..=ids.len() as i64), "{table}");
    }
    for table in ["makes", "models", "cities"] {
        let slugs: HashSet<_> = catalogue.texts(table, "slug").into_iter().collect();
        assert_eq!(slugs.len(), catalogue.0[table].len(), "{table}");
    }
    assert_eq!(catalogue.0["features"].len(), 43);
    assert_eq!(catalogue.0["cities"].len(), 14);
}
