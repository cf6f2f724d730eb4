//! The projector: turns changes into documents.
//!
//! change -> dirty cars (coalesced) -> fetch whole cars in batches -> assemble -> versioned write to the store -> feed.
//! A change is a hint: the row images choose cars and nothing else, what is written is what the source says when it is
//! asked. So duplicates, disorder and lost images of a change cost time at worst.
//!
//! - `run`: the role: stand by, claim the lease, work for one epoch, stand by again
//! - `active`: one epoch; `write`: one batch of cars; `narrow`: the car that fails it; `sweep`: what
//!   comes due without a change
//! - `kafka`: changes that come through Kafka
//! - `dirty`: cars to fetch, and what is applied by that; `assemble`: rows -> document, pure

mod active;
pub mod assemble;
mod dirty;
mod kafka;
mod narrow;
mod run;
mod sweep;
mod write;

pub use kafka::KafkaChanges;
pub use run::{Lease, Projector, ROLE, Settings, Standing, State};
