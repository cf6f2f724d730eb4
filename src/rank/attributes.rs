//! What a model may know of a car. Nothing in it changes with a day's business: the price is the first one asked, so that a
//! car keeps its vector, and its place in a running list, when it gets cheaper.

use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::car::{CarId, Details, Document, Status};

/// One line of what `training/` reads, and a car of a model's golden set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    pub car: u64,
    /// `live` or `sold`.
    #[serde(default)]
    pub status: CompactString,
    /// Unix seconds, as the source's clock shows them.
    #[serde(default)]
    pub listed_at: i64,
    #[serde(default)]
    pub sold_at: Option<i64>,
    pub make: CompactString,
    /// `hyundai/creta`
    pub model: CompactString,
    pub body: CompactString,
    pub fuel: CompactString,
    pub transmission: CompactString,
    pub city: CompactString,
    pub colour: CompactString,
    /// Rupees, the first price asked.
    pub price: u32,
    pub km: u32,
    pub year: u32,
    pub owner: u32,
    pub seats: Option<u32>,
    pub engine_cc: Option<u32>,
    pub score: Option<u32>,
}

/// The kinds of words, as feature names call them.
pub(super) const WORDS: [&str; 7] = ["make", "model", "body", "fuel", "transmission", "city", "colour"];
/// The kinds of numbers.
pub(super) const NUMBERS: [&str; 7] = ["price", "km", "year", "owner", "seats", "engine_cc", "score"];

impl Attributes {
    /// `None` of cars that have no details.
    pub fn of(document: &Document) -> Option<Self> {
        let car = document.state.details()?;
        let status = document.state.status();
        Some(Self::of_details(document.id, status, car))
    }

    pub fn of_details(id: CarId, status: Status, car: &Details) -> Self {
        Self {
            car: id.0,
            status: status.as_str().into(),
            listed_at: car.listed_at.0,
            sold_at: car.sold_at.map(|at| at.0),
            make: car.make.slug.clone(),
            model: format_compact!("{}/{}", car.make.slug, car.model.slug),
            body: car.model.body_type.clone(),
            fuel: car.variant.fuel.clone(),
            transmission: car.variant.transmission.clone(),
            city: car.hub.city_slug.clone(),
            colour: car.colour.clone(),
            price: car.price_history.first().map_or(car.price_rupees, |first| first.price_rupees),
            km: car.km_driven,
            year: car.registration_year.into(),
            owner: car.owner_number.into(),
            seats: car.variant.seats.map(u32::from),
            engine_cc: car.variant.engine_cc,
            score: car.inspection.as_ref().map(|inspection| inspection.score.into()),
        }
    }

    /// Whether both have the same features, whatever was sold when.
    pub fn is_like(&self, other: &Self) -> bool {
        let of = |car: &Self| {
            (car.car, car.price, car.km, car.year, car.owner, car.seats, car.engine_cc, car.score)
        };
        of(self) == of(other) && (0..WORDS.len()).all(|kind| self.word(kind) == other.word(kind))
    }

    pub(super) fn word(&self, kind: usize) -> &str {
        [&self.make, &self.model, &self.body, &self.fuel, &self.transmission, &self.city, &self.colour][kind]
    }

    pub(super) fn number(&self, kind: usize) -> Option<u32> {
        [
            Some(self.price),
            Some(self.km),
            Some(self.year),
            Some(self.owner),
            self.seats,
            self.engine_cc,
            self.score,
        ][kind]
    }
}
