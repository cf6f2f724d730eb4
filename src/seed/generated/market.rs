//! What is sold: makes, models and variants of the Indian market, and how often each comes back as a used car.
//!
//! The figures are from general knowledge of the market, close to life rather than exact.

mod europe;
mod india;
mod japan;
mod korea;

use std::ops::RangeInclusive;

use super::dice::Dice;
use super::moment::ANCHOR_YEAR;
use crate::seed::table::{Cell, MAKES, MODELS, RowSink, VARIANTS};

pub(super) struct Make {
    name: &'static str,
    country: &'static str,
    /// How well the make holds its price, around 1.0.
    pub(super) resale: f64,
    models: &'static [Model],
}

pub(super) struct Model {
    name: &'static str,
    pub(super) body: Body,
    /// How many of ten thousand used cars are of this model, about.
    share: u32,
    variants: &'static [Variant],
}

pub(super) struct Variant {
    name: &'static str,
    pub(super) fuel: Fuel,
    pub(super) gearbox: Gearbox,
    engine: Engine,
    seats: u32,
    /// Price when new, in thousands of rupees.
    pub(super) launch_price_thousands: u32,
    /// When it was sold new.
    pub(super) years: RangeInclusive<u32>,
}

struct Engine {
    cc: Option<u32>,
    power_bhp: f64,
    mileage_kmpl: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Hatchback,
    Sedan,
    Suv,
    Muv,
    Minivan,
    Pickup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fuel {
    Petrol,
    Diesel,
    Cng,
    Electric,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gearbox {
    Manual,
    Automatic,
}

const fn make(name: &'static str, country: &'static str, resale: f64, models: &'static [Model]) -> Make {
    Make { name, country, resale, models }
}

const fn model(name: &'static str, body: Body, share: u32, variants: &'static [Variant]) -> Model {
    Model { name, body, share, variants }
}

/// A variant with an engine: `(cc, bhp, kmpl, seats)`, thousands of rupees, years of sale.
const fn v(
    name: &'static str,
    fuel: Fuel,
    gearbox: Gearbox,
    (cc, power_bhp, kmpl, seats): (u32, f64, f64, u32),
    launch_price_thousands: u32,
    years: RangeInclusive<u32>,
) -> Variant {
    let engine = Engine { cc: Some(cc), power_bhp, mileage_kmpl: Some(kmpl) };
    Variant { name, fuel, gearbox, engine, seats, launch_price_thousands, years }
}

/// An electric variant: `(bhp, seats)`, thousands of rupees, years of sale.
const fn ev(
    name: &'static str,
    (power_bhp, seats): (f64, u32),
    launch_price_thousands: u32,
    years: RangeInclusive<u32>,
) -> Variant {
    let engine = Engine { cc: None, power_bhp, mileage_kmpl: None };
    let (fuel, gearbox) = (Fuel::Electric, Gearbox::Automatic);
    Variant { name, fuel, gearbox, engine, seats, launch_price_thousands, years }
}

/// How many cars of an age, in years, are offered for each one of the others: most are four to ten years old.
const AGE_WEIGHTS: [u32; 18] = [1, 8, 22, 44, 64, 78, 84, 84, 78, 68, 56, 44, 32, 22, 14, 8, 4, 2];

fn age_weight(year: u32) -> u32 {
    AGE_WEIGHTS.get((ANCHOR_YEAR - year) as usize).copied().unwrap_or(0)
}

/// The variants by id, each with its model and make, and its part in the used-car market.
pub(super) struct Market {
    pub(super) variants: Vec<Offer>,
    /// For each variant the sum of its own weight and those before it.
    cumulative: Vec<u32>,
}

/// A variant and where it belongs.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    pub(super) id: u32,
    pub(super) make: &'static Make,
    pub(super) model: &'static Model,
    pub(super) variant: &'static Variant,
}

impl Market {
    pub(super) fn new() -> Self {
        let offers = makes().flat_map(|make| {
            make.models.iter().flat_map(move |model| {
                model.variants.iter().map(move |variant| Offer { id: 0, make, model, variant })
            })
        });
        let variants: Vec<Offer> = (1..).zip(offers).map(|(id, offer)| Offer { id, ..offer }).collect();
        let mut sum = 0;
        let cumulative = variants.iter().map(|offer| {
            sum += offer.weight();
            sum
        });
        Self { cumulative: cumulative.collect(), variants }
    }

