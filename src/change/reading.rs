//! How changes are read: the source's own log, and what a projector reads from, which is such a log or Kafka.

use std::future::Future;

use tokio::sync::mpsc;

use super::{Batch, Position};

/// A source's own log of changes.
pub trait ChangeLog: Send + 'static {
    /// Goes on behind `position`. `false` when the log does not hold everything behind it any more; reading then begins at
    /// its end.
    fn resume(&mut self, position: &Position) -> impl Future<Output = anyhow::Result<bool>> + Send;

    /// Where reading begins.
    fn begin(&self) -> Position;

    /// Hands batches over until the receiver is gone or the process ends. For a thread of its own: it need not give way.
    fn follow(self, batches: mpsc::Sender<Batch>) -> impl Future<Output = ()> + Send;
}

/// What a projector reads changes from.
pub trait ChangeReader: Send {
    /// Begins to read behind `position`. `false` when not everything behind it is there any more: what is read then begins
    /// at the end, and every car has to be fetched once. Called again after each claim of the lease.
    fn resume(&mut self, position: &Position) -> impl Future<Output = anyhow::Result<bool>> + Send;

    /// Where reading begins, as of the last [`Self::resume`].
    fn begin(&self) -> Position;

    /// The next batch, `None` when there will be no more. May be dropped while it waits; nothing is lost by that.
    fn next(&mut self) -> impl Future<Output = Option<Batch>> + Send;

    /// The next batch if it is there already.
    fn try_next(&mut self) -> Option<Batch>;

    /// Everything up to `position` is applied, and that is noted in the store.
    fn applied(&mut self, position: &Position);
}
