//! Rows as a source returns them: not yet trusted, grouped by car.

use std::collections::HashMap;

use super::catalogue::Part;
use crate::car::CarId;

/// One SQL value. Sources write the same number as integer, real or text; who reads decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(Box<str>),
    /// Not text: a blob, or bytes that are not UTF-8.
    Bytes(usize),
}

/// The values of one row, in the order of [`Part::columns`], the car's id left out.
pub type Row = Vec<Value>;

/// The rows of some cars, part by part.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Whether the read is known to show every change up to the reach it was asked for.
    pub is_proven: bool,
    cars: HashMap<CarId, [Vec<Row>; Part::ALL.len()], foldhash::fast::RandomState>,
}

impl Fetched {
    pub fn new(is_proven: bool) -> Self {
        Self { is_proven, cars: HashMap::default() }
    }

    pub fn push(&mut self, car: CarId, part: Part, row: Row) {
        self.cars.entry(car).or_default()[part as usize].push(row);
    }

    /// Adds what another read found of other cars.
    pub fn extend(&mut self, other: Self) {
        self.is_proven &= other.is_proven;
        self.cars.extend(other.cars);
    }

    /// The rows of one part of one car; empty when it has none.
    pub fn rows(&self, car: CarId, part: Part) -> &[Row] {
        self.cars.get(&car).map_or(&[], |parts| &parts[part as usize])
    }
}
