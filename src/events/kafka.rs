//! To the Kafka topic `forecourt.events`: the key is the visitor, the value the line.
//!
//! While Kafka is away a bounded number of events waits for it, here and then in the queue; what comes after that is dropped.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::run::Sink;
use super::{Counts, Line, Outcome};
use crate::clock;
use crate::kafka::{Client, Error, Outgoing, Producer, Sending, Topic};

pub const TOPIC: &str = "forecourt.events";

/// Three months: what a training looks back at.
const CONFIG: &[(&str, &str)] = &[("retention.ms", "7776000000")];
/// Events on their way.
const UNDER_WAY_MAX: usize = 8_192;
/// Without an acknowledgement for this long, Kafka is said to be away.
const SILENCE_MAX: Duration = Duration::from_secs(2);
/// After a topic could not be made, or looked for.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long a process that ends waits for what is under way.
const END_AFTER: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct KafkaSink {
    client: Client,
    /// `None` until the topic is known to be there, and after a failure that only a new one gets over.
    producer: Option<Producer>,
    retry_at: Instant,
    under_way: VecDeque<(Instant, Sending)>,
    counts: Counts,
    /// It was said that nothing can be sent.
    said: bool,
}

impl KafkaSink {
    pub fn new(client: Client, counts: Counts) -> Self {
        let retry_at = clock::now();
        Self { client, producer: None, retry_at, under_way: VecDeque::new(), counts, said: false }
    }

    async fn begin(&mut self) -> Result<Producer, Error> {
        let topic = Topic { name: TOPIC.to_owned(), partitions: None, config: CONFIG };
        self.client.ensure_topics(&[topic]).await?;
        // However long it takes: the number of those that wait is bounded, not their time.
        self.client.producer(None)
    }

    /// Looks what has become of those under way, from the first on.
    fn look(&mut self) {
        let Some(producer) = &self.producer else { return };
        let mut failed = None;
        let mut sent = 0;
        while let Some((_, sending)) = self.under_way.front_mut() {
            match producer.try_placed(sending) {
                None => break,
                Some(Ok(_)) => sent += 1,
                Some(Err(error)) => {
                    self.counts.add(Outcome::Dropped, 1);
                    failed = Some(error);
                }
            }
            self.under_way.pop_front();
        }
        if sent > 0 {
            self.counts.add(Outcome::Sent, sent);
            if std::mem::take(&mut self.said) {
                tracing::info!("Kafka takes events again");
            }
        }
        let silent = |(since, _): &(Instant, Sending)| clock::now().duration_since(*since) > SILENCE_MAX;
        if sent == 0 && self.under_way.front().is_some_and(silent) {
            let why = producer.last_word().why("no acknowledgement");
            self.say(&why);
        }
        if let Some(error) = failed {
            self.failed(&error);
        }
    }

    fn failed(&mut self, error: &Error) {
        self.say(&error.to_string());
        if matches!(error, Error::Gone(_) | Error::Broken(_)) {
            // The topic was deleted, or the client is of no use any more.
            self.counts.add(Outcome::Dropped, std::mem::take(&mut self.under_way).len());
            self.producer = None;
        }
    }

    fn say(&mut self, why: &str) {
        if !std::mem::replace(&mut self.said, true) {
            tracing::warn!(
                "Kafka takes no events: {why}; up to {UNDER_WAY_MAX} wait, more are dropped, pages are served"
            );
        }
    }
}

impl Sink for KafkaSink {
    async fn room(&mut self) -> usize {
        if self.producer.is_none() && clock::now() >= self.retry_at {
            match self.begin().await {
                Ok(producer) => self.producer = Some(producer),
                Err(error) => {
                    self.retry_at = clock::now() + RETRY_AFTER;
                    self.say(&error.to_string());
                }
            }
        }
        self.look();
        if self.producer.is_some() { UNDER_WAY_MAX - self.under_way.len() } else { 0 }
    }

    async fn put(&mut self, lines: Vec<Line>) {
        for Line { visitor, json } in lines {
            let Some(producer) = &self.producer else {
                self.counts.add(Outcome::Dropped, 1);
                continue;
            };
            let key = (visitor != 0).then(|| visitor.to_string());
            let key = key.as_deref().map(str::as_bytes);
            match producer.send(Outgoing { topic: TOPIC, partition: None, key, value: &json }) {
                Ok(Some(sending)) => self.under_way.push_back((clock::now(), sending)),
                Ok(None) => self.counts.add(Outcome::Dropped, 1),
                Err(error) => {
                    self.counts.add(Outcome::Dropped, 1);
                    self.failed(&error);
                }
            }
        }
    }

    async fn end(&mut self) {
        let until = clock::now() + END_AFTER;
        while !self.under_way.is_empty() && clock::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.look();
        }
        self.counts.add(Outcome::Dropped, std::mem::take(&mut self.under_way).len());
    }
}
