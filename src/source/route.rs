//! Which cars some changes concern: what the rows say themselves, and what has to be asked of the source.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::catalogue::{Catalogue, Route, Sql};
use crate::car::CarId;
use crate::change::{Change, Image, Op};

/// What leads from some changes to cars.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan<'a> {
    pub(super) cars: Vec<CarId>,
    /// Each once.
    pub(super) asks: Vec<Ask<'a>>,
}

/// A question to the source.
#[derive(Debug, PartialEq)]
pub(super) struct Ask<'a> {
    /// Its first column holds car ids.
    pub(super) sql: &'a Sql,
    pub(super) values: Vec<&'a Json>,
    /// No car found is no answer: the row was deleted, and what led from it to cars may be gone with it.
    pub(super) must_find: bool,
}

/// A value to bind. Logs write numbers as numbers or as text; columns of numbers compare with both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound<'a> {
    Null,
    Int(i64),
    Unsigned(u64),
    Real(f64),
    Text(&'a str),
}

/// `None`: only every car will do.
pub(super) fn plan<'a>(catalogue: &'a Catalogue, changes: &'a [Change]) -> Option<Plan<'a>> {
    let (mut plan, mut asked) = (Plan::default(), HashSet::new());
    for change in changes {
        if change.op == Op::Table {
            return None;
        }
        let Some(route) = catalogue.routes.get(&change.table) else { continue };
        for image in change.images() {
            match route {
                Route::Column(column) => match image.get(column)? {
                    // Some relays write null for a column that the log left out; where the place is known, it was whole.
                    Json::Null if change.origin.is_some() => {}
                    id if is_negative(id) => {
                        let table = &change.table;
                        tracing::warn!(
                            "{table}.{column}: expected a car's id, found {id}: no page for this row"
                        );
                    }
                    id => plan.cars.push(car_id(id)?),
                },
                Route::Query(sql) => {
                    let values = parameters(sql, image)?;
                    let key: Vec<_> = values.iter().map(|value| value.to_string()).collect();
                    if asked.insert((&change.table, key)) {
                        plan.asks.push(Ask { sql, values, must_find: change.op == Op::Delete });
                    }
                }
            }
        }
    }
    Some(plan)
}

/// `None` when this is no id: then it is not known which car it means.
fn car_id(json: &Json) -> Option<CarId> {
    match json {
        Json::Number(number) => number.as_u64().map(CarId),
        Json::String(text) => {
            // A DECIMAL is written with its fraction.
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let is_whole = fraction.bytes().all(|digit| digit == b'0');
            whole.parse().ok().filter(|_| is_whole).map(CarId)
        }
        _ => None,
    }
}

/// No car has such an id, so there is nothing to fetch.
fn is_negative(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.as_i64().is_some_and(i64::is_negative),
        Json::String(text) => text.strip_prefix('-').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        }),
        _ => false,
    }
}

/// `None` when the image lacks a column.
fn parameters<'a>(sql: &Sql, image: &'a Image) -> Option<Vec<&'a Json>> {
    sql.parameters.iter().map(|name| image.get(name)).collect()
}

pub(super) fn bound(json: &Json) -> Bound<'_> {
    match json {
        Json::Number(number) => {
            let signed = number.as_i64().map(Bound::Int);
            let number = || {
                number
                    .as_u64()
                    .map_or_else(|| Bound::Real(number.as_f64().unwrap_or_default()), Bound::Unsigned)
            };
            signed.unwrap_or_else(number)
        }
        Json::String(text) => Bound::Text(text),
        Json::Bool(truth) => Bound::Int((*truth).into()),
        Json::Null | Json::Array(_) | Json::Object(_) => Bound::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Bound, bound, plan};
    use crate::car::CarId;
    use crate::change::{Change, Image, Op, Origin};
    use crate::source::catalogue::{BUILT_IN, Catalogue};

    #[expect(clippy::needless_pass_by_value, reason = "it reads better")]
    fn image(json: serde_json::Value) -> Option<Image> {
        json.as_object().cloned()
    }

    #[test]
    fn both_images_count_and_a_question_is_asked_once() {
        let catalogue = Catalogue::parse("built in", BUILT_IN).unwrap();
        let moved =
            Change::row("car_photos", Op::Update, image(json!({"car_id": 1})), image(json!({"car_id": "2"})));
        let hub = Change::row("hubs", Op::Update, image(json!({"id": 7})), image(json!({"id": 7})));
        let unknown = Change::row("unknown", Op::Insert, None, image(json!({"id": 3})));
        let changes = [moved, hub.clone(), hub, unknown];
        let plan = plan(&catalogue, &changes).unwrap();
        assert_eq!(plan.cars, [CarId(1), CarId(2)]);
        assert_eq!(plan.asks.iter().map(|ask| ask.values.clone()).collect::<Vec<_>>(), [[&json!(7)]]);
    }

    #[test]
    fn what_does_not_say_which_car_concerns_all() {
        let catalogue = Catalogue::parse("built in", BUILT_IN).unwrap();
        for change in [
            Change::whole_table("hubs", "DDL"),
            Change::row("hubs", Op::Delete, image(json!({"name": "x"})), None),
            Change::row("car_photos", Op::Delete, image(json!({"id": 1})), None),
            Change::row("cars", Op::Update, None, image(json!({"id": null}))),
            Change::row("cars", Op::Update, None, image(json!({"id": "JA=="}))),
            Change::row("cars", Op::Update, None, image(json!({"id": 1.5}))),
        ] {
            assert_eq!(plan(&catalogue, &[change]), None);
        }
    }

    #[test]
    fn an_id_may_be_written_as_a_decimal_and_belong_to_no_car() {
        let catalogue = Catalogue::parse("built in", BUILT_IN).unwrap();
        let decimal = Change::row("cars", Op::Update, None, image(json!({"id": "1000.00"})));
        let no_car = Change::row("car_photos", Op::Update, None, image(json!({"car_id": null})));
        let no_car = Change { origin: Some(Origin::default()), ..no_car };
        let negative = |id| Change::row("cars", Op::Insert, None, image(json!({ "id": id })));
        let (number, text) = (negative(json!(-7)), negative(json!("-7.00")));
        assert_eq!(plan(&catalogue, &[decimal, no_car, number, text]).unwrap().cars, [CarId(1000)]);
    }

    #[test]
    fn values_are_bound_as_they_are_written() {
        for (json, expected) in [
            (json!(-3), Bound::Int(-3)),
            (json!(u64::MAX), Bound::Unsigned(u64::MAX)),
            (json!(1.5), Bound::Real(1.5)),
            (json!("12"), Bound::Text("12")),
            (json!(true), Bound::Int(1)),
            (json!(null), Bound::Null),
        ] {
            assert_eq!(bound(&json), expected);
        }
    }
}
