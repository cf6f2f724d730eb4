//! A visitor as a vector.

use compact_str::CompactString;

use super::attributes::{NUMBERS, WORDS};
use super::model::Model;
use super::profile::Interaction;
use super::vectors::Vectors;

/// A car that was interacted with, by slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub slot: u32,
    pub kind: Interaction,
}

/// What cars are scored with.
#[derive(Clone, Debug, PartialEq)]
pub struct Taste {
    pub vector: Vec<f32>,
    /// The visitor's bias: the same for every car, and yet it decides how sums are rounded.
    pub base: f32,
}

/// So many new interactions count as much as the trained vector. As measured by `training/`, which computes the same.
const EVEN: f32 = 3.0;

impl Taste {
    /// Everybody's: cars are ordered by their biases.
    pub fn popular(model: &Model) -> Self {
        Self { vector: vec![0.0; model.components], base: 0.0 }
    }

    /// What the asked-for words (`("make", "hyundai")`) and numbers (`("price", 800000)`) have in common.
    pub fn asked(model: &Model, words: &[(&str, &str)], numbers: &[(&str, u32)]) -> Self {
        let known = |kind: &str| WORDS.contains(&kind);
        let words = words.iter().filter(|(kind, _)| known(kind));
        let mut names: Vec<CompactString> =
            words.map(|(kind, word)| format!("{kind}={word}").into()).collect();
        names.extend(numbers.iter().filter_map(|&(kind, value)| {
            let kind = NUMBERS.iter().position(|name| *name == kind)?;
            model.band_name(kind, value)
        }));
        let mut taste = Self::popular(model);
        if model.mean_of(&names, &mut taste.vector).is_some() {
            rescale(&mut taste.vector, model.anchor_scale);
        }
        taste
    }

    /// LightFM's own, of a visitor it was trained with.
    pub fn trained(model: &Model, visitor: u64) -> Option<Self> {
        let (vector, base) = model.visitor(visitor)?;
        Some(Self { vector: vector.to_vec(), base })
    }

    /// The mean of the cars looked at, the most recent first, as long as a trained visitor's vector is.
    pub fn of_anchors(model: &Model, vectors: &Vectors, anchors: &[Anchor]) -> Self {
        let mut taste = Self::popular(model);
        let mut one = vec![0.0; model.components];
        let mut recency = 1.0;
        for anchor in anchors {
            vectors.get(anchor.slot as usize, &mut one);
            let weight = model.weights[anchor.kind as usize] * recency;
            for (sum, number) in taste.vector.iter_mut().zip(&one) {
                *sum += weight * number;
            }
            recency *= model.decay;
        }
        rescale(&mut taste.vector, model.anchor_scale);
        taste
    }

    /// A trained visitor who has done more since: `n_new` interactions the model does not know of.
    pub fn blended(trained: Self, since: &Self, n_new: usize) -> Self {
        if n_new == 0 {
            return trained;
        }
        let share = n_new as f32 / (n_new as f32 + EVEN);
        let mix = |(old, new): (&f32, &f32)| (1.0 - share) * old + share * new;
        Self { vector: trained.vector.iter().zip(&since.vector).map(mix).collect(), base: trained.base }
    }
}

/// Gives a vector a length; one of no length stays.
fn rescale(vector: &mut [f32], length: f32) {
    let norm = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if norm > 0.0 {
        let factor = length / norm;
        vector.iter_mut().for_each(|number| *number *= factor);
    }
}
