//! The snapshot: the immutable catalogue a request reads.
//!
//! A snapshot is made from the one before it and some documents, sharing everything that did not change: a change of
//! one car copies one chunk of pointers and the columns, sets and vectors in which the car differs. It knows nothing of
//! HTTP and HTML; of time the day it is complete for.

pub mod bits;
mod catalogue;
mod columns;
pub mod disk;
mod documents;
mod market;
mod publish;
mod words;

pub use catalogue::{Counts, Ranked, Snapshot};
pub use columns::{Columns, DAY_S, DAYS, NONE, Number};
pub use documents::Slot;
pub use market::{Band, Market};
pub use publish::{Publisher, Snapshots};
pub use words::{Attribute, Words};

#[cfg(test)]
pub(crate) use catalogue::tests as catalogue_tests;
