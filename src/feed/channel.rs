//! The feed within one process: a bounded channel, so that a slow reader slows the writer down.

use tokio::sync::mpsc;

use super::{Error, FeedReader, FeedWriter, Message};
use crate::car::Version;

/// Messages under way; each names at most one batch of cars.
const MESSAGES_MAX: usize = 64;

#[derive(Debug)]
pub struct ChannelWriter(mpsc::Sender<Message>);

#[derive(Debug)]
pub struct ChannelReader(mpsc::Receiver<Message>);

pub fn channel() -> (ChannelWriter, ChannelReader) {
    let (sender, receiver) = mpsc::channel(MESSAGES_MAX);
    (ChannelWriter(sender), ChannelReader(receiver))
}

impl FeedWriter for ChannelWriter {
    async fn last(&mut self) -> Result<Option<Version>, Error> {
        Ok(None)
    }

    async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.0.send(message).await.map_err(|_| Error::Closed)
    }
}

impl FeedReader for ChannelReader {
    /// Nothing is kept behind the reader's back: it has every message from the first.
    async fn begin(&mut self) -> Result<Option<Message>, Error> {
        Ok(None)
    }

    async fn next(&mut self) -> Result<Message, Error> {
        self.0.recv().await.ok_or(Error::Closed)
    }

    fn try_next(&mut self) -> Option<Message> {
        self.0.try_recv().ok()
    }
}
