//! The feed through Kafka: topic `forecourt.invalidations`, one partition, so that there is one order.
//!
//! A message is JSON, its key is not used:
//!
//! ```text
//! {"epoch":1,"sequence":5,"previous":4,"cars":{"1000":"1.5","1001":"1.4"}}
//! {"epoch":1,"sequence":5,"previous":5,"as_of_ms":1764000000000,"fault":"source: cannot be reached"}
//! ```
//!
//! The first form is an invalidation, car -> epoch.sequence. The second is a heartbeat; `fault` may be left out. Names
//! that are not known are ignored, so that a newer writer may say more. The position of a projector is not in it.

use std::time::Duration;

use super::{Error, FeedReader, FeedWriter, Message};
use crate::car::Version;
use crate::change::Position;
use crate::kafka::{self, Client, Consumer, Offsets, Outgoing, Producer, Record, Topic};

mod wire;

pub const TOPIC: &str = "forecourt.invalidations";

/// A message that is not kept by then has failed; the projector says why nothing moves, and sends it again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);
/// One that takes longer than a reader may be away is of no use: it loads everything anyway.
const CONFIG: &[(&str, &str)] = &[("retention.ms", "86400000"), ("segment.ms", "3600000")];
/// How far back a message is looked for that can be read.
const LOOK_BACK: i64 = 16;

fn topic() -> Topic {
    Topic { name: TOPIC.to_owned(), partitions: Some(1), config: CONFIG }
}

fn unavailable(error: &kafka::Error) -> Error {
    Error::Unavailable(format!("Kafka: {error}"))
}

#[derive(Debug)]
pub struct KafkaFeedWriter {
    client: Client,
    /// `None` until the topic is known to be there, and after a failure that only a new one gets over.
    producer: Option<Producer>,
    give_up_after: Duration,
}

impl KafkaFeedWriter {
    pub fn new(client: Client) -> Self {
        Self { client, producer: None, give_up_after: GIVE_UP_AFTER }
    }

    async fn deliver(&mut self, value: &[u8]) -> Result<(), kafka::Error> {
        if self.producer.is_none() {
            self.client.ensure_topics(&[topic()]).await?;
            self.producer = Some(self.client.producer(Some(self.give_up_after))?);
        }
        let Some(producer) = &self.producer else { return Ok(()) };
        let sent = producer.deliver(Outgoing { topic: TOPIC, partition: Some(0), key: None, value }).await;
        if sent.is_err() {
            // Perhaps the topic was deleted: it is looked after before the next message.
            self.producer = None;
        }
        sent.map(|_| ())
    }
}

impl FeedWriter for KafkaFeedWriter {
    async fn last(&mut self) -> Result<Option<Version>, Error> {
        let records = self.client.tail(TOPIC, 0, LOOK_BACK).await.map_err(|e| unavailable(&e))?;
        let records = records.unwrap_or_default();
        Ok(records.iter().rev().find_map(|record| read(record).ok()).map(|message| message.version()))
    }

    async fn send(&mut self, message: Message) -> Result<(), Error> {
        let value = wire::write(&message);
        let sent = match self.deliver(&value).await {
            Err(kafka::Error::Gone(_) | kafka::Error::Broken(_)) => self.deliver(&value).await,
            sent => sent,
        };
        sent.map_err(|error| unavailable(&error))
    }
}

#[derive(Debug)]
pub struct KafkaFeedReader {
    client: Client,
    consumer: Option<Consumer>,
    /// The next offset, for error messages.
    next: i64,
    /// What [`FeedReader::try_next`] met and had no way to say.
    met: Option<Error>,
}

impl KafkaFeedReader {
    pub fn new(client: Client) -> Self {
        Self { client, consumer: None, next: 0, met: None }
    }

    async fn begin_at_the_end(&mut self) -> Result<Option<Message>, kafka::Error> {
        self.client.ensure_topics(&[topic()]).await?;
        let consumer = self.client.consumer("forecourt-serve")?;
        let (low, high) = consumer.watermarks_of(TOPIC, 0).await?;
        let last = consumer.read(TOPIC, 0, low.max(high - 1), high).await?;
        self.next = high;
        if last.is_empty() {
            consumer.assign(&Offsets::from([(TOPIC.to_owned(), [(0, high)].into())]))?;
        }
        self.consumer = Some(consumer);
        let last = last.first().map(read);
        if let Some(Err(why)) = &last {
            tracing::warn!("the last message of the feed cannot be read: {why}");
        }
        Ok(last.and_then(Result::ok))
    }

    fn take(&mut self, received: Result<Record, kafka::Error>) -> Result<Message, Error> {
        match received {
            Ok(record) => {
                let expected = std::mem::replace(&mut self.next, record.offset + 1);
                if record.offset < expected {
                    // The consumer never goes back by itself.
                    return Err(Error::Lost(format!("offset {} after {expected}", record.offset)));
                }
                read(&record).map_err(|why| Error::Lost(format!("offset {}: {why}", record.offset)))
            }
            Err(kafka::Error::Gone(why)) => Err(Error::Lost(format!("at offset {}: {why}", self.next))),
            Err(error @ (kafka::Error::Remade(_) | kafka::Error::Broken(_))) => {
                Err(Error::Lost(error.to_string()))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn read(record: &Record) -> Result<Message, String> {
    let mut message = wire::read(record.value.as_deref().unwrap_or_default())?;
    message.position = Position::default();
    Ok(message)
}

impl FeedReader for KafkaFeedReader {
    async fn begin(&mut self) -> Result<Option<Message>, Error> {
        self.met = None;
        self.consumer = None;
        self.begin_at_the_end().await.map_err(|error| unavailable(&error))
    }

    async fn next(&mut self) -> Result<Message, Error> {
        if let Some(error) = self.met.take() {
            return Err(error);
        }
        let Some(consumer) = &self.consumer else {
            return Err(Error::Lost("reading has not begun".to_owned()));
        };
        let received = consumer.recv().await;
        self.take(received)
    }

    fn try_next(&mut self) -> Option<Message> {
        if self.met.is_some() {
            return None;
        }
        let received = self.consumer.as_ref()?.try_recv()?;
        match self.take(received) {
            Ok(message) => Some(message),
            Err(error) => {
                self.met = Some(error);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
