//! Every way a row can be wrong, as a table.

use super::{Reason, assemble};
use crate::car::{CarId, State};
use crate::source::catalogue::Part;
use crate::source::{Fetched, Value};

fn good_row(part: Part) -> Vec<(&'static str, Value)> {
    let text = |text: &str| Value::Text(text.into());
    let value = |column: &str| match column {
        "status" => text("live"),
        "engine_cc" => Value::Int(1461),
        "max_power_bhp" => Value::Real(108.45),
        "mileage_kmpl" => text("19.87"),
        "seats" => Value::Int(5),
        "registration_year" => Value::Int(2019),
        "km_driven" => Value::Real(51146.0),
        "owner_number" => Value::Int(1),
        "listed_at" | "price_updated_at" | "changed_at" | "inspected_at" => text("2026-09-20 05:45:00"),
        "sold_at" => Value::Null,
        "price" => Value::Int(904_000),
        "hub_opens_at" | "hub_closes_at" => text("09:30"),
        "storage_key" => text("cars/1000/01-front-left"),
        "width" | "height" => Value::Int(1200),
        "score" => Value::Int(90),
        "grade" => text("minor"),
        other => text(other),
    };
    part.columns().iter().map(|column| (*column, value(column))).collect()
}

/// A good car with one value replaced.
fn assemble_with(part: Part, column: &str, value: &Value) -> Result<Option<State>, Reason> {
    let mut fetched = Fetched::default();
    for each in Part::ALL {
        let replace = |(name, good): (&str, Value)| {
            if each == part && name == column { value.clone() } else { good }
        };
        fetched.push(CarId(1), each, good_row(each).into_iter().map(replace).collect());
    }
    assemble(CarId(1), &fetched)
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_good_car_is_assembled_whole() {
    let state = assemble_with(Part::Car, "", &Value::Null).unwrap().unwrap();
    let State::Live(details) = state else { panic!("{state:?}") };
    assert_eq!(details.price_rupees, 904_000);
    assert_eq!(details.km_driven, 51_146);
    assert_eq!(details.variant.mileage_kmpl, Some(19.87));
    assert_eq!(details.photos.len(), 1);
    assert_eq!(details.inspection.unwrap().items.len(), 1);
}

#[test]
fn a_wrong_value_is_a_reason_that_names_it() {
    use Part::{Car, Features, InspectionItems, Photos, PriceHistory};
    for (part, column, value, expected) in [
        (Car, "variant", Value::Null, "the variant is missing"),
        (Car, "make", Value::Null, "the model's make is missing"),
        (Car, "hub", Value::Null, "the hub is missing"),
        (Car, "price", Value::Null, "the price is missing"),
        (Car, "price", Value::Int(-5), "price: expected 1 to 1000000000 rupees, found -5"),
        (Car, "price", Value::Int(0), "price: expected 1 to"),
        (Car, "price", Value::Real(f64::INFINITY), "price: expected a number, found inf"),
        (Car, "price", text("free"), "price: expected a number, found `free`"),
        (Car, "status", text("reserved"), "status: expected live, sold or hidden, found `reserved`"),
        (Car, "km_driven", text("many"), "km_driven: expected a whole number, found `many`"),
        (Car, "km_driven", Value::Real(0.5), "km_driven: expected a whole number, found 0.5"),
        (Car, "registration_year", Value::Int(12), "registration_year: expected 1900 to 2100, found 12"),
        (Car, "colour", text("Re\u{0}d"), "colour: control character U+0000"),
        (Car, "colour", text(""), "colour: empty"),
        (Car, "variant", text("LXI</script><script>alert(1)"), "variant: HTML markup"),
        (Car, "insurance", text(&"x".repeat(1_000_000)), "insurance: 1000000 bytes, at most 120 are shown"),
        (Car, "colour", Value::Bytes(3), "colour: expected text, found 3 bytes that are not text"),
        (Car, "listed_at", text("soon"), "listed_at: expected a date and time, found `soon`"),
        (Photos, "storage_key", text("../../etc/passwd"), "photos 1: storage_key: expected a relative path"),
        (Photos, "width", Value::Int(0), "photos 1: width: expected 1 to 20000, found 0"),
        (Features, "name", Value::Null, "features 1: the feature is missing"),
        (InspectionItems, "grade", text("fine"), "inspection_items 1: grade: expected pass, minor or major"),
        (PriceHistory, "price", Value::Int(-1), "price_history 1: price: expected 1 to"),
    ] {
        let reason = assemble_with(part, column, &value).unwrap_err().to_string();
        assert!(reason.starts_with(expected), "{column}: {reason}");
    }
}

#[test]
fn a_hidden_car_is_hidden_however_broken_it_is() {
    let mut fetched = Fetched::default();
    let row = Part::Car.columns().iter().map(|column| match *column {
        "status" => text("hidden"),
        _ => Value::Null,
    });
    fetched.push(CarId(1), Part::Car, row.collect());
    assert_eq!(assemble(CarId(1), &fetched).unwrap(), Some(State::Hidden));
}

#[test]
fn fractions_of_a_rupee_round_half_up() {
    for (value, expected) in [(150_835.5, 150_836), (150_835.4, 150_835), (0.5, 1)] {
        let state = assemble_with(Part::Car, "price", &Value::Real(value)).unwrap().unwrap();
        assert_eq!(state.details().unwrap().price_rupees, expected);
    }
}

#[test]
fn no_photos_is_a_reason() {
    let mut fetched = Fetched::default();
    fetched.push(CarId(1), Part::Car, good_row(Part::Car).into_iter().map(|(_, value)| value).collect());
    assert_eq!(assemble(CarId(1), &fetched).unwrap_err().to_string(), "no photos");
    assert_eq!(assemble(CarId(2), &fetched).unwrap(), None);
}

#[test]
fn of_a_long_history_the_first_and_the_newest_are_shown_and_of_many_photos_the_first() {
    let mut fetched = Fetched::default();
    for part in Part::ALL {
        let rows = if matches!(part, Part::PriceHistory | Part::Photos) { 500 } else { 1 };
        for i in 0..rows {
            let value = |(name, good): (&str, Value)| match name {
                "price" if part == Part::PriceHistory => Value::Int(i + 1),
                "width" => Value::Int(i + 1),
                _ => good,
            };
            fetched.push(CarId(1), part, good_row(part).into_iter().map(value).collect());
        }
    }
    let Some(State::Live(details)) = assemble(CarId(1), &fetched).unwrap() else { panic!("not live") };
    let history: Vec<_> = details.price_history.iter().map(|point| point.price_rupees).collect();
    assert_eq!((history.len(), history[0], history[1], history[399]), (400, 1, 102, 500));
    let photos: Vec<_> = details.photos.iter().map(|photo| photo.width_px).collect();
    assert_eq!((photos.len(), photos[0], photos[399]), (400, 1, 400));
}
