//! Messages that cannot be read, kept for people: topic `forecourt.dead_letters`, JSON, one for each.

use data_encoding::BASE64;
use serde_json::json;
use tokio::sync::mpsc;

use crate::kafka::{Client, Error, Outgoing, Producer, Record, Topic};

pub(super) const TOPIC: &str = "forecourt.dead_letters";
/// Of a key or value; more does not make it more readable.
const BYTES_MAX: usize = 64 << 10;
/// On their way; when everything is unreadable, the rest is only counted.
const LETTERS_MAX: usize = 64;
const GIVE_UP_AFTER: std::time::Duration = std::time::Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct DeadLetters {
    client: Client,
    letters: Option<mpsc::Sender<Vec<u8>>>,
}

impl DeadLetters {
    pub(super) fn new(client: Client) -> Self {
        Self { client, letters: None }
    }

    /// Does not wait.
    pub(super) fn put(&mut self, record: &Record, reason: &str) {
        metrics::counter!("forecourt_dead_letters_total").increment(1);
        let Record { topic, partition, offset, .. } = record;
        tracing::warn!(topic, partition, offset, "a change cannot be read: {reason}");
        let letters = self.letters.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(LETTERS_MAX);
            tokio::spawn(post(self.client.clone(), receiver));
            sender
        });
        if letters.try_send(letter(record, reason)).is_err() {
            metrics::counter!("forecourt_dead_letters_dropped_total").increment(1);
        }
    }
}

fn letter(record: &Record, reason: &str) -> Vec<u8> {
    let cut = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().map(|bytes| BASE64.encode(&bytes[..bytes.len().min(BYTES_MAX)]))
    };
    let letter = json!({
        "reason": reason,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "key": cut(&record.key),
        "value": cut(&record.value),
        "value_bytes": record.value.as_ref().map(Vec::len),
    });
    letter.to_string().into_bytes()
}

/// Ends with the reader.
async fn post(client: Client, mut letters: mpsc::Receiver<Vec<u8>>) {
    let mut producer = None;
    while let Some(letter) = letters.recv().await {
        if let Err(error) = deliver(&client, &mut producer, &letter).await {
            producer = None;
            tracing::warn!("a dead letter is not kept: {error}");
        }
    }
}

async fn deliver(client: &Client, producer: &mut Option<Producer>, value: &[u8]) -> Result<(), Error> {
    if producer.is_none() {
        client.ensure_topics(&[Topic { name: TOPIC.to_owned(), partitions: Some(1), config: &[] }]).await?;
        *producer = Some(client.producer(Some(GIVE_UP_AFTER))?);
    }
    if let Some(producer) = producer {
        producer.deliver(Outgoing { topic: TOPIC, partition: Some(0), key: None, value }).await?;
    }
    Ok(())
}
