//! The relay's end in Kafka: each change to the topic of its table, in order, then how far that is.
//!
//! A relay keeps nothing of its own. Its place is in the last heartbeat, which is sent when everything before it is
//! acknowledged: killed at any moment, it goes on from what Kafka has. Some messages are then there twice, none is
//! missing.

mod published;
mod run;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::{Duration, Instant};

use crate::change::decode::encode;
use crate::change::heartbeat::{Ends, Heartbeat, sweep};
use crate::change::{Batch, Change, Op, Position};
use crate::clock;
use crate::kafka::{
    Client, Error, LastWord, Outgoing, Placed, Producer, Sending, Topic, TopicPattern, Watermarks, ddl_topic,
    heartbeat_topic,
};

pub use published::Published;
pub use run::run;

/// A batch that does not reach the end of the log says how far it is at least this often.
const HEARTBEAT_AFTER: Duration = Duration::from_millis(100);
/// How far back a heartbeat is looked for that can be read.
const LOOK_BACK: i64 = 64;
/// How often, and after what time, topics that were just made are looked for.
const LOOKS_MAX: usize = 40;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub struct Publisher {
    published: Published,
    client: Client,
    database: String,
    pattern: TopicPattern,
    /// Topics of the tables that lead to cars: those whose ends matter.
    routed: BTreeSet<String>,
    /// Topics that are known to be there.
    known: HashSet<String>,
    producer: Option<Producer>,
    ends: Ends,
    beat_at: Option<Instant>,
}

/// A message to be sent, and the table it is about.
struct Message {
    topic: String,
    partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Vec<u8>,
    table: String,
}

