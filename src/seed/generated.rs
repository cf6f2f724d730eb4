//! A catalogue made up from a seed: plausible used cars of the Indian market, to run on before there is a real one.
//!
//! - `market`: makes, models, variants, and how often each comes up; `place`: cities and hubs
//! - `car`: a car's year, kilometres, owner, dates; what follows from them: `price`, `photo`, `feature`, `inspection`
//! - `dice`, `moment`: chance and time that repeat
//!
//! The same seed and number of cars give the same rows to the last byte. A car's looks depend on the seed and its id alone.

mod car;
mod dice;
mod feature;
mod inspection;
mod market;
mod moment;
mod photo;
mod place;
mod price;

use self::car::{Car, Status};
use self::dice::Dice;
use self::market::Market;
use self::place::Places;
use super::table::RowSink;

/// The first car's id, as in the reference catalogue.
const FIRST_CAR_ID: u32 = 1_000;

/// Rows that come with a car on average, and those that stand for themselves: for progress, not to be relied on.
const ROWS_PER_CAR: u64 = 65;
const ROWS_BESIDE: u64 = 300;

/// How many cars of each status a catalogue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) live: u32,
    pub(super) sold: u32,
    pub(super) hidden: u32,
}

impl Counts {
    /// On top of the live cars 15 % are sold and 5 % hidden.
    pub(super) fn of(live: u32) -> Self {
        Self { live, sold: (u64::from(live) * 15 / 100) as u32, hidden: live / 20 }
    }

    pub(super) fn rows_about(self) -> u64 {
        ROWS_BESIDE + ROWS_PER_CAR * u64::from(self.live + self.sold + self.hidden)
    }
}

/// Writes the catalogue of a seed: `live` cars for sale, and the sold and hidden ones that come with them.
pub(super) fn write(live: u32, seed: u64, sink: &mut dyn RowSink) -> anyhow::Result<()> {
    let (market, places) = (Market::new(), Places::new());
    market.write(sink)?;
    place::write(sink)?;
    feature::write_all(sink)?;

    let counts = Counts::of(live);
    let statuses =
        [(Status::Live, counts.live), (Status::Sold, counts.sold), (Status::Hidden, counts.hidden)];
    let cars = statuses.into_iter().flat_map(|(status, n)| std::iter::repeat_n(status, n as usize));
    let (mut change_id, mut photo_id, mut item_id) = (0, 0, 0);
    for (id, status) in (FIRST_CAR_ID..).zip(cars) {
        let dice = &mut Dice::new(seed, id);
        let car = Car::draw(dice, id, status, &market, &places);
        car.write(sink)?;
        price::write(dice, &car, &mut change_id, sink)?;
        photo::write(dice, id, &mut photo_id, sink)?;
        feature::write(dice, &car, sink)?;
        inspection::write(dice, &car, &mut item_id, sink)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
