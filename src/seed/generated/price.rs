//! What a car costs, and how it came to that price.

use super::car::{Car, km_a_year, years_driven};
use super::dice::Dice;
use super::moment::{DAY, Moment};
use crate::seed::table::{CAR_PRICES, PRICE_CHANGES, RowSink};

/// What is left of the price when new, by age in years. A table rather than a power: it repeats to the bit everywhere.
const LEFT: [f64; 18] = [
    0.93, 0.85, 0.78, 0.715, 0.655, 0.60, 0.55, 0.50, 0.455, 0.41, 0.37, 0.335, 0.30, 0.27, 0.245, 0.22,
    0.20, 0.185,
];

/// What is left of the price by owner, from the first on.
const LEFT_BY_OWNER: [f64; 5] = [1.0, 0.94, 0.89, 0.85, 0.82];

const LOWEST: f64 = 40_000.0;

/// Prices are whole steps of this many rupees.
const STEP: f64 = 500.0;

/// Writes the car's price and its changes; `change_id` is the last id given out. Answers the price.
pub(super) fn write(
    dice: &mut Dice,
    car: &Car,
    change_id: &mut u32,
    sink: &mut dyn RowSink,
) -> anyhow::Result<()> {
    let price = price(dice, car);
    let changes = history(dice, car, price);
    let (_, updated) = changes.last().expect("a history has the current price");
    sink.insert(&CAR_PRICES, &[car.id.into(), price.into(), updated.to_string().into()])?;
    for (price, changed) in changes {
        *change_id += 1;
        sink.insert(
            &PRICE_CHANGES,
            &[(*change_id).into(), car.id.into(), price.into(), changed.to_string().into()],
        )?;
    }
    Ok(())
}

fn price(dice: &mut Dice, car: &Car) -> u32 {
    let age = car.age();
    let new = f64::from(car.offer.variant.launch_price_thousands) * 1_000.0;
    // A luxury car's resale value falls behind year by year, a Toyota's does not: the make counts more the older the car.
    let resale = 1.0 + (car.offer.make.resale - 1.0) * (0.4 + 0.12 * f64::from(age));
    let usual_km = km_a_year(car.offer.variant.fuel) * years_driven(age);
    let by_km = (1.0 - 0.12 * (f64::from(car.km) / usual_km - 0.85)).clamp(0.82, 1.08);
    let by_owner = LEFT_BY_OWNER[car.owner as usize - 1];
    let haggle = 1.0 + 0.045 * dice.bell();
    round(new * LEFT[age as usize] * resale.max(0.4) * by_km * by_owner * haggle)
}

/// The prices the car has had and since when, the current one last.
fn history(dice: &mut Dice, car: &Car, price: u32) -> Vec<(u32, Moment)> {
    let offered = car.offered_until().since(car.listed);
    // A fresh offer has not changed yet; an older one up to three times.
    let changes = dice.below(4).min(offered / (3 * DAY));
    let mut prices = vec![price];
    for _ in 0..changes {
        let later = prices[prices.len() - 1];
        // Backwards in time: nearly all changes were cuts, a few went up after a service.
        let factor = if dice.chance(0.05) { 0.985 } else { 1.01 + 0.05 * dice.unit() };
        let earlier = round(f64::from(later) * factor);
        prices.push(if earlier == later { later + STEP as u32 } else { earlier });
    }
    let slot = offered / (changes + 1);
    let moments = (0..=changes).map(|nth| match nth {
        0 => car.listed,
        _ => car.listed.after(nth * slot + dice.below(slot)),
    });
    prices.into_iter().rev().zip(moments).collect()
}

fn round(rupees: f64) -> u32 {
    ((rupees.max(LOWEST) / STEP).round() * STEP) as u32
}