impl Publisher {
    /// `tables`: those that lead to cars. Other tables are published too.
    pub fn new<'a>(
        client: Client,
        database: &str,
        pattern: TopicPattern,
        tables: impl Iterator<Item = &'a str>,
    ) -> Self {
        let routed = tables.map(|table| pattern.topic(table)).collect();
        let (known, ends) = (HashSet::new(), Ends::new());
        Self {
            published: Published::default(),
            client,
            database: database.to_owned(),
            pattern,
            routed,
            known,
            producer: None,
            ends,
            beat_at: None,
        }
    }

    /// Makes the topics that are missing, notes where they end, and returns the place the last relay had come to.
    pub async fn begin(&mut self) -> Result<Position, Error> {
        let (topics, names) = self.topics();
        self.known.clear();
        self.client.ensure_topics(&topics).await?;
        self.known.extend(topics.iter().map(|topic| topic.name.clone()));
        if self.producer.is_none() {
            self.producer = Some(self.client.producer(None)?);
        }
        // Before the ends: what another relay publishes up to its place is then behind none of them.
        let last = self.client.tail(&heartbeat_topic(&self.database).name, 0, LOOK_BACK).await?;
        let last = last.unwrap_or_default();
        self.ends = self.ends_of(&names).await?;
        let heartbeat = last.iter().rev().find_map(|record| Heartbeat::read(record.value.as_deref()?));
        Ok(heartbeat.map(|heartbeat| heartbeat.position).unwrap_or_default())
    }

    /// Brokers may not know yet of topics that were just made.
    async fn ends_of(&self, names: &[String]) -> Result<Ends, Error> {
        let consumer = self.client.consumer("forecourt-relay")?;
        let mut tries = 0;
        loop {
            let marks = consumer.watermarks(names).await?;
            tries += 1;
            match names.iter().find(|&name| !marks.contains_key(name)) {
                None => return Ok(highs(marks)),
                Some(_) if tries < LOOKS_MAX => tokio::time::sleep(LOOK_AGAIN).await,
                Some(missing) => {
                    return Err(Error::Unavailable(format!("the topic `{missing}` does not come to be")));
                }
            }
        }
    }

    /// Those that are needed in any case; and the names of those whose ends matter.
    fn topics(&self) -> (Vec<Topic>, Vec<String>) {
        let ddl = ddl_topic(&self.database);
        let names = self.routed.iter().cloned().chain([ddl.name.clone()]).collect();
        let of_tables =
            self.routed.iter().map(|name| Topic { name: name.clone(), partitions: None, config: &[] });
        (of_tables.chain([ddl, heartbeat_topic(&self.database)]).collect(), names)
    }

    /// Changes are missing before `position`: every car has to be fetched.
    pub async fn publish_sweep(&mut self, reason: &str, position: &Position) -> Result<(), Error> {
        self.ensure_own().await?;
        let value = sweep(&self.database, reason, clock::unix_ms());
        let topic = ddl_topic(&self.database).name;
        self.deliver(&[Message { topic, partition: Some(0), key: None, value, table: String::new() }])
            .await?;
        self.heartbeat(None, position).await
    }

    /// Returns once everything is acknowledged. After an error nothing, a part or all of it may be; it is to be
    /// published again.
    pub async fn publish(&mut self, batches: &[Batch]) -> Result<(), Error> {
        let now_ms = clock::unix_ms();
        let changes = batches.iter().flat_map(|batch| &batch.changes);
        let messages: Vec<_> = changes.map(|change| self.message(change, now_ms)).collect();
        self.ensure(&messages).await?;
        let refused = self.deliver(&messages).await?;
        if !refused.is_empty() {
            let instead =
                refused.iter().map(|table| Change::whole_table(table, "a row is too large for a message"));
            let instead: Vec<_> = instead.map(|change| self.message(&change, now_ms)).collect();
            self.deliver(&instead).await?;
        }
        let complete_until_ms = batches.iter().filter_map(|batch| batch.complete_until_ms).max();
        let due = self.beat_at.is_none_or(|at| clock::now() >= at + HEARTBEAT_AFTER);
        match batches.last() {
            Some(last) if complete_until_ms.is_some() || due => {
                self.heartbeat(complete_until_ms, &last.position).await
            }
            _ => Ok(()),
        }
    }

    fn message(&self, change: &Change, now_ms: u64) -> Message {
        let (topic, partition) = match change.op {
            Op::Table => (ddl_topic(&self.database).name, Some(0)),
            Op::Insert | Op::Update | Op::Delete => (self.pattern.topic(&change.table), None),
        };
        let encoded = encode(change, &self.database, now_ms);
        Message { topic, partition, key: encoded.key, value: encoded.value, table: change.table.clone() }
    }

    /// The topics that are needed in any case, with their settings.
    async fn ensure_own(&mut self) -> Result<(), Error> {
        if !self.known.contains(&heartbeat_topic(&self.database).name) {
            let (topics, _) = self.topics();
            self.client.ensure_topics(&topics).await?;
            self.known.extend(topics.into_iter().map(|topic| topic.name));
        }
        Ok(())
    }

    async fn ensure(&mut self, messages: &[Message]) -> Result<(), Error> {
        self.ensure_own().await?;
        let new: BTreeSet<_> = messages.iter().map(|message| &message.topic).collect();
        let new = new.into_iter().filter(|&topic| !self.known.contains(topic));
        let new: Vec<_> =
            new.map(|name| Topic { name: name.clone(), partitions: None, config: &[] }).collect();
        if !new.is_empty() {
            self.client.ensure_topics(&new).await?;
            self.known.extend(new.into_iter().map(|topic| topic.name));
        }
        Ok(())
    }

    /// For the status page.
    pub fn published(&self) -> Published {
        self.published.clone()
    }

    async fn heartbeat(&mut self, ts_ms: Option<u64>, position: &Position) -> Result<(), Error> {
        self.ensure_own().await?;
        let value = Heartbeat::new(ts_ms, position.clone(), self.ends.clone()).write();
        let topic = heartbeat_topic(&self.database).name;
        self.deliver(&[Message { topic, partition: Some(0), key: None, value, table: String::new() }])
            .await?;
        self.beat_at = Some(clock::now());
        self.published.set(ts_ms, position);
        Ok(())
    }

    /// Sends in order and waits for all. Returns the tables of messages that are too large.
    async fn deliver(&mut self, messages: &[Message]) -> Result<BTreeSet<String>, Error> {
        if self.producer.is_none() {
            self.producer = Some(self.client.producer(None)?);
        }
        let producer = self.producer.as_ref().expect("made above");
        let mut under_way: VecDeque<(&Message, Sending)> = VecDeque::new();
        let mut too_large = BTreeSet::new();
        let mut placed = Vec::with_capacity(messages.len());
        for message in messages {
            let Message { topic, partition, key, value, .. } = message;
            let outgoing = Outgoing { topic, partition: *partition, key: key.as_deref(), value };
            loop {
                match producer.send(outgoing) {
                    Ok(Some(sending)) => under_way.push_back((message, sending)),
                    // Room comes with an acknowledgement.
                    Ok(None) => match under_way.pop_front() {
                        Some((message, sending)) => {
                            settle(message, producer.placed(sending).await, &mut placed, &mut too_large)?;
                            continue;
                        }
                        None => return Err(Error::Unavailable("the queue to Kafka is full".to_owned())),
                    },
                    Err(error) => settle(message, Err(error), &mut placed, &mut too_large)?,
                }
                break;
            }
        }
        for (message, sending) in under_way {
            settle(message, producer.placed(sending).await, &mut placed, &mut too_large)?;
        }
        let ddl = ddl_topic(&self.database).name;
        for (topic, Placed { partition, offset }) in placed {
            if self.routed.contains(topic) || *topic == ddl {
                self.ends.entry(topic.clone()).or_default().insert(partition, offset + 1);
            }
        }
        Ok(too_large)
    }

    /// What a failure calls for before the same is published again.
    fn recover(&mut self, error: &Error) {
        if !matches!(error, Error::Unavailable(_)) {
            self.producer = None;
            self.known.clear();
        }
    }

    /// Tells why nothing is acknowledged.
    fn last_word(&self) -> LastWord {
        self.producer.as_ref().map(Producer::last_word).unwrap_or_default()
    }

    /// Asks where the topics end, and makes those anew that were deleted.
    fn look(&self) -> impl Future<Output = Result<(Ends, Ends), Error>> + Send + 'static {
        let (client, known) = (self.client.clone(), self.ends.clone());
        let (topics, names) = self.topics();
        async move {
            client.ensure_topics(&topics).await?;
            let marks = client.consumer("forecourt-relay")?.watermarks(&names).await?;
            Ok((known, highs(marks)))
        }
    }

    /// A topic that was made anew ends earlier: nobody would ever reach the end we know.
    fn looked(&mut self, known: &Ends, highs: Ends) {
        for (topic, partitions) in highs {
            let ours = self.ends.entry(topic.clone()).or_default();
            let of_topic = known.get(&topic);
            // What was acknowledged since the question is newer than the answer.
            ours.retain(|partition, end| {
                let asked = of_topic.and_then(|known| known.get(partition));
                asked != Some(end) || partitions.contains_key(partition)
            });
            for (partition, high) in partitions {
                let asked = of_topic.and_then(|known| known.get(&partition)).copied();
                if ours.get(&partition).copied() == asked {
                    ours.insert(partition, high);
                }
            }
        }
    }
}

fn settle<'a>(
    message: &'a Message,
    result: Result<Placed, Error>,
    placed: &mut Vec<(&'a String, Placed)>,
    too_large: &mut BTreeSet<String>,
) -> Result<(), Error> {
    match result {
        Ok(at) => placed.push((&message.topic, at)),
        Err(Error::TooLarge(why)) if !message.table.is_empty() => {
            tracing::warn!(
                table = message.table,
                bytes = message.value.len(),
                "a change is not published: {why}"
            );
            too_large.insert(message.table.clone());
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn highs(marks: Watermarks) -> Ends {
    let of_topic = |partitions: std::collections::BTreeMap<i32, (i64, i64)>| {
        partitions.into_iter().map(|(partition, (_, high))| (partition, high)).collect()
    };
    marks.into_iter().map(|(topic, partitions)| (topic, of_topic(partitions))).collect()
}

#[cfg(test)]
mod tests;
