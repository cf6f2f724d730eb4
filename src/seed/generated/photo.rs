//! The photos of a car, in the order in which they show its state.

use std::fmt::Write as _;

use super::dice::Dice;
use crate::seed::table::{CAR_PHOTOS, Cell, RowSink};

/// Every car has the first eleven; the rest are taken in this order, as many as there was time for.
const KINDS: [&str; 18] = [
    "front-left",
    "dashboard",
    "rear-right",
    "front",
    "left",
    "rear",
    "right",
    "odometer",
    "front-seats",
    "rear-seats",
    "boot",
    "engine",
    "wheel",
    "roof",
    "console",
    "tyre",
    "key",
    "detail",
];

const FEWEST: u32 = 11;
const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1200;

/// Writes the car's photos; `photo_id` is the last id given out.
pub(super) fn write(
    dice: &mut Dice,
    car_id: u32,
    photo_id: &mut u32,
    sink: &mut dyn RowSink,
) -> anyhow::Result<()> {
    let taken = dice.between(FEWEST, KINDS.len() as u32);
    let mut storage_key = String::new();
    for (position, kind) in (1..=taken).zip(KINDS) {
        *photo_id += 1;
        storage_key.clear();
        write!(storage_key, "cars/{car_id}/{position:02}-{kind}")
            .expect("a string takes all that is written");
        let row: [Cell<'_>; 7] = [
            (*photo_id).into(),
            car_id.into(),
            position.into(),
            storage_key.as_str().into(),
            kind.into(),
            WIDTH.into(),
            HEIGHT.into(),
        ];
        sink.insert(&CAR_PHOTOS, &row)?;
    }
    Ok(())
}
