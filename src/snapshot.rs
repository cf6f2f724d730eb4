//! The snapshot: the immutable catalogue a request reads.
//!
//! A snapshot is made from the one before it and some documents, sharing everything that did not change: a change of
//! one car copies one chunk of pointers and the columns in which the car differs. It knows nothing of HTTP, HTML or
//! time.

mod catalogue;
mod columns;
pub mod disk;
mod documents;
mod order;
mod publish;

pub use catalogue::{Counts, Snapshot};
pub use columns::{Attribute, Columns, NONE, Number};
pub use documents::Slot;
pub use order::{Newest, OrderKey};
pub use publish::{Publisher, Snapshots};

#[cfg(test)]
pub(crate) use catalogue::tests as catalogue_tests;
