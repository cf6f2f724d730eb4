//! Forecourt.

pub mod clock;
pub mod seed;
