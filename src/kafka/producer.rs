//! A producer that loses nothing and keeps the order: idempotent, acknowledged by all replicas.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::future_producer::{DeliveryFuture, OwnedDeliveryResult};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::words::log;
use super::{Client, Error};

const DEFAULTS: &[(&str, &str)] = &[
    ("linger.ms", "0"),
    ("compression.codec", "lz4"),
    // What Java's clients do with a key, so that relays of both kinds agree on the partition of a row.
    ("partitioner", "murmur2_random"),
    ("queue.buffering.max.kbytes", "32768"),
    ("message.max.bytes", "8000000"),
];
const NEEDED: &[(&str, &str)] = &[("enable.idempotence", "true"), ("acks", "all")];

/// Seen once, on a starved machine: after a broker had stood still nothing was ever acknowledged to a producer again, of librdkafka
/// 2.12.1. A new one gets over that. Longer than a request is waited for
/// (`socket.timeout.ms`), so that the library's own retries come first.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub topic: &'a str,
    /// `None`: the one the key leads to. Brokers may make a topic by themselves, with more partitions than the one that
    /// is read: what has to be in order names its partition.
    pub partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
}

/// Where it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub partition: i32,
    pub offset: i64,
}

/// On its way; becomes where it is.
pub struct Sending(DeliveryFuture);

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sending")
    }
}

/// What librdkafka said last about the brokers: the reason why nothing comes back.
#[derive(Clone, Debug, Default)]
pub struct LastWord(Arc<Mutex<Option<String>>>);

impl LastWord {
    /// `what`, and the word.
    pub fn why(&self, what: &str) -> String {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(word) => format!("{what}: {word}"),
            None => what.to_owned(),
        }
    }
}

impl ClientContext for LastWord {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, _: KafkaError, reason: &str) {
        tracing::debug!("kafka producer: {reason}");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

pub struct Producer {
    inner: Option<FutureProducer<LastWord>>,
    last_word: LastWord,
    patience: Duration,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Producer")
    }
}

impl Client {
    /// `give_up_after`: a message that is not acknowledged by then fails; `None`: it is tried for as long as it takes, as long
    /// as anything is acknowledged.
    pub fn producer(&self, give_up_after: Option<Duration>) -> Result<Producer, Error> {
        let timeout_ms = give_up_after.map_or(0, |after| after.as_millis()).to_string();
        let needed: Vec<_> =
            NEEDED.iter().copied().chain([("message.timeout.ms", timeout_ms.as_str())]).collect();
        let last_word = LastWord::default();
        let inner = self.config(DEFAULTS, &needed).create_with_context(last_word.clone())?;
        Ok(Producer { inner: Some(inner), last_word, patience: PATIENCE })
    }
}

impl Producer {
    fn inner(&self) -> &FutureProducer<LastWord> {
        self.inner.as_ref().expect("there until it is dropped")
    }

    /// Queues one message behind those before it. `None` when the queue is full: wait for one that is on its way.
    pub fn send(&self, outgoing: Outgoing<'_>) -> Result<Option<Sending>, Error> {
        let mut record = FutureRecord::<[u8], [u8]>::to(outgoing.topic).payload(outgoing.value);
        record.key = outgoing.key;
        record.partition = outgoing.partition;
        match self.inner().send_result(record) {
            Ok(sending) => Ok(Some(Sending(sending))),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Ok(None),
            Err((error, _)) => Err(error.into()),
        }
    }

    /// One message, acknowledged.
    pub async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<Placed, Error> {
        match self.send(outgoing)? {
            Some(sending) => self.placed(sending).await,
            None => Err(Error::Unavailable(self.why("the queue to Kafka is full"))),
        }
    }

    /// Where it is, once that is acknowledged. Ask in the order of sending. After a silence that is too long this producer is
    /// broken: what was not acknowledged is to be sent by a new one, and may then be there twice.
    pub async fn placed(&self, sending: Sending) -> Result<Placed, Error> {
        match tokio::time::timeout(self.patience, sending.0).await {
            Ok(delivered) => self.outcome(delivered.ok()),
            Err(_elapsed) => {
                Err(Error::Broken(self.why(&format!("no acknowledgement within {:?}", self.patience))))
            }
        }
    }

    /// The same if it is known by now. Do not ask again then.
    pub fn try_placed(&self, sending: &mut Sending) -> Option<Result<Placed, Error>> {
        (&mut sending.0).now_or_never().map(|delivered| self.outcome(delivered.ok()))
    }

    fn outcome(&self, delivered: Option<OwnedDeliveryResult>) -> Result<Placed, Error> {
        match delivered {
            Some(Ok(delivery)) => Ok(Placed { partition: delivery.partition, offset: delivery.offset }),
            Some(Err((error, _))) => Err(match Error::from(error) {
                Error::Unavailable(why) => Error::Unavailable(self.why(&why)),
                other => other,
            }),
            // Canceled.
            None => Err(Error::Broken("the producer has ended".to_owned())),
        }
    }

    /// For whoever waits for an acknowledgement.
    pub fn last_word(&self) -> LastWord {
        self.last_word.clone()
    }

    fn why(&self, what: &str) -> String {
        self.last_word.why(what)
    }
}

/// Waits for its thread and for what is on its way: not on ours.
impl Drop for Producer {
    fn drop(&mut self) {
        let inner = self.inner.take();
        // Without a thread it is dropped here, which is slow and nothing else.
        let _ = std::thread::Builder::new().name("kafka-drop".to_owned()).spawn(move || drop(inner));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Error, Outgoing};
    use crate::kafka::mock::{Mock, soon};

    #[tokio::test]
    async fn a_producer_to_which_nothing_is_acknowledged_is_broken_and_the_next_one_works() {
        let mock = Mock::new(&[("shop.cars", 1)]);
        let message = Outgoing { topic: "shop.cars", partition: Some(0), key: None, value: b"1" };
        mock.down();
        let mut producer = mock.client().producer(None).unwrap();
        producer.patience = Duration::from_millis(50);
        let sent = soon(producer.deliver(message)).await;
        assert!(
            matches!(&sent, Err(Error::Broken(why)) if why.starts_with("no acknowledgement")),
            "{sent:?}"
        );
        drop(producer);
        mock.up();
        let producer = mock.client().producer(None).unwrap();
        soon(producer.deliver(message)).await.unwrap();
    }
}
