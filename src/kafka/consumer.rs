//! A consumer of partitions that are named, from offsets that are named, without a group.
//!
//! librdkafka goes on at the same offset when a topic was deleted and made anew, if the new one is long enough already
//! (`rdkafka_topic.c` has a FIXME there). It says so in its log of the facility `topic` alone, so that is what is read.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{CommitMode, Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::Notify;

use super::topics::partitions_of;
use super::{ANSWER_AFTER_MAX, Client, Error, blocking, words};

/// Topic -> partition -> the next offset.
pub type Offsets = BTreeMap<String, BTreeMap<i32, i64>>;

/// Topic -> partition -> the first offset that is there, and the one behind the last.
pub type Watermarks = BTreeMap<String, BTreeMap<i32, (i64, i64)>>;

const DEFAULTS: &[(&str, &str)] = &[
    ("fetch.min.bytes", "1"),
    ("fetch.wait.max.ms", "50"),
    ("fetch.error.backoff.ms", "50"),
    // The default of 1 s is a stall whenever the local queue is full (librdkafka#2879).
    ("fetch.queue.backoff.ms", "10"),
    ("queued.min.messages", "10000"),
    ("queued.max.messages.kbytes", "16384"),
    ("fetch.message.max.bytes", "1048576"),
    ("fetch.max.bytes", "8388608"),
];
const NEEDED: &[(&str, &str)] = &[
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // What is gone must be noticed, not skipped.
    ("auto.offset.reset", "error"),
    // For the one line that tells of a topic that was made anew.
    ("debug", "topic"),
];

/// One message, out of the library's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
}

impl From<BorrowedMessage<'_>> for Record {
    fn from(message: BorrowedMessage<'_>) -> Self {
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp_ms: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
        }
    }
}

/// What the library tells of beside messages.
#[derive(Clone, Debug, Default)]
struct Events {
    inner: Arc<Mutex<Told>>,
    news: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Told {
    errors: VecDeque<Error>,
    /// Topic -> its id.
    ids: HashMap<String, String>,
}

/// Errors that nobody has asked for yet; the newest are as good as all.
const ERRORS_MAX: usize = 16;

impl Events {
    fn put(&self, error: Error) {
        let mut told = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if told.errors.len() < ERRORS_MAX && !told.errors.contains(&error) {
            told.errors.push_back(error);
        }
        drop(told);
        self.news.notify_one();
    }

    fn take(&self) -> Option<Error> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).errors.pop_front()
    }

    /// `Topic cars changed id from AAAAAAAAAAAAAAAAAAAAAA to r3cWk0W4TYuBxxxxxxxxxx`
    fn hear(&self, line: &str) {
        let Some((before, id)) = line.rsplit_once(" to ") else { return };
        let Some((named, _)) = before.rsplit_once(" changed id from ") else { return };
        let Some((_, topic)) = named.rsplit_once("Topic ") else { return };
        let mut told = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let known = told.ids.insert(topic.to_owned(), id.to_owned());
        drop(told);
        if known.is_some_and(|known| known != id) {
            self.put(Error::Remade(topic.to_owned()));
        }
    }
}

impl ClientContext for Events {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if message.contains(" changed id from ") {
            self.hear(message);
        }
        if !matches!(level, RDKafkaLogLevel::Debug) {
            words::log(level, facility, message);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            self.put(Error::Unavailable(reason.to_owned()));
        } else {
            tracing::debug!("kafka consumer: {reason}");
        }
    }
}

impl ConsumerContext for Events {}

/// Cheap to clone; each clone receives what the others do not.
#[derive(Clone)]
pub struct Consumer {
    inner: Option<Arc<StreamConsumer<Events>>>,
    events: Events,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Consumer")
    }
}

impl Client {
    /// `group` is only written to, by [`Consumer::commit`].
    pub fn consumer(&self, group: &str) -> Result<Consumer, Error> {
        let events = Events::default();
        let mut config = self.config(DEFAULTS, NEEDED);
        config.set("group.id", group).set_log_level(RDKafkaLogLevel::Debug);
        let inner = config.create_with_context(events.clone())?;
        Ok(Consumer { inner: Some(Arc::new(inner)), events })
    }

    /// The last messages of a partition, at most `n`, oldest first; `None` when there is no such topic.
    pub async fn tail(&self, topic: &str, partition: i32, n: i64) -> Result<Option<Vec<Record>>, Error> {
        let consumer = self.consumer("forecourt")?;
        if !consumer.partitions().await?.contains_key(topic) {
            return Ok(None);
        }
        let (low, high) = consumer.watermarks_of(topic, partition).await?;
        consumer.read(topic, partition, low.max(high - n), high).await.map(Some)
    }
}

impl Consumer {
    fn inner(&self) -> &Arc<StreamConsumer<Events>> {
        self.inner.as_ref().expect("there until it is dropped")
    }

    /// Reads from these offsets and nothing else.
    pub fn assign(&self, offsets: &Offsets) -> Result<(), Error> {
        Ok(self.inner().assign(&list(offsets)?)?)
    }

