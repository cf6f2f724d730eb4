//! The store: documents at their newest version, shared by whoever serves.
//!
//! A write is refused when its epoch is older than the newest epoch seen (a projector that lost its lease) or its
//! version not greater than the stored one. Deletes are documents too: tombstones with a version.

mod memory;

use std::future::Future;
use std::sync::Arc;

pub use memory::MemoryStore;

use crate::car::{CarId, Document};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The writer holds an epoch that has been superseded: it must stop.
    #[error("a newer epoch {newest} has begun")]
    Fenced { newest: u64 },
    /// Try again later.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
}

pub trait Store: Clone + Send + Sync + 'static {
    /// Writes those that are newer than what is stored; the others are left alone. All or nothing when fenced.
    fn put(&self, epoch: u64, documents: &[Arc<Document>]) -> impl Future<Output = Result<(), Error>> + Send;

    /// Those of the cars that are stored, tombstones included.
    fn get(&self, cars: &[CarId]) -> impl Future<Output = Result<Vec<Arc<Document>>, Error>> + Send;

    /// Everything.
    fn load(&self) -> impl Future<Output = Result<Vec<Arc<Document>>, Error>> + Send;
}
