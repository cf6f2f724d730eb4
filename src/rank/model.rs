//! A model: embeddings and biases of features and of visitors.

use std::collections::HashMap;
use std::fmt::Write as _;

use compact_str::CompactString;

use super::attributes::{Attributes, NUMBERS, WORDS};
use super::profile::Interaction;
use super::traits::Traits;

/// A simple feature's kind: a word or a banded number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Index into [`WORDS`].
    Word(usize),
    /// Index into [`NUMBERS`].
    Number(usize),
}

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        (0..WORDS.len()).map(Self::Word).chain((0..NUMBERS.len()).map(Self::Number))
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let word = WORDS.iter().position(|kind| *kind == name).map(Self::Word);
        word.or_else(|| NUMBERS.iter().position(|kind| *kind == name).map(Self::Number))
    }
}

/// Validated; see `load`.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// As its maker calls it.
    pub generation: String,
    /// Of all the file says, whatever the order it says it in: what cursors and caches call it.
    pub id: u64,
    /// Numbers in a vector, a multiple of 8.
    pub components: usize,
    pub(super) features: HashMap<CompactString, u32, foldhash::fast::RandomState>,
    /// Feature by feature.
    pub(super) embeddings: Vec<f32>,
    pub(super) biases: Vec<f32>,
    /// By [`NUMBERS`]: a value's band is the number of bounds that are not greater.
    pub(super) bands: [Option<Vec<f64>>; NUMBERS.len()],
    pub(super) crosses: Vec<(Kind, Kind)>,
    /// Features are averaged instead of summed.
    pub(super) normalize: bool,
    /// The length of an ordinary trained visitor's vector.
    pub(super) anchor_scale: f32,
    /// By [`Interaction`].
    pub(super) weights: [f32; Interaction::ALL.len()],
    /// What an interaction counts less than the next more recent one, as a factor.
    pub(super) decay: f32,
    /// Interactions before this (unix ms) are in the visitors' embeddings.
    pub(super) cutoff_ms: u64,
    /// Ascending.
    pub(super) visitors: Vec<u64>,
    pub(super) visitor_embeddings: Vec<f32>,
    pub(super) visitor_biases: Vec<f32>,
    pub n_features: usize,
}

impl Model {
    pub fn n_visitors(&self) -> usize {
        self.visitors.len()
    }

    /// Interactions before this (unix ms) are in the visitors' embeddings.
    pub fn cutoff_ms(&self) -> u64 {
        self.cutoff_ms
    }

    /// The trained embedding and bias of a visitor.
    pub fn visitor(&self, id: u64) -> Option<(&[f32], f32)> {
        self.visitors.binary_search(&id).ok().map(|row| self.visitor_at(row))
    }

    pub(super) fn visitor_at(&self, row: usize) -> (&[f32], f32) {
        let from = row * self.components;
        (&self.visitor_embeddings[from..from + self.components], self.visitor_biases[row])
    }

    /// Writes the car's vector, answers its bias and what it is like. A car with no feature the model knows is at the origin.
    pub fn vector(&self, car: &Attributes, vector: &mut [f32]) -> (f32, Traits) {
        let (rows, traits) = self.rows(car);
        (self.sum(&rows, vector), traits)
    }

    /// The mean of features given by name; unknown ones are left out. `None` if none is known.
    pub(super) fn mean_of(&self, names: &[CompactString], vector: &mut [f32]) -> Option<()> {
        let mut rows: Vec<u32> = names.iter().filter_map(|name| self.features.get(name).copied()).collect();
        rows.sort_unstable();
        self.sum(&rows, vector);
        (!rows.is_empty()).then_some(())
    }

    /// The name of the band a number falls in, if the model has it in bands.
    pub(super) fn band_name(&self, kind: usize, value: u32) -> Option<CompactString> {
        let mut name = String::new();
        self.write_number(kind, value, &mut name).then(|| name.into())
    }

    /// All in ascending order, since sums of floats depend on it; and the words and bands by kind.
    fn rows(&self, car: &Attributes) -> (Vec<u32>, Traits) {
        let mut name = String::with_capacity(64);
        let simple = Kind::all().map(|kind| {
            name.clear();
            self.write(kind, car, &mut name).then(|| self.features.get(name.as_str()).copied()).flatten()
        });
        let mut rows = Vec::with_capacity(24);
        let traits = Traits::of(simple.inspect(|row| rows.extend(row)));
        let mut look = |name: &str| rows.extend(self.features.get(name));
        for &(left, right) in &self.crosses {
            name.clear();
            if self.write(left, car, &mut name) {
                name.push('&');
                if self.write(right, car, &mut name) {
                    look(&name);
                }
            }
        }
        name.clear();
        let _ = write!(name, "car={}", car.car);
        look(&name);
        rows.sort_unstable();
        (rows, traits)
    }

    /// Appends a simple feature's name, if the car has such a feature.
    fn write(&self, kind: Kind, car: &Attributes, name: &mut String) -> bool {
        match kind {
            Kind::Word(word) => {
                let value = car.word(word);
                // A string takes every byte.
                let _ = write!(name, "{}={value}", WORDS[word]);
                true
            }
            Kind::Number(number) => {
                car.number(number).is_some_and(|value| self.write_number(number, value, name))
            }
        }
    }

    fn write_number(&self, number: usize, value: u32, name: &mut String) -> bool {
        let Some(bounds) = &self.bands[number] else { return false };
        let band = bounds.partition_point(|bound| *bound <= f64::from(value));
        let _ = write!(name, "{}:{band}", NUMBERS[number]);
        true
    }

    /// As LightFM's `compute_representation` does it: row by row, in single precision.
    fn sum(&self, rows: &[u32], vector: &mut [f32]) -> f32 {
        let weight = if self.normalize { 1.0 / rows.len().max(1) as f32 } else { 1.0 };
        vector.fill(0.0);
        let mut bias = 0.0;
        for &row in rows {
            let from = row as usize * self.components;
            for (sum, value) in vector.iter_mut().zip(&self.embeddings[from..from + self.components]) {
                *sum += weight * value;
            }
            bias += weight * self.biases[row as usize];
        }
        bias
    }
}
