//! What pages post: a JSON object or a list of them -> events, or what is wrong with the first that is none. Pure.
//!
//! Fields that are not known are left alone: a page may be newer than the instance it meets.

use compact_str::CompactString;
use serde_json::{Map, Value};

use crate::car::CarId;
use crate::rank::Interaction;

/// As GA4 calls what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    ViewItem,
    SelectItem,
    AddToWishlist,
    GenerateLead,
    ViewItemList,
    /// How long a car was in sight.
    UserEngagement,
}

impl Name {
    pub const ALL: [Self; 6] = [
        Self::ViewItem,
        Self::SelectItem,
        Self::AddToWishlist,
        Self::GenerateLead,
        Self::ViewItemList,
        Self::UserEngagement,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewItem => "view_item",
            Self::SelectItem => "select_item",
            Self::AddToWishlist => "add_to_wishlist",
            Self::GenerateLead => "generate_lead",
            Self::ViewItemList => "view_item_list",
            Self::UserEngagement => "user_engagement",
        }
    }

    /// What a visitor's profile notes of it. A click on a card is followed by the look.
    pub fn interaction(self) -> Option<Interaction> {
        match self {
            Self::ViewItem => Some(Interaction::View),
            Self::AddToWishlist => Some(Interaction::Wishlist),
            Self::GenerateLead => Some(Interaction::Lead),
            Self::SelectItem | Self::ViewItemList | Self::UserEngagement => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub id: CompactString,
    pub name: Name,
    pub at_ms: u64,
    /// One, but for lists.
    pub cars: Vec<CarId>,
    pub list: Option<CompactString>,
    pub index: Option<u32>,
    pub visible_ms: Option<u32>,
}

/// What is wrong, for whoever wrote the page; nothing of what was sent is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPost(String);

const EVENTS_MAX: usize = 32;
const CARS_MAX: usize = 100;
const NAME_CHARACTERS_MAX: usize = 64;

impl Posted {
    /// Reads a body: all of it or nothing.
    pub fn read(body: &[u8]) -> Result<Vec<Self>, BadPost> {
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            BadPost(format!("the body is not JSON: line {line}, column {column}"))
        })?;
        let events = match value {
            Value::Array(events) => events,
            event @ Value::Object(_) => vec![event],
            _ => return Err(BadPost("the body is neither an event nor a list of events".to_owned())),
        };
        if events.len() > EVENTS_MAX {
            return Err(BadPost(format!("{} events, at most {EVENTS_MAX} at once", events.len())));
        }
        let read = |(place, event): (usize, &Value)| {
            Self::of(event).map_err(|why| BadPost(format!("event {place}: {why}")))
        };
        events.iter().enumerate().map(read).collect()
    }

    fn of(event: &Value) -> Result<Self, String> {
        let fields = event.as_object().ok_or("it is not an object")?;
        let named = |name: &&Name| fields.get("name").and_then(Value::as_str) == Some(name.as_str());
        let name = *Name::ALL.iter().find(named).ok_or_else(|| {
            let names = Name::ALL.map(Name::as_str).join(", ");
            format!("`name` is none of {names}")
        })?;
        let cars = cars(fields)?;
        let car = number(fields, "car", i64::MAX as u64)?.map(CarId);
        let cars = match name {
            Name::ViewItemList => cars.ok_or("`cars` is missing")?,
            _ => vec![car.ok_or("`car` is missing")?],
        };
        let small = |key| Ok::<_, String>(number(fields, key, u32::MAX.into())?.map(|value| value as u32));
        Ok(Self {
            id: word(fields, "id")?.ok_or("`id` is missing")?,
            name,
            // What JavaScript can count to.
            at_ms: number(fields, "at_ms", 1 << 53)?.ok_or("`at_ms` is missing")?,
            cars,
            list: word(fields, "list")?,
            index: small("index")?,
            visible_ms: small("visible_ms")?,
        })
    }
}

fn field<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

fn number(fields: &Map<String, Value>, key: &str, max: u64) -> Result<Option<u64>, String> {
    let Some(value) = field(fields, key) else { return Ok(None) };
    let whole = value.as_u64().filter(|&value| value <= max);
    whole.map(Some).ok_or_else(|| format!("`{key}` is not a whole number from 0 to {max}"))
}

fn word(fields: &Map<String, Value>, key: &str) -> Result<Option<CompactString>, String> {
    let Some(value) = field(fields, key) else { return Ok(None) };
    let plain = |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let fits = |text: &&str| (1..=NAME_CHARACTERS_MAX).contains(&text.len());
    let text = value.as_str().filter(plain).filter(fits);
    text.map(|text| Some(text.into())).ok_or_else(|| {
        format!("`{key}` is not a text of 1 to {NAME_CHARACTERS_MAX} characters A-Z a-z 0-9 _ -")
    })
}

fn cars(fields: &Map<String, Value>) -> Result<Option<Vec<CarId>>, String> {
    let Some(value) = field(fields, "cars") else { return Ok(None) };
    let wrong = || format!("`cars` is not a list of 1 to {CARS_MAX} whole numbers");
    let cars = value.as_array().filter(|cars| (1..=CARS_MAX).contains(&cars.len())).ok_or_else(wrong)?;
    let cars: Option<Vec<_>> = cars.iter().map(|car| car.as_u64().map(CarId)).collect();
    cars.map(Some).ok_or_else(wrong)
}
