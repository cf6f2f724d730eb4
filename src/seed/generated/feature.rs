//! What cars are equipped with: by what the car cost when new, by its year, by its body, and by law.

use super::car::Car;
use super::dice::Dice;
use super::market::{Body, Gearbox};
use crate::seed::table::{CAR_FEATURES, FEATURES, RowSink};

struct Feature {
    group: &'static str,
    name: &'static str,
    /// Cars of 2021 have it from this price when new, in thousands of rupees; it comes down by 5 % a year.
    from_thousands: u32,
    /// From this year on the law asks for it.
    required_from: u32,
    bodies: Bodies,
}

/// Which bodies can have a feature.
#[derive(Clone, Copy)]
enum Bodies {
    All,
    /// With a tailgate.
    Tailgate,
    /// High ones.
    High,
}

const NEVER: u32 = u32::MAX;

const fn f(group: &'static str, name: &'static str, from_thousands: u32) -> Feature {
    Feature { group, name, from_thousands, required_from: NEVER, bodies: Bodies::All }
}

impl Feature {
    const fn required_from(self, year: u32) -> Self {
        Self { required_from: year, ..self }
    }

    const fn only(self, bodies: Bodies) -> Self {
        Self { bodies, ..self }
    }
}

static ALL: [Feature; 43] = [
    f("Safety", "Driver airbag", 480).required_from(2019),
    f("Safety", "Passenger airbag", 620).required_from(2022),
    f("Safety", "Side airbags", 1_400),
    f("Safety", "ABS", 520).required_from(2019),
    f("Safety", "EBD", 540).required_from(2020),
    f("Safety", "Electronic stability control", 1_250).required_from(2024),
    f("Safety", "Hill hold", 1_150),
    f("Safety", "ISOFIX mounts", 780),
    f("Safety", "Rear parking sensors", 640).required_from(2019),
    f("Safety", "Reversing camera", 860),
    f("Safety", "360 camera", 2_100),
    f("Safety", "Tyre pressure monitor", 1_450),
    f("Safety", "Central locking", 400),
    f("Comfort", "Air conditioning", 240),
    f("Comfort", "Automatic climate control", 920),
    f("Comfort", "Rear AC vents", 900),
    f("Comfort", "Power steering", 250),
    f("Comfort", "Power windows", 400),
    f("Comfort", "Cruise control", 1_080),
    f("Comfort", "Keyless entry", 560),
    f("Comfort", "Push-button start", 880),
    f("Comfort", "Ventilated seats", 1_850),
    f("Comfort", "Leather seats", 1_350),
    f("Comfort", "Height-adjustable driver seat", 700),
    f("Comfort", "Sunroof", 1_480),
    f("Infotainment", "Touchscreen", 740),
    f("Infotainment", "Android Auto", 810),
    f("Infotainment", "Apple CarPlay", 820),
    f("Infotainment", "Bluetooth", 540),
    f("Infotainment", "USB charging", 420),
    f("Infotainment", "Wireless charging", 1_550),
    f("Infotainment", "Navigation", 1_100),
    f("Infotainment", "Steering-mounted controls", 640),
    f("Infotainment", "Premium audio", 1_650),
    f("Exterior", "Alloy wheels", 760),
    f("Exterior", "Fog lamps", 640),
    f("Exterior", "LED headlamps", 1_250),
    f("Exterior", "Daytime running lamps", 860),
    f("Exterior", "Roof rails", 820).only(Bodies::High),
    f("Exterior", "Rear wiper", 620).only(Bodies::Tailgate),
    f("Exterior", "Rear defogger", 650),
    f("Exterior", "Electric folding mirrors", 800),
    f("Exterior", "Rain-sensing wipers", 1_500),
];

/// Writes what there is to have.
pub(super) fn write_all(sink: &mut dyn RowSink) -> anyhow::Result<()> {
    for (id, feature) in (1u32..).zip(&ALL) {
        sink.insert(&FEATURES, &[id.into(), feature.group.into(), feature.name.into()])?;
    }
    Ok(())
}

/// Writes what the car has.
pub(super) fn write(dice: &mut Dice, car: &Car, sink: &mut dyn RowSink) -> anyhow::Result<()> {
    for (id, feature) in (1u32..).zip(&ALL) {
        // A few owners fitted something later; a few sellers did not list something.
        let unlike_others = dice.chance(0.02);
        if feature.allowed(car) && (feature.is_required(car) || feature.is_usual(id, car) != unlike_others) {
            sink.insert(&CAR_FEATURES, &[car.id.into(), id.into()])?;
        }
    }
    Ok(())
}

impl Feature {
    fn allowed(&self, car: &Car) -> bool {
        let body = car.offer.model.body;
        match self.bodies {
            Bodies::All => true,
            Bodies::Tailgate => !matches!(body, Body::Sedan | Body::Pickup),
            Bodies::High => matches!(body, Body::Suv | Body::Muv),
        }
    }

    fn is_required(&self, car: &Car) -> bool {
        car.year >= self.required_from
    }

    fn is_usual(&self, id: u32, car: &Car) -> bool {
        let years = f64::from(car.year) - 2021.0;
        let from = f64::from(self.from_thousands) * (1.0 - 0.05 * years) * trim(car.offer.id, id);
        let automatic_start =
            self.name == "Push-button start" && car.offer.variant.gearbox == Gearbox::Automatic;
        let bonus = if automatic_start { 1.2 } else { 1.0 };
        f64::from(car.offer.variant.launch_price_thousands) * bonus >= from
    }
}

/// How early a variant gets a feature compared with its price alone, 0.8 to 1.2: the same for every car of the variant.
fn trim(variant_id: u32, feature_id: u32) -> f64 {
    let mixed = (variant_id * 43 + feature_id).wrapping_mul(0x9E37_79B1) >> 16;
    0.8 + 0.4 * f64::from(mixed) / 65_536.0
}
