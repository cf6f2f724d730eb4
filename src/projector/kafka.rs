//! Changes that come through Kafka, whoever wrote them there.
//!
//! Every partition is read from an offset we name; the offsets are the position, and they are kept with the documents.
//! So a standby goes on exactly where the documents end, and no group has to agree on anything. What is gone, cannot be
//! read or was made anew becomes "every car", never silence.

mod dead;
mod heartbeats;
mod look;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use dead::DeadLetters;
use heartbeats::Heartbeats;
use tokio::task::{JoinError, JoinHandle};

use crate::change::decode::decode;
use crate::change::heartbeat::Heartbeat;
use crate::change::{ALL_TABLES, Batch, Change, ChangeReader, Position};
use crate::clock;
use crate::faults::Faults;
use crate::kafka::{
    Client, Consumer, Error, Offsets, Record, TopicPattern, Watermarks, ddl_topic, heartbeat_topic,
};

/// Messages handed over at once.
const BATCH_MESSAGES_MAX: usize = 2_000;
/// The fault of a relay whose heartbeats prove nothing.
const HEARTBEATS: &str = "heartbeats";
/// How often to look for new topics and partitions, and for those made anew.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const LOOK_FOR_MISSING: Duration = Duration::from_millis(500);
/// The same, after something was found to be gone.
const LOOK_SOON: Duration = Duration::from_millis(200);
const COMMIT_EVERY: Duration = Duration::from_secs(1);
/// For lag tools. Nobody joins it.
const GROUP: &str = "forecourt-project";
const ROLE: &str = "changes";

/// The offsets asked about, and what there is.
type Look = JoinHandle<Result<(Offsets, Watermarks), Error>>;
type Answer = Result<Result<(Offsets, Watermarks), Error>, JoinError>;

#[derive(Debug)]
pub struct KafkaChanges {
    client: Client,
    database: String,
    pattern: TopicPattern,
    topics: Vec<String>,
    /// Of the tables that lead to cars: a heartbeat that leaves one out proves nothing.
    routed: Vec<String>,
    heartbeat_topic: String,
    faults: Faults,
    consumer: Option<Consumer>,
    begin: Position,
    /// The next offsets.
    at: Offsets,
    /// Read, and not handed over yet.
    changes: Vec<Change>,
    messages: usize,
    heartbeats: Heartbeats,
    dead: DeadLetters,
    look: Option<Look>,
    look_at: Instant,
    /// A partition stands still: the consumer has to be told anew where to read.
    stalled: bool,
    /// Partitions with something to read, and where they stood at the last look.
    behind: Offsets,
    /// Topics that were not there when last looked for.
    missing: HashSet<String>,
    commit_at: Instant,
}