    /// The next message. May be dropped while it waits; nothing is lost by that.
    pub async fn recv(&self) -> Result<Record, Error> {
        loop {
            if let Some(error) = self.events.take() {
                return Err(error);
            }
            tokio::select! {
                biased;
                () = self.events.news.notified() => {}
                message = self.inner().recv() => return Ok(message?.into()),
            }
        }
    }

    /// The next message or error if it is there already.
    pub fn try_recv(&self) -> Option<Result<Record, Error>> {
        if let Some(error) = self.events.take() {
            return Some(Err(error));
        }
        let message = self.inner().recv().now_or_never()?;
        Some(message.map(Into::into).map_err(Into::into))
    }

    /// The messages of one partition between two offsets.
    pub async fn read(&self, topic: &str, partition: i32, from: i64, to: i64) -> Result<Vec<Record>, Error> {
        let mut records = Vec::new();
        if from >= to {
            return Ok(records);
        }
        self.assign(&Offsets::from([(topic.to_owned(), BTreeMap::from([(partition, from)]))]))?;
        let read = async {
            loop {
                match self.recv().await {
                    Ok(record) if record.offset >= to => return Ok(()),
                    Ok(record) => records.push(record),
                    Err(Error::Unavailable(_)) => continue,
                    Err(error) => return Err(error),
                }
                if records.last().is_some_and(|last| last.offset + 1 >= to) {
                    return Ok(());
                }
            }
        };
        match tokio::time::timeout(ANSWER_AFTER_MAX, read).await {
            Ok(Ok(())) => Ok(records),
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(Error::Unavailable(format!("no answer for the end of the topic `{topic}`"))),
        }
    }

    /// Every topic that this client may see -> its number of partitions.
    pub async fn partitions(&self) -> Result<BTreeMap<String, i32>, Error> {
        let consumer = self.clone();
        blocking(move || partitions_of(&**consumer.inner())).await
    }

    pub async fn watermarks_of(&self, topic: &str, partition: i32) -> Result<(i64, i64), Error> {
        let (consumer, topic) = (self.clone(), topic.to_owned());
        blocking(move || mark(consumer.inner(), &topic, partition)).await
    }

    /// Of every partition of these topics; topics that do not exist are left out.
    pub async fn watermarks(&self, topics: &[String]) -> Result<Watermarks, Error> {
        let (consumer, topics) = (self.clone(), topics.to_vec());
        blocking(move || {
            let known = partitions_of(&**consumer.inner())?;
            let mut marks = Watermarks::new();
            for topic in topics {
                let Some(&partitions) = known.get(&topic) else { continue };
                let mut of_topic = BTreeMap::new();
                for partition in 0..partitions {
                    let mark = mark(consumer.inner(), &topic, partition)?;
                    of_topic.insert(partition, mark);
                }
                marks.insert(topic, of_topic);
            }
            Ok(marks)
        })
        .await
    }

    /// Notes the offsets in the group, for those who watch lags. Does not wait.
    pub fn commit(&self, offsets: &Offsets) -> Result<(), Error> {
        Ok(self.inner().commit(&list(offsets)?, CommitMode::Async)?)
    }
}

/// Of a partition that has just been made nobody is the leader for an instant.
fn mark(consumer: &StreamConsumer<Events>, topic: &str, partition: i32) -> Result<(i64, i64), Error> {
    const TRIES_MAX: u32 = 40;
    let mut tries = 0;
    loop {
        let asked = consumer.fetch_watermarks(topic, partition, ANSWER_AFTER_MAX);
        let code = asked.as_ref().err().and_then(KafkaError::rdkafka_error_code);
        match code {
            Some(
                RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition,
            ) if tries < TRIES_MAX => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(25));
            }
            _ => return Ok(asked?),
        }
    }
}

fn list(offsets: &Offsets) -> Result<TopicPartitionList, Error> {
    let mut list = TopicPartitionList::new();
    for (topic, partitions) in offsets {
        for (&partition, &offset) in partitions {
            list.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        }
    }
    Ok(list)
}

/// Leaving takes as long as a broker that is away: not on our thread.
impl Drop for Consumer {
    fn drop(&mut self) {
        let Some(inner) = self.inner.take().and_then(Arc::into_inner) else { return };
        // Without a thread it is dropped here, which is slow and nothing else.
        let _ = std::thread::Builder::new().name("kafka-drop".to_owned()).spawn(move || drop(inner));
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Events};

    #[test]
    fn a_topic_with_another_id_is_gone_and_its_first_id_is_no_news() {
        let events = Events::default();
        events.hear("[thrd:main]: Topic shop.cars changed id from AAAAAAAAAAAAAAAAAAAAAA to one");
        assert_eq!(events.take(), None);
        events.hear("[thrd:main]: Topic shop.cars changed id from one to two");
        assert_eq!(events.take(), Some(Error::Remade("shop.cars".to_owned())));
    }
}
