//! A cluster in this process, for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use super::{Client, Settings};

pub(crate) struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Mock {
    pub(crate) fn new(topics: &[(&str, i32)]) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        for (topic, partitions) in topics {
            cluster.create_topic(topic, *partitions, 1).unwrap();
        }
        Self { cluster }
    }

    pub(crate) fn create(&self, topic: &str, partitions: i32) {
        self.cluster.create_topic(topic, partitions, 1).unwrap();
    }

    pub(crate) fn client(&self) -> Client {
        // The mock answers a fetch only after the whole wait.
        let properties = [("fetch.wait.max.ms", "5"), ("broker.address.family", "v4")];
        let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Client::new(Settings {
            brokers: self.cluster.bootstrap_servers(),
            properties: BTreeMap::from(properties),
            partitions: 2,
            replication: 1,
        })
    }

    pub(crate) fn down(&self) {
        self.cluster.broker_down(-1).unwrap();
    }

    pub(crate) fn up(&self) {
        self.cluster.broker_up(-1).unwrap();
    }
}

/// Everything that is awaited in a test is there far sooner.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("in time")
}
