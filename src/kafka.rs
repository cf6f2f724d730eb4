//! Kafka, as everything here needs it: producers that lose nothing, consumers without a group that read from offsets
//! we keep ourselves, topics with the settings they need.
//!
//! This is the only home of librdkafka. What it does by blocking is done on threads that may block; what it drops slowly
//! is dropped elsewhere; its errors become one of a few: what was to be read is gone, try again, or it never will work.

mod consumer;
mod error;
#[cfg(test)]
pub(crate) mod mock;
mod producer;
mod topics;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

pub use consumer::{Consumer, Offsets, Record, Watermarks};
pub use error::Error;
pub use producer::{LastWord, Outgoing, Placed, Producer, Sending};
pub use topics::{Topic, TopicPattern, ddl_topic, heartbeat_topic};

/// How long one question to the brokers may take.
const ANSWER_AFTER_MAX: Duration = Duration::from_secs(5);

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `host:port,host:port`
    pub brokers: String,
    /// librdkafka's own properties, as its documentation names them. They win over ours, except over those that
    /// nothing would be right without.
    pub properties: BTreeMap<String, String>,
    /// Of topics that are created here, where the number is free.
    pub partitions: i32,
    pub replication: i32,
}

/// Without the values of properties: passwords are among them.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.properties.keys().collect();
        f.debug_struct("Settings")
            .field("brokers", &self.brokers)
            .field("properties", &names)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
}

/// Wanted by every client.
const COMMON: &[(&str, &str)] = &[
    ("client.id", "forecourt"),
    ("reconnect.backoff.ms", "50"),
    ("reconnect.backoff.max.ms", "1000"),
    ("socket.keepalive.enable", "true"),
    ("socket.timeout.ms", "10000"),
    ("topic.metadata.refresh.interval.ms", "10000"),
    // A topic that is made or made anew is found soon.
    ("topic.metadata.refresh.fast.interval.ms", "50"),
];

impl Client {
    /// Nothing is connected yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings) }
    }

    /// Whether librdkafka takes the properties. An error is one line for the operator.
    pub fn check(&self) -> Result<(), String> {
        let producer = self.producer(None).map(drop);
        producer.map_err(|error| format!("kafka.properties: {error}"))
    }

    fn config(&self, defaults: &[(&str, &str)], needed: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (name, value) in COMMON.iter().chain(defaults) {
            config.set(*name, *value);
        }
        config.set("bootstrap.servers", &self.settings.brokers);
        for (name, value) in &self.settings.properties {
            config.set(name, value);
        }
        for (name, value) in needed {
            config.set(*name, *value);
        }
        config.set_log_level(RDKafkaLogLevel::Warning);
        config
    }
}

/// Runs `ask` where it may block.
async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(ask).await {
        Ok(answer) => answer,
        Err(error) => Err(Error::Unavailable(format!("asking Kafka ended early: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Settings};

    #[test]
    fn a_property_that_is_wrong_is_named_and_its_value_is_not() {
        for (name, value, expected) in
            [("acks.typo", "1", "acks.typo"), ("socket.timeout.ms", "s3cret", "socket.timeout.ms")]
        {
            let properties = [(name.to_owned(), value.to_owned())].into();
            let settings = Settings { brokers: "127.0.0.1:1".to_owned(), properties, ..Settings::default() };
            assert!(!format!("{settings:?}").contains("s3cret"));
            let error = Client::new(settings).check().unwrap_err();
            assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        }
        let settings = Settings { brokers: "127.0.0.1:1".to_owned(), ..Settings::default() };
        assert_eq!(Client::new(settings).check(), Ok(()));
    }
}
