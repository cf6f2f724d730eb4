//! An event as its line of JSON, which `training/` reads.
//!
//! ```text
//! {"id":"5f0c-1","name":"view_item","by":"server","at_ms":1764000000000,"visitor":"123","car":1000}
//! {"id":"a1","name":"select_item","by":"page","at_ms":1764000000000,"visitor":"123","car":1000,"list":"f1","index":3}
//! {"id":"5f0c-2","name":"view_item_list","by":"server","at_ms":1764000000000,"visitor":"123","list":"8e2b19c4d3a1f007",
//!  "model":"2026-11-01-ab12","order":"recommended","query":"make=hyundai","index":10,"cars":[1000,1010]}
//! ```
//!
//! What is not known is left out: a visitor without a cookie, the model of an order that needs none.

use serde::Serialize;

use super::Event;
use super::posted::Name;
use crate::car::CarId;

/// Without its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Events of one visitor stay in order; 0 without one.
    pub visitor: u64,
    pub json: Vec<u8>,
}

#[derive(Default, Serialize)]
struct Fields<'a> {
    id: &'a str,
    name: &'a str,
    by: &'a str,
    at_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    car: Option<CarId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visible_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cars: Option<&'a [CarId]>,
}

impl Line {
    /// `own_id` is the event's, unless it has one.
    pub fn of(event: &Event, own_id: &str) -> Self {
        let named = |visitor: u64| (visitor != 0).then(|| visitor.to_string());
        match event {
            Event::Listed { at_ms, visitor, shown } => Self::write(
                *visitor,
                &Fields {
                    id: own_id,
                    name: Name::ViewItemList.as_str(),
                    by: "server",
                    at_ms: *at_ms,
                    visitor: named(*visitor),
                    list: Some(&format!("{:016x}", shown.list)),
                    model: Some(shown.model.as_str()).filter(|model| !model.is_empty()),
                    order: Some(shown.order.as_str()),
                    query: Some(&shown.query),
                    index: Some(shown.index),
                    cars: Some(&shown.cars),
                    ..Fields::default()
                },
            ),
            Event::Viewed { at_ms, visitor, car } => {
                Self::of_car(own_id, Name::ViewItem, *at_ms, *visitor, *car)
            }
            Event::Asked { at_ms, visitor, car } => {
                Self::of_car(own_id, Name::GenerateLead, *at_ms, *visitor, *car)
            }
            Event::Posted { visitor, posted } => {
                let is_list = posted.name == Name::ViewItemList;
                Self::write(
                    *visitor,
                    &Fields {
                        id: &posted.id,
                        name: posted.name.as_str(),
                        by: "page",
                        at_ms: posted.at_ms,
                        visitor: named(*visitor),
                        car: posted.cars.first().copied().filter(|_| !is_list),
                        list: posted.list.as_deref(),
                        index: posted.index.map(|index| index as usize),
                        visible_ms: posted.visible_ms,
                        cars: Some(posted.cars.as_slice()).filter(|_| is_list),
                        ..Fields::default()
                    },
                )
            }
        }
    }

    /// What this process knows by itself of a visitor and a car: one for every page of a car that is served, so the fields
    /// are written as they stand.
    fn of_car(id: &str, name: Name, at_ms: u64, visitor: u64, car: CarId) -> Self {
        let mut json = Vec::with_capacity(192);
        let mut number = itoa::Buffer::new();
        let mut add = |text: &str| json.extend_from_slice(text.as_bytes());
        add(r#"{"id":""#);
        add(id);
        add(r#"","name":""#);
        add(name.as_str());
        add(r#"","by":"server","at_ms":"#);
        add(number.format(at_ms));
        if visitor != 0 {
            add(r#","visitor":""#);
            add(number.format(visitor));
            add(r#"""#);
        }
        add(r#","car":"#);
        add(number.format(car.0));
        add("}");
        Self { visitor, json }
    }

    fn write(visitor: u64, fields: &Fields<'_>) -> Self {
        let json = serde_json::to_vec(fields).expect("texts and numbers are JSON");
        Self { visitor, json }
    }
}
