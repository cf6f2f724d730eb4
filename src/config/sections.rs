//! One struct per concern, with its defaults. Comments for operators are in `config/forecourt.toml`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    pub listen: SocketAddr,
    /// Threads that answer requests; 0 = one per core.
    pub workers: usize,
    pub connections_max: usize,
    pub idle_timeout_s: u32,
    pub head_timeout_s: u32,
    pub write_timeout_s: u32,
    /// For a page that has to be made, while others are.
    pub queue_wait_ms: u32,
    /// Of one worker.
    pub queue_max: usize,
    pub head_bytes_max: usize,
    pub uri_bytes_max: usize,
    pub drain_s: u32,
    pub shutdown_timeout_s: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: local(8080),
            workers: 0,
            connections_max: 10_000,
            idle_timeout_s: 75,
            head_timeout_s: 10,
            write_timeout_s: 15,
            queue_wait_ms: 100,
            queue_max: 256,
            head_bytes_max: 32 << 10,
            uri_bytes_max: 8 << 10,
            drain_s: 5,
            shutdown_timeout_s: 10,
        }
    }
}

impl Server {
    /// A key that is out of bounds, and what is expected of it.
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        [
            (self.workers > 1024, "server.workers", "at most 1024"),
            (self.connections_max == 0, "server.connections_max", "at least 1"),
            (self.idle_timeout_s <= 60, "server.idle_timeout_s", "more than the load balancer's 60 s"),
            (self.head_timeout_s == 0, "server.head_timeout_s", "at least 1"),
            (self.write_timeout_s == 0, "server.write_timeout_s", "at least 1"),
            (!(1..=10_000).contains(&self.queue_wait_ms), "server.queue_wait_ms", "1 to 10000"),
            (!(1..=100_000).contains(&self.queue_max), "server.queue_max", "1 to 100000"),
            // hyper's buffer has this least size.
            (self.head_bytes_max < 8192, "server.head_bytes_max", "at least 8192"),
            (self.uri_bytes_max < 256, "server.uri_bytes_max", "at least 256"),
            (self.uri_bytes_max > 65_534, "server.uri_bytes_max", "at most 65534"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    pub listen: SocketAddr,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: local(9090) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    pub dir: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("forecourt-data") }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    pub url: String,
    /// Wins over a password in the URL.
    pub password_file: PathBuf,
    pub tls_ca_file: PathBuf,
    pub connections: usize,
    pub wait_s: u32,
    pub watch_interval_ms: u32,
}

impl Source {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let interval = (1..=10_000).contains(&self.watch_interval_ms);
        let connections = (1..=64).contains(&self.connections);
        [
            (!interval, "source.watch_interval_ms", "1 to 10000"),
            (!connections, "source.connections", "1 to 64"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}

impl Default for Source {
    fn default() -> Self {
        Self {
            url: "sqlite:".to_owned(),
            password_file: PathBuf::new(),
            tls_ca_file: PathBuf::new(),
            connections: 2,
            wait_s: 20,
            watch_interval_ms: 20,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub url: String,
    /// Wins over a password in the URL.
    pub password_file: PathBuf,
    pub tls_ca_file: PathBuf,
}

impl Default for Store {
    fn default() -> Self {
        Self { url: "memory:".to_owned(), password_file: PathBuf::new(), tls_ca_file: PathBuf::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kafka {
    pub brokers: String,
    pub changes_topic: String,
    /// Of the change topics that the relay creates; 0 and -1 leave it to the brokers.
    pub partitions: i32,
    pub replication: i32,
    /// Lines of `key=value`; wins over `properties`.
    pub properties_file: PathBuf,
    /// Passed to librdkafka.
    pub properties: BTreeMap<String, String>,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: String::new(),
            changes_topic: "{database}.{table}".to_owned(),
            partitions: 1,
            replication: -1,
            properties_file: PathBuf::new(),
            properties: BTreeMap::new(),
        }
    }
}

impl Kafka {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let replication = self.replication == -1 || (1..=32).contains(&self.replication);
        [
            (!(1..=1_000).contains(&self.partitions), "kafka.partitions", "1 to 1000"),
            (!replication, "kafka.replication", "1 to 32, or -1 for what the brokers do by themselves"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Relay {
    /// Empty: every table of the database.
    pub tables: Vec<String>,
    /// As a replica of the source; 0: one by chance.
    pub server_id: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Catalogue {
    /// Empty: the built-in one.
    pub file: PathBuf,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rank {
    pub model: PathBuf,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Visitor {
    /// Lines of text, the newest key first. Empty: instances agree on one by themselves.
    pub keys_file: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    pub body_bytes_max: usize,
    pub lists_per_second_max: u32,
    pub per_second_max: u32,
}

impl Default for Events {
    fn default() -> Self {
        Self { body_bytes_max: 16 << 10, lists_per_second_max: 200, per_second_max: 2_000 }
    }
}

impl Events {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let body = (1_024..=1 << 20).contains(&self.body_bytes_max);
        (!body).then_some(("events.body_bytes_max", "1024 to 1048576"))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Photos {
    pub base_url: String,
    pub pattern: String,
}

impl Default for Photos {
    fn default() -> Self {
        Self { base_url: String::new(), pattern: "{base}/{key}-{width}.{format}".to_owned() }
    }
}

impl Photos {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let plain = self.pattern.chars().all(|c| c.is_ascii_graphic() && !"\"'<>`\\ ,".contains(c));
        let sized = self.pattern.contains("{width}") == self.pattern.contains("{format}");
        let whole = self.pattern.starts_with("{base}/") && self.pattern.contains("{key}");
        (!plain || !sized || !whole)
            .then_some(("photos.pattern", "{base}/... with {key}, and with {width} and {format} or neither"))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pwa {
    pub enabled: bool,
}

impl Default for Pwa {
    fn default() -> Self {
        Self { enabled: true }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    pub base_url: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listing {
    pub similar_cars: usize,
    pub sold_days: u32,
}

impl Default for Listing {
    fn default() -> Self {
        Self { similar_cars: 6, sold_days: 14 }
    }
}

impl Listing {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        [
            (self.similar_cars > 24, "listing.similar_cars", "at most 24"),
            (self.sold_days > 3_650, "listing.sold_days", "at most 3650"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageCache {
    pub bytes_max: u64,
}

impl Default for PageCache {
    fn default() -> Self {
        Self { bytes_max: 192 << 20 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Projector {
    pub batch_cars_max: usize,
    pub sweep_interval_s: u32,
    pub sweep_cars_per_second: u32,
}

impl Default for Projector {
    fn default() -> Self {
        Self { batch_cars_max: 256, sweep_interval_s: 600, sweep_cars_per_second: 2_000 }
    }
}

impl Projector {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        // A store takes a batch in one step, during which it does nothing else.
        let batch = (1..=2_048).contains(&self.batch_cars_max);
        let rate = (1..=1_000_000).contains(&self.sweep_cars_per_second);
        [
            (!batch, "projector.batch_cars_max", "1 to 2048"),
            (!rate, "projector.sweep_cars_per_second", "1 to 1000000"),
            (self.sweep_interval_s == 0, "projector.sweep_interval_s", "at least 1"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Feed {
    pub heartbeat_interval_ms: u32,
}

impl Feed {
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let interval = (50..=500).contains(&self.heartbeat_interval_ms);
        (!interval).then_some(("feed.heartbeat_interval_ms", "50 to 500"))
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self { heartbeat_interval_ms: 100 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
    pub requests_per_second_max: u32,
    /// 0: none is.
    pub slow_ms: u32,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, requests_per_second_max: 50, slow_ms: 100 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Embedded {
    pub cars: u32,
}

impl Default for Embedded {
    fn default() -> Self {
        Self { cars: 10_000 }
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