    /// A variant as often as it is offered: by its model's share, and the more the more of its years are common ages.
    pub(super) fn variant(&self, dice: &mut Dice) -> Offer {
        let at = dice.below(*self.cumulative.last().expect("the market has variants"));
        self.variants[self.cumulative.partition_point(|&sum| sum <= at)]
    }

    /// Writes the makes, the models and the variants.
    pub(super) fn write(&self, sink: &mut dyn RowSink) -> anyhow::Result<()> {
        let (mut make_id, mut model_id) = (0u32, 0u32);
        for make in makes() {
            make_id += 1;
            let row: [Cell<'_>; 4] =
                [make_id.into(), make.name.into(), slug(make.name).into(), make.country.into()];
            sink.insert(&MAKES, &row)?;
            for model in make.models {
                model_id += 1;
                let (name, body) = (model.name, model.body.as_str());
                let row: [Cell<'_>; 5] =
                    [model_id.into(), make_id.into(), name.into(), slug(name).into(), body.into()];
                sink.insert(&MODELS, &row)?;
                for offer in self.variants.iter().filter(|offer| std::ptr::eq(offer.model, model)) {
                    sink.insert(&VARIANTS, &offer.row(model_id))?;
                }
            }
        }
        Ok(())
    }
}

impl Offer {
    fn weight(&self) -> u32 {
        let ages: u32 = self.variant.years.clone().map(age_weight).sum();
        self.model.share * ages / self.model.variants.len() as u32
    }

    /// A year in which a car of this variant was registered.
    pub(super) fn year(&self, dice: &mut Dice) -> u32 {
        let first = *self.variant.years.start();
        let mut at = dice.below(self.variant.years.clone().map(age_weight).sum());
        for year in self.variant.years.clone() {
            if at < age_weight(year) {
                return year;
            }
            at -= age_weight(year);
        }
        first
    }

    fn row(&self, model_id: u32) -> [Cell<'static>; 9] {
        let variant = self.variant;
        [
            self.id.into(),
            model_id.into(),
            variant.name.into(),
            variant.fuel.as_str().into(),
            variant.gearbox.as_str().into(),
            variant.engine.cc.into(),
            variant.engine.power_bhp.into(),
            variant.engine.mileage_kmpl.into(),
            variant.seats.into(),
        ]
    }
}

fn makes() -> impl Iterator<Item = &'static Make> {
    india::MAKES.iter().chain(korea::MAKES).chain(japan::MAKES).chain(europe::MAKES)
}

/// `Wagon R` as a part of a URL: `wagon-r`.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

impl Body {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Hatchback => "Hatchback",
            Self::Sedan => "Sedan",
            Self::Suv => "SUV",
            Self::Muv => "MUV",
            Self::Minivan => "Minivan",
            Self::Pickup => "Pickup",
        }
    }
}

impl Fuel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Petrol => "Petrol",
            Self::Diesel => "Diesel",
            Self::Cng => "CNG",
            Self::Electric => "Electric",
        }
    }
}

impl Gearbox {
    fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::Automatic => "Automatic",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Market, age_weight, makes};

    #[test]
    fn every_variant_can_be_drawn() {
        let market = Market::new();
        assert!(market.variants.len() >= 150, "{} variants", market.variants.len());
        assert!(makes().map(|make| make.models.len()).sum::<usize>() >= 60);
        for offer in &market.variants {
            let name = format!("{} {} {}", offer.make.name, offer.model.name, offer.variant.name);
            assert!(offer.weight() > 0, "{name}");
            assert!(offer.variant.years.clone().any(|year| age_weight(year) > 0), "{name}");
            assert!((200..9_000).contains(&offer.variant.launch_price_thousands), "{name}");
        }
    }
}
