//! One used car: how old it is, how far it went, who owned it, and when it was offered and sold.

use super::dice::Dice;
use super::market::{Fuel, Market, Offer};
use super::moment::{ANCHOR, ANCHOR_YEAR, DAY, HOUR, MINUTE, Moment};
use super::place::Places;
use crate::seed::table::{CARS, Cell, RowSink};

/// What the other parts of a car follow from.
pub(super) struct Car {
    pub(super) id: u32,
    pub(super) offer: Offer,
    pub(super) hub_id: u32,
    pub(super) year: u32,
    pub(super) km: u32,
    pub(super) owner: u32,
    colour: &'static str,
    insurance: Option<&'static str>,
    status: Status,
    pub(super) listed: Moment,
    sold: Option<Moment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Live,
    Sold,
    Hidden,
}

/// Cars are offered for at most this long.
const OFFERED_DAYS: u32 = 90;

const COLOURS: [(&str, u32); 9] = [
    ("White", 340),
    ("Silver", 185),
    ("Grey", 160),
    ("Red", 98),
    ("Blue", 90),
    ("Black", 60),
    ("Brown", 38),
    ("Orange", 19),
    ("Green", 10),
];

/// The sellers' wording; none means that nothing was said.
type Insurance = Option<&'static str>;

const INSURANCE_TO_3_YEARS: &[(Insurance, u32)] =
    &[(Some("Comprehensive"), 72), (Some("Zero Dep"), 22), (Some("Third Party insurance"), 6)];
const INSURANCE_TO_8_YEARS: &[(Insurance, u32)] = &[
    (Some("Comprehensive"), 520),
    (Some("Zero Dep"), 40),
    (Some("Third Party insurance"), 340),
    (Some("Third Party"), 80),
    (Some("Not Available"), 20),
];
const INSURANCE_OLDER: &[(Insurance, u32)] = &[
    (Some("Comprehensive"), 160),
    (Some("Third Party insurance"), 590),
    (Some("Third Party"), 180),
    (Some("Not Available"), 66),
    (None, 4),
];

impl Car {
    pub(super) fn draw(dice: &mut Dice, id: u32, status: Status, market: &Market, places: &Places) -> Self {
        let offer = market.variant(dice);
        let year = offer.year(dice);
        let age = ANCHOR_YEAR - year;
        let insurance = match age {
            0..=3 => INSURANCE_TO_3_YEARS,
            4..=8 => INSURANCE_TO_8_YEARS,
            _ => INSURANCE_OLDER,
        };
        let km = km_driven(dice, offer.variant.fuel, age);
        let (listed, sold) = offered(dice, status);
        Self {
            id,
            offer,
            hub_id: places.hub(dice),
            year,
            km,
            owner: owner_number(dice, age),
            colour: dice.weighted(&COLOURS),
            insurance: dice.weighted(insurance),
            status,
            listed,
            sold,
        }
    }

    pub(super) fn age(&self) -> u32 {
        ANCHOR_YEAR - self.year
    }

    /// Until when its price could change: its sale, or now.
    pub(super) fn offered_until(&self) -> Moment {
        self.sold.unwrap_or(ANCHOR)
    }

    pub(super) fn write(&self, sink: &mut dyn RowSink) -> anyhow::Result<()> {
        let row: [Cell<'_>; 11] = [
            self.id.into(),
            self.offer.id.into(),
            self.hub_id.into(),
            self.year.into(),
            self.km.into(),
            self.owner.into(),
            self.colour.into(),
            self.insurance.into(),
            self.status.as_str().into(),
            self.listed.to_string().into(),
            self.sold.map(|sold| sold.to_string()).into(),
        ];
        sink.insert(&CARS, &row)
    }
}

/// Kilometres a car of this fuel goes in a year: those who drive much buy diesel or gas.
pub(super) fn km_a_year(fuel: Fuel) -> f64 {
    match fuel {
        Fuel::Petrol => 9_200.0,
        Fuel::Electric => 11_000.0,
        Fuel::Cng => 13_500.0,
        Fuel::Diesel => 14_000.0,
    }
}

/// Years on the road, with the part of a year a new car has had.
pub(super) fn years_driven(age: u32) -> f64 {
    f64::from(age) + 0.4
}

fn km_driven(dice: &mut Dice, fuel: Fuel, age: u32) -> u32 {
    let years = years_driven(age);
    // Older cars are driven less each year, and people differ.
    let driven = km_a_year(fuel) * years * (1.0 - 0.018 * years) * (1.0 + 0.34 * dice.bell()).max(0.25);
    let km = driven.clamp(900.0, 260_000.0) as u32;
    // Most sellers round.
    if dice.chance(0.55) && km >= 5_000 { km / 1_000 * 1_000 } else { km }
}

fn owner_number(dice: &mut Dice, age: u32) -> u32 {
    // After two years, each year has its chance of a sale.
    let sales = (2..age).filter(|_| dice.chance(0.058)).count();
    (1 + sales as u32).min(5)
}

/// When the car was listed, and when it was sold.
fn offered(dice: &mut Dice, status: Status) -> (Moment, Option<Moment>) {
    if status == Status::Sold {
        let days = dice.between(3, OFFERED_DAYS);
        let listed = ANCHOR.before(days * DAY - dice.below(DAY)).whole_minute();
        let sold = listed.after(dice.between(DAY, days * DAY - DAY));
        return (listed, Some(sold));
    }
    // The longer ago, the fewer are left: of two draws the later.
    let ago =
        dice.between(HOUR, OFFERED_DAYS * DAY).min(dice.between(HOUR, OFFERED_DAYS * DAY + 30 * MINUTE));
    (ANCHOR.before(ago).whole_minute(), None)
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sold => "sold",
            Self::Hidden => "hidden",
        }
    }
}
