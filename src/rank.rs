//! Ranking: the order a LightFM model gives a visitor. Pure: a model and vectors in, scores out.
//!
//! A car's vector is the sum of its features' embeddings, so a car that arrived a second ago has one too. A visitor is a
//! vector of the same space: the trained one of somebody who left a lead, or what the cars looked at amount to. The score is
//! their product plus the biases, summed in the order and precision LightFM sums in, so that it is the same to the bit.
//!
//! - `attributes`: what a model may know of a car, and its names for that
//! - `model`: one exported file, validated; `load`: reading it
//! - `vectors`: the cars of a catalogue under one model; the kernel. `traits`: how alike they are
//! - `profile`: what we know of a visitor, as a cookie; `taste`: that as a vector

mod attributes;
mod load;
mod model;
mod profile;
mod taste;
mod traits;
mod vectors;

pub use attributes::Attributes;
pub use load::Refused;
pub use model::Model;
pub use profile::{Interaction, Profile, Seen};
pub(crate) use profile::{read_varint, write_varint};
pub use taste::{Anchor, Taste};
pub use traits::{Traits, TraitsOfAll};
pub use vectors::{LANES, Vectors};

#[cfg(test)]
pub(crate) mod tests;
