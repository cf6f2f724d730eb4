//! The store: documents at their newest version, shared by whoever serves.
//!
//! One projector at a time writes: the one that holds the *lease*. Its *epoch* grows with every claim and is checked
//! by every write, so that a projector that was superseded and does not know it yet writes nothing. A document is only
//! replaced by one of a greater version. Deletes are documents too: tombstones with a version.
//!
//! The store may lose what it had acknowledged: a failover, a flush, an old dump. Its *head*, the version of the last
//! write, then stands before what the writer or the feed remember, which is how it is noticed.

mod memory;
mod valkey;

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;

pub use memory::MemoryStore;
pub use valkey::ValkeyStore;
#[cfg(test)]
pub(crate) use valkey::tests as valkey_tests;

use crate::car::{CarId, Document, Version};
use crate::change::Position;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The writer holds an epoch that has been superseded: it must claim anew.
    #[error("a newer epoch {newest} has begun")]
    Fenced { newest: u64 },
    /// Acknowledged writes are gone: the writer must claim anew and write everything.
    #[error("the store stands at {head}, which is before what was written to it")]
    Behind { head: Version },
    /// Try again later.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
}

/// What the holder of the lease begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    pub epoch: u64,
    /// The version of the last write by anybody.
    pub head: Version,
    pub progress: Progress,
    /// Not set when the head stands before what the claimant had seen: nothing in the store can be relied on.
    pub trusted: bool,
}

/// How far the store's documents reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every change up to here is in the documents.
    pub position: Position,
    /// Every change committed before this instant (unix ms) is in the documents.
    pub as_of_ms: u64,
    /// A car of the source that is not among [`Contents::cars`] does not exist.
    pub complete: bool,
}

/// Everything in the store. Read while others write: each document is whole, and no older than the head.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    pub documents: Vec<Arc<Document>>,
    /// Every car that is known, those without a readable document too.
    pub cars: HashSet<CarId, foldhash::fast::RandomState>,
    /// As it was before anything else was read.
    pub head: Version,
    /// The same; complete, if it was so all the while.
    pub progress: Progress,
}

pub trait Store: Clone + Send + Sync + 'static {
    /// Takes the lease and begins an epoch: greater than any the store knows, and at least `at_least`. `None` while
    /// somebody else holds the lease. `seen` is the newest version known to have been written.
    fn claim(
        &self,
        at_least: u64,
        seen: Version,
    ) -> impl Future<Output = Result<Option<Claim>, Error>> + Send;

    /// Keeps the lease. Must be called more often than once in half of its time.
    fn renew(&self, epoch: u64, seen: Version) -> impl Future<Output = Result<(), Error>> + Send;

    /// Gives the lease up, so that another one need not wait for its end.
    fn release(&self, epoch: u64) -> impl Future<Output = ()> + Send;

    /// Writes those that are newer than what is stored; the others are left alone. All or nothing on an error, but an
    /// unavailable store may have written them all the same. `seen` is the head the writer knows.
    fn put(
        &self,
        seen: Version,
        version: Version,
        documents: &[Arc<Document>],
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Notes cars that exist but have no document.
    fn note(&self, epoch: u64, cars: &[CarId]) -> impl Future<Output = Result<(), Error>> + Send;

    /// Notes how far the documents reach.
    fn commit(&self, epoch: u64, progress: &Progress) -> impl Future<Output = Result<(), Error>> + Send;

    /// The version of the last write, and how far the documents reached then: in one question, whatever the number of cars.
    fn standing(&self) -> impl Future<Output = Result<(Version, Progress), Error>> + Send;

    /// Every car that is known, tombstones included.
    fn cars(&self) -> impl Future<Output = Result<Vec<CarId>, Error>> + Send;

    /// Those of the cars that are stored, tombstones included.
    fn get(&self, cars: &[CarId]) -> impl Future<Output = Result<Vec<Arc<Document>>, Error>> + Send;

    /// What was answered is not what must be there: ask over another connection from now on.
    fn doubt(&self) {}

    /// Everything.
    fn load(&self) -> impl Future<Output = Result<Contents, Error>> + Send;
}
