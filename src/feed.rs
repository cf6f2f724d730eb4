//! The invalidation feed: what tells every serving instance that documents have new versions, in order, without gaps.

mod channel;
mod kafka;

use std::future::Future;

pub use channel::{ChannelReader, ChannelWriter, channel};
pub use kafka::{KafkaFeedReader, KafkaFeedWriter, TOPIC};

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
    /// Where a projector that starts from these documents would go on reading changes. Within one process only: between
    /// processes the store keeps it.
    pub position: Position,
}

impl Message {
    pub fn version(&self) -> Version {
        Version { epoch: self.epoch, sequence: self.sequence }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// These documents are in the store at these versions (or newer ones).
    Invalidation(Vec<(CarId, Version)>),
    /// Everything committed in the source before this instant (unix ms) is applied by this message and those before; 0
    /// while not every car has a document in the store.
    /// Repeated while nothing more is known, to show that the projector lives; then `fault` says what it waits for.
    Heartbeat { as_of_ms: u64, fault: Option<String> },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What stands between a reader and a writer is gone for good.
    #[error("the feed is closed")]
    Closed,
    /// Messages are gone that were not read. The reader must begin again.
    #[error("messages of the feed are gone: {0}")]
    Lost(String),
    /// Ask again.
    #[error("the feed cannot be reached: {0}")]
    Unavailable(String),
}

pub trait FeedWriter: Send {
    /// The version of the newest message by anybody, `None` when there is none.
    fn last(&mut self) -> impl Future<Output = Result<Option<Version>, Error>> + Send;

    /// Returns once the message is kept. After an error it may be kept all the same.
    fn send(&mut self, message: Message) -> impl Future<Output = Result<(), Error>> + Send;
}

pub trait FeedReader: Send {
    /// Notes where the feed ends: [`Self::next`] goes on there. Returns the last message before that place, if any.
    fn begin(&mut self) -> impl Future<Output = Result<Option<Message>, Error>> + Send;

    /// The next message. May be dropped while it waits; nothing is lost by that.
    fn next(&mut self) -> impl Future<Output = Result<Message, Error>> + Send;

    /// The next message if it is there already.
    fn try_next(&mut self) -> Option<Message>;
}
