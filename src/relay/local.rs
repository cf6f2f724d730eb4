//! A change log read by a thread of this process, for a projector in the same process.

use anyhow::Context as _;
use tokio::sync::mpsc;

use crate::change::{Batch, ChangeLog, ChangeReader, Position};

/// Batches of changes between relay and projector; more stay in the source.
const BATCHES_MAX: usize = 8;

/// Opens the log anew for each claim of the lease; the thread before ends when nobody receives from it any more.
pub struct LocalChanges<O> {
    open: O,
    begin: Position,
    batches: Option<mpsc::Receiver<Batch>>,
}

impl<O, L> LocalChanges<O>
where
    O: FnMut() -> anyhow::Result<L> + Send,
    L: ChangeLog,
{
    pub fn new(open: O) -> Self {
        Self { open, begin: Position::default(), batches: None }
    }
}

impl<O, L> ChangeReader for LocalChanges<O>
where
    O: FnMut() -> anyhow::Result<L> + Send,
    L: ChangeLog,
{
    async fn resume(&mut self, position: &Position) -> anyhow::Result<bool> {
        let mut log = (self.open)()?;
        let resumed = log.resume(position).await?;
        self.begin = log.begin();
        let (sender, receiver) = mpsc::channel(BATCHES_MAX);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let follow = move || runtime.block_on(log.follow(sender));
        std::thread::Builder::new().name("relay".to_owned()).spawn(follow).context("start the relay")?;
        self.batches = Some(receiver);
        Ok(resumed)
    }

    fn begin(&self) -> Position {
        self.begin.clone()
    }

    async fn next(&mut self) -> Option<Batch> {
        self.batches.as_mut()?.recv().await
    }

    fn try_next(&mut self) -> Option<Batch> {
        self.batches.as_mut()?.try_recv().ok()
    }

    /// The log's owner keeps it for as long as it likes; the place is kept with the documents.
    fn applied(&mut self, _: &Position) {}
}
