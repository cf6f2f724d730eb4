//! Cars like one car: near in price, best of the same model or body.

use crate::snapshot::{Attribute, Columns, Number, Slot, Snapshot};

/// What each difference counts, in thousandths of the car's price.
const OTHER_MODEL: i64 = 150;
const OTHER_MAKE: i64 = 100;
const OTHER_BODY: i64 = 750;

/// At most `n` live cars, the most similar first; equal ones by the smaller id. One pass over four columns.
pub fn similar(snapshot: &Snapshot, to: Slot, n: usize) -> Vec<Slot> {
    if n == 0 {
        return Vec::new();
    }
    let own = Compared::of(snapshot.columns());
    let measure = Measure::from(&own, to.0 as usize);
    let mut nearest: Vec<(i32, u64, Slot)> = Vec::with_capacity(n + 1);
    let mut farthest = i32::MAX;
    for (first, &live) in (0..).step_by(BLOCK).zip(snapshot.columns().live_words()) {
        let distances = measure.block(&own, first);
        // Past the first blocks hardly any holds a car that is near enough.
        if live == 0 || distances.iter().all(|&distance| distance > farthest) {
            continue;
        }
        for (i, &distance) in distances.iter().enumerate() {
            let slot = Slot(u32::try_from(first + i).unwrap_or(u32::MAX));
            if distance > farthest || live & (1 << i) == 0 || slot == to {
                continue;
            }
            let entry = (distance, snapshot.document(slot).id.0, slot);
            let place = nearest.partition_point(|other| *other < entry);
            nearest.insert(place, entry);
            nearest.truncate(n);
            if nearest.len() == n {
                farthest = nearest.last().map_or(i32::MAX, |last| last.0);
            }
        }
    }
    nearest.into_iter().map(|(_, _, slot)| slot).collect()
}

/// Slots of one word of the live bitmap.
const BLOCK: usize = 64;

/// The columns a likeness is made of, by slot.
struct Compared<'a> {
    prices: &'a [u32],
    models: &'a [u32],
    makes: &'a [u32],
    bodies: &'a [u32],
}

impl<'a> Compared<'a> {
    fn of(columns: &'a Columns) -> Self {
        Self {
            prices: columns.number(Number::PriceRupees),
            models: columns.codes(Attribute::Model),
            makes: columns.codes(Attribute::Make),
            bodies: columns.codes(Attribute::BodyType),
        }
    }
}

/// Distances from one car in rupees. Prices are at most a thousand million, so that no sum leaves 31 bits.
struct Measure {
    price: i32,
    model: u32,
    make: u32,
    body: u32,
    other_model: i32,
    other_make: i32,
    other_body: i32,
}

impl Measure {
    fn from(columns: &Compared<'_>, own: usize) -> Self {
        let price = columns.prices[own].cast_signed();
        let penalty =
            |thousandths: i64| i32::try_from(i64::from(price) * thousandths / 1000).unwrap_or(i32::MAX / 4);
        Self {
            price,
            model: columns.models[own],
            make: columns.makes[own],
            body: columns.bodies[own],
            other_model: penalty(OTHER_MODEL),
            other_make: penalty(OTHER_MAKE),
            other_body: penalty(OTHER_BODY),
        }
    }

    /// Straight-line arithmetic over equal slices: the compiler makes vector code of it.
    fn block(&self, columns: &Compared<'_>, first: usize) -> [i32; BLOCK] {
        let mut distances = [i32::MAX; BLOCK];
        let end = columns.prices.len().min(first + BLOCK);
        let cars = columns.prices[first..end].iter().zip(&columns.models[first..end]);
        let cars = cars.zip(columns.makes[first..end].iter().zip(&columns.bodies[first..end]));
        for (distance, ((&price, &model), (&make, &body))) in distances.iter_mut().zip(cars) {
            let other_model = if model == self.model { 0 } else { self.other_model };
            let other_make = if make == self.make { 0 } else { self.other_make };
            let other_body = if body == self.body { 0 } else { self.other_body };
            let off_by = price.cast_signed().wrapping_sub(self.price).wrapping_abs();
            *distance = off_by.wrapping_add(other_model).wrapping_add(other_make).wrapping_add(other_body);
        }
        distances
    }
}
