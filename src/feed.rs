//! The invalidation feed: what tells every serving instance that documents have new versions, in order, without gaps.

mod channel;

use std::future::Future;

pub use channel::{ChannelReader, ChannelWriter, channel};

use crate::car::{CarId, Version};
use crate::change::Position;

/// One message. Sequences count invalidations; a heartbeat repeats the last one, so that a lost message is noticed
/// even when nothing follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub epoch: u64,
    pub sequence: u64,
    /// The sequence of the message before this one, of whichever epoch it was.
    pub previous: u64,
    pub kind: Kind,
    /// Where a projector that starts from these documents would go on reading changes.
    pub position: Position,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// These documents are in the store at these versions (or newer ones).
    Invalidation(Vec<(CarId, Version)>),
    /// Everything committed in the source before this instant (unix ms) is applied by this message and those before.
    Heartbeat { as_of_ms: u64 },
}

/// What stands between a reader and a writer is gone.
#[derive(Debug, thiserror::Error)]
#[error("the feed is closed")]
pub struct Closed;

pub trait FeedWriter: Send {
    fn send(&mut self, message: Message) -> impl Future<Output = Result<(), Closed>> + Send;
}

pub trait FeedReader: Send {
    fn next(&mut self) -> impl Future<Output = Result<Message, Closed>> + Send;

    /// The next message if it is there already.
    fn try_next(&mut self) -> Option<Message>;
}
