//! Topics: what they are called, and making those that are missing.

use std::collections::BTreeMap;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::RDKafkaErrorCode;

use super::words::Words;
use super::{ANSWER_AFTER_MAX, Client, Error, blocking};

/// A topic as it is made; one that exists is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    /// `None`: as many as the settings say.
    pub partitions: Option<i32>,
    /// Beside `cleanup.policy=delete`.
    pub config: &'static [(&'static str, &'static str)],
}

/// How change topics are named: `{database}.{table}`, the same behind a prefix, or one name for all tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPattern {
    /// Before and behind `{table}`; nothing behind it is said: one topic for all.
    before: String,
    behind: Option<String>,
    /// What stands before `{database}`, where something does.
    prefix: Option<String>,
}

/// Where our relay tells of DDL, and asks for a sweep of everything.
pub fn ddl_topic(database: &str) -> Topic {
    Topic { name: format!("{database}.__ddl"), partitions: Some(1), config: &[] }
}

/// Where our relay says up to when its topics are complete, and keeps its place. The last message is needed for ever.
pub fn heartbeat_topic(database: &str) -> Topic {
    let config = &[("retention.ms", "-1"), ("retention.bytes", "67108864"), ("segment.bytes", "8388608")];
    Topic { name: format!("{database}.__heartbeat"), partitions: Some(1), config }
}

const DATABASE: &str = "{database}";
const TABLE: &str = "{table}";

impl TopicPattern {
    /// An error is what is expected of the key.
    pub fn parse(pattern: &str, database: &str) -> Result<Self, &'static str> {
        let expected = "`{database}.{table}`, the same behind a prefix, or one name";
        let named = pattern.replace(DATABASE, database);
        let (before, behind) = match named.split_once(TABLE) {
            Some((before, behind)) => (before.to_owned(), Some(behind.to_owned())),
            None => (named, None),
        };
        let legal = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let one = behind.is_some() || !before.is_empty();
        let fine = one && legal(&before) && behind.as_deref().is_none_or(legal);
        let prefix = pattern.split_once(DATABASE).map(|(prefix, _)| prefix.trim_end_matches('.').to_owned());
        let prefix = prefix.filter(|prefix| !prefix.is_empty());
        fine.then_some(Self { before, behind, prefix }).ok_or(expected)
    }

    /// The topic of a table.
    pub fn topic(&self, table: &str) -> String {
        match &self.behind {
            Some(behind) => format!("{}{table}{behind}", self.before),
            None => self.before.clone(),
        }
    }

    /// The table a topic is named after; `None` when it is named after none.
    pub fn table<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let table = topic.strip_prefix(self.before.as_str())?.strip_suffix(self.behind.as_deref()?)?;
        // Our own topics of a database stand beside those of its tables.
        (!table.starts_with("__")).then_some(table)
    }

    /// Where Debezium tells of DDL: the topic called as the prefix is.
    pub fn schema_topic(&self) -> Option<&str> {
        self.prefix.as_deref()
    }
}

impl Client {
    /// Makes those topics that are missing.
    pub async fn ensure_topics(&self, topics: &[Topic]) -> Result<(), Error> {
        let known = self.partitions().await?;
        let missing: Vec<_> = topics.iter().filter(|topic| !known.contains_key(&topic.name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let admin: AdminClient<Words> = self.config(&[], &[]).create_with_context(Words)?;
        let wanted: Vec<_> = missing
            .iter()
            .map(|topic| {
                let partitions = topic.partitions.unwrap_or(self.settings.partitions.max(1));
                let replication = TopicReplication::Fixed(self.settings.replication.max(1));
                let new = NewTopic::new(&topic.name, partitions, replication).set("cleanup.policy", "delete");
                topic.config.iter().fold(new, |new, (name, value)| new.set(name, value))
            })
            .collect();
        let options = AdminOptions::new()
            .request_timeout(Some(ANSWER_AFTER_MAX))
            .operation_timeout(Some(ANSWER_AFTER_MAX));
        let created = admin.create_topics(&wanted, &options).await;
        // Ends a thread, and waits for it.
        drop(tokio::task::spawn_blocking(move || drop(admin)));
        for result in created? {
            match result {
                Ok(name) => tracing::info!(topic = name, "made a topic"),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => {
                    let why = format!("cannot make the topic `{name}`: {code}; make it by hand");
                    return Err(match Error::from(rdkafka::error::KafkaError::AdminOp(code)) {
                        Error::Refused(_) => Error::Refused(why),
                        _ => Error::Unavailable(why),
                    });
                }
            }
        }
        Ok(())
    }

    /// Every topic that this client may see -> its number of partitions.
    pub async fn partitions(&self) -> Result<BTreeMap<String, i32>, Error> {
        let config = self.config(&[("group.id", "forecourt")], &[]);
        blocking(move || {
            let consumer: BaseConsumer<Words> = config.create_with_context(Words)?;
            partitions_of(&consumer)
        })
        .await
    }
}

pub(super) fn partitions_of<C: rdkafka::consumer::ConsumerContext>(
    consumer: &impl rdkafka::consumer::Consumer<C>,
) -> Result<BTreeMap<String, i32>, Error> {
    let metadata = consumer.fetch_metadata(None, ANSWER_AFTER_MAX)?;
    let there =
        metadata.topics().iter().filter(|topic| topic.error().is_none() && !topic.partitions().is_empty());
    Ok(there
        .map(|topic| (topic.name().to_owned(), i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::TopicPattern;

    #[test]
    fn topics_are_named_by_the_pattern_and_read_back() {
        for (pattern, topic, table) in [
            ("{database}.{table}", "shop.cars", Some("cars")),
            ("dbz.{database}.{table}", "dbz.shop.cars", Some("cars")),
            ("{database}.{table}.v1", "shop.cars.v1", Some("cars")),
            ("maxwell", "maxwell", None),
        ] {
            let pattern = TopicPattern::parse(pattern, "shop").unwrap();
            assert_eq!(pattern.topic("cars"), topic);
            assert_eq!(pattern.table(topic), table);
            assert_eq!((pattern.table("other.cars"), pattern.table("shop.__ddl")), (None, None));
        }
        assert!(TopicPattern::parse("", "shop").is_err() && TopicPattern::parse("a b", "shop").is_err());
    }
}
