//! The projector: turns changes into documents.
//!
//! change -> dirty cars (coalesced) -> fetch whole cars in batches -> assemble -> versioned write to the store -> feed.
//! A change is a hint: the row images choose cars and nothing else, what is written is what the source says when it is
//! asked. So duplicates, disorder and lost images of a change cost time at worst.

pub mod assemble;
mod changes;
mod dirty;
mod run;

pub use changes::ChangeReader;
pub use run::{Bootstrap, Projector, Settings, Start};
