//! The source: the SQL database the business writes to.
//!
//! Nothing here names a table. What a document consists of ([`catalogue::Part`]) is fixed; where it comes from is SQL
//! text of `catalogue.toml`, checked against the live schema before the first use.

pub mod catalogue;
mod fetched;
mod listed;
pub mod mysql;
mod route;
pub mod sqlite;

use std::future::Future;

pub use fetched::{Fetched, Row, Value};

use crate::car::CarId;
use crate::change::{Change, Reach};

/// A source that fails: wait and try again.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {cause}")]
pub struct Error {
    /// Verb and object: `fetch 256 cars`.
    pub what: String,
    pub cause: String,
    /// The source has understood and said no: the same again will not help before somebody changes the schema.
    pub is_refusal: bool,
}

/// A source the projector fetches from. One is open per projector; calls are never concurrent.
pub trait Source: Send {
    /// Every car of the source, in ascending order.
    fn car_ids(&mut self) -> impl Future<Output = Result<Vec<CarId>, Error>> + Send;

    /// Everything of these cars, each from one consistent read. Cars that do not exist are absent from the result. A log
    /// may tell of a commit before a read can see it: the result says whether the read is known to show `reach`.
    fn fetch(&mut self, cars: &[CarId], reach: &Reach)
    -> impl Future<Output = Result<Fetched, Error>> + Send;

    /// The cars that these changes concern. `None`: a change concerns every car.
    fn route(&mut self, changes: &[Change])
    -> impl Future<Output = Result<Option<Vec<CarId>>, Error>> + Send;
}