impl KafkaChanges {
    /// `tables`: those that lead to cars.
    pub fn new<'a>(
        client: Client,
        database: &str,
        pattern: TopicPattern,
        tables: impl Iterator<Item = &'a str>,
        faults: Faults,
    ) -> Self {
        let heartbeat_topic = heartbeat_topic(database).name;
        let mut topics: Vec<_> = tables.map(|table| pattern.topic(table)).collect();
        let routed = topics.clone();
        topics.extend(pattern.schema_topic().map(str::to_owned));
        topics.extend([ddl_topic(database).name, heartbeat_topic.clone()]);
        topics.sort();
        topics.dedup();
        Self {
            dead: DeadLetters::new(client.clone()),
            client,
            database: database.to_owned(),
            pattern,
            topics,
            routed,
            heartbeat_topic,
            faults,
            consumer: None,
            begin: Position::default(),
            at: Offsets::new(),
            changes: Vec::new(),
            messages: 0,
            heartbeats: Heartbeats::default(),
            look: None,
            look_at: clock::now(),
            stalled: false,
            behind: Offsets::new(),
            missing: HashSet::new(),
            commit_at: clock::now(),
        }
    }

    fn receive(&mut self, received: Result<Record, Error>) {
        match received {
            Ok(record) => {
                self.faults.clear(ROLE);
                self.take(&record);
            }
            Err(Error::Remade(topic)) => {
                self.lost(&format!("the topic `{topic}` was deleted and made anew"));
                // Found again as a new one, which is read from its beginning.
                self.at.remove(&topic);
                self.look_again();
            }
            Err(Error::Gone(why)) => {
                tracing::warn!("a change topic: {why}");
                self.look_again();
            }
            Err(error) => {
                if self.faults.put(ROLE, &format!("Kafka: {error}"), clock::unix_ms()) {
                    tracing::error!("Kafka: {error}; changes are waited for");
                }
                if matches!(error, Error::Broken(_)) {
                    self.look_again();
                }
            }
        }
    }

    fn look_again(&mut self) {
        self.stalled = true;
        self.look = None;
        self.look_at = clock::now();
    }

    fn take(&mut self, record: &Record) {
        // From before the consumer is told anew where to read: it will be read again then. Of a topic that was made anew
        // the library goes on in the middle until that.
        let Some(next) = self.at.get_mut(&record.topic).and_then(|topic| topic.get_mut(&record.partition))
        else {
            return;
        };
        if record.offset < *next {
            return;
        }
        *next = record.offset + 1;
        // A large one counts as many: it is their memory that is bounded.
        self.messages += 1 + record.value.as_ref().map_or(0, Vec::len) / 4_096;
        if record.topic == self.heartbeat_topic {
            match record.value.as_deref().map(Heartbeat::read) {
                Some(Some(mut heartbeat)) => {
                    // A relay that leads more tables to cars than we do.
                    heartbeat.ends.retain(|topic, _| self.topics.contains(topic));
                    if let Some(topic) = self.routed.iter().find(|&topic| !heartbeat.ends.contains_key(topic))
                    {
                        let reason = format!("the relay does not publish `{topic}`, whose rows lead to cars");
                        self.faults.put(HEARTBEATS, &reason, clock::unix_ms());
                    } else {
                        self.faults.clear(HEARTBEATS);
                        self.heartbeats.put(heartbeat);
                    }
                }
                Some(None) => tracing::warn!(offset = record.offset, "a heartbeat cannot be read"),
                None => {}
            }
            return;
        }
        let table = self.pattern.table(&record.topic);
        match decode(table, &self.database, record.key.as_deref(), record.value.as_deref()) {
            Ok(changes) => self.changes.extend(changes),
            Err(reason) => {
                let reason = reason.to_string();
                self.changes.push(Change::whole_table(table.unwrap_or(ALL_TABLES), &reason));
                self.dead.put(record, &reason);
            }
        }
    }

    /// Changes are gone that were not read.
    fn lost(&mut self, why: &str) {
        metrics::counter!("forecourt_changes_lost_total").increment(1);
        tracing::warn!("changes are lost: {why}; fetching every car");
        self.changes.push(Change::whole_table(ALL_TABLES, why));
    }

    fn batch(&mut self) -> Option<Batch> {
        let complete_until_ms = self.heartbeats.reached(&self.at);
        if self.changes.is_empty() && complete_until_ms.is_none() {
            return None;
        }
        self.messages = 0;
        let changes = std::mem::take(&mut self.changes);
        Some(Batch { changes, position: position(&self.at), complete_until_ms })
    }
}

fn position(at: &Offsets) -> Position {
    Position(serde_json::to_string(at).expect("numbers and strings are JSON"))
}

impl ChangeReader for KafkaChanges {
    async fn resume(&mut self, position: &Position) -> anyhow::Result<bool> {
        self.consumer = None;
        self.look = None;
        let consumer = self.client.consumer(GROUP)?;
        let marks = consumer.watermarks(&self.topics).await?;
        let known = serde_json::from_str(&position.0).ok();
        let (at, lost) = look::resume(known.as_ref(), &marks, &self.heartbeat_topic);
        match &lost {
            Some(why) if known.is_some() => {
                tracing::warn!("changes are not read on from where the documents end: {why}");
            }
            Some(_) => tracing::info!("no documents yet: reading changes from the end"),
            None => {}
        }
        if !self.routed.iter().any(|topic| marks.contains_key(topic)) {
            let named = self.routed.first().map_or("", String::as_str);
            tracing::warn!("no change topic is there yet, such as `{named}`; is kafka.changes_topic right?");
        }
        self.at = at;
        consumer.assign(&self.at)?;
        self.consumer = Some(consumer);
        self.begin = self::position(&self.at);
        (self.changes, self.messages) = (Vec::new(), 0);
        (self.heartbeats, self.missing) = (Heartbeats::default(), HashSet::new());
        (self.stalled, self.look_at) = (false, clock::now() + self.look_after());
        Ok(lost.is_none())
    }

    fn begin(&self) -> Position {
        self.begin.clone()
    }

    async fn next(&mut self) -> Option<Batch> {
        loop {
            if let Some(batch) = self.try_next() {
                return Some(batch);
            }
            let consumer = self.consumer.as_ref()?;
            // What is dropped while it waits has taken neither a message nor an answer.
            tokio::select! {
                received = consumer.recv() => self.receive(received),
                answer = look::come(self.look.as_mut(), self.look_at) => self.answered(answer),
            }
        }
    }

    fn try_next(&mut self) -> Option<Batch> {
        self.look_around();
        while self.messages < BATCH_MESSAGES_MAX
            && let Some(received) = self.consumer.as_ref()?.try_recv()
        {
            self.receive(received);
        }
        self.messages = 0;
        self.batch()
    }

    fn applied(&mut self, position: &Position) {
        let now = clock::now();
        if now < self.commit_at {
            return;
        }
        self.commit_at = now + COMMIT_EVERY;
        if let (Some(consumer), Ok(offsets)) = (&self.consumer, serde_json::from_str(&position.0)) {
            // Only lag tools miss it.
            let _ = consumer.commit(&offsets);
        }
    }
}

#[cfg(test)]
mod tests;
