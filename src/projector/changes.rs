//! Where a projector reads changes: the relay's channel within one process.

use std::future::Future;

use tokio::sync::mpsc;

use crate::change::Batch;

pub trait ChangeReader: Send {
    /// The next batch, `None` when there will be no more.
    fn next(&mut self) -> impl Future<Output = Option<Batch>> + Send;

    /// The next batch if it is there already.
    fn try_next(&mut self) -> Option<Batch>;
}

impl ChangeReader for mpsc::Receiver<Batch> {
    async fn next(&mut self) -> Option<Batch> {
        self.recv().await
    }

    fn try_next(&mut self) -> Option<Batch> {
        self.try_recv().ok()
    }
}
