//! The chain's ends, opened from the settings. Whatever is wrong with a setting is one line that names it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::drain::Signals;
use super::{Common, Failure, model, visitors};
use crate::clock;
use crate::config::{self, Config, SourceUrl, StoreUrl};
use crate::kafka;
use crate::lead::Sealer;
use crate::lifecycle::Phase;
use crate::projector::{self, Projector};
use crate::relay::mysql::{self as binlog, Tables};
use crate::source::catalogue::Catalogue;
use crate::source::mysql::{self, MysqlSource, Unopened};
use crate::store::ValkeyStore;

const RETRY_AFTER: Duration = Duration::from_millis(250);

/// A MySQL source that answers, and what else reads it.
pub(super) struct Mysql {
    pub(super) source: MysqlSource,
    pub(super) binlog: binlog::Settings,
}

/// What would end the start of some role with these settings, as far as nobody has to be asked.
pub(super) fn check(config: &Config, catalogue: &Catalogue) -> Result<(), Failure> {
    config.check_ports()?;
    config.check_files()?;
    let mut database = String::new();
    if config.source_url()? == SourceUrl::Mysql {
        let opts = mysql_opts(config)?;
        mysql::database(&opts).unwrap_or_default().clone_into(&mut database);
    }
    if config.store_url()? == StoreUrl::Redis {
        valkey(config)?;
    }
    if config.has_kafka() {
        kafka(config)?;
    }
    sealer(config)?;
    visitors::configured(config)?;
    model::load(config).map_err(Failure::Usage)?;
    topics(config, &database)?;
    check_tables(config, catalogue)
}

fn file(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}

pub(super) fn mysql_opts(config: &Config) -> Result<mysql::Opts, Failure> {
    let own = &config.source;
    let password = config::secret("source.password_file", &own.password_file)?;
    config::secret("source.tls_ca_file", &own.tls_ca_file)?;
    mysql::opts(&own.url, password, file(&own.tls_ca_file))
        .map_err(|e| Failure::Usage(format!("source.url: {e}")))
}

pub(super) fn valkey(config: &Config) -> Result<ValkeyStore, Failure> {
    let own = &config.store;
    let password = config::secret("store.password_file", &own.password_file)?;
    ValkeyStore::open(&own.url, password.as_deref(), file(&own.tls_ca_file)).map_err(Failure::Usage)
}

pub(super) fn kafka(config: &Config) -> Result<kafka::Client, Failure> {
    let own = &config.kafka;
    let mut properties = own.properties.clone();
    let text = config::secret("kafka.properties_file", &own.properties_file)?.unwrap_or_default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some((key, value)) = line.split_once('=') else {
            return Err(Failure::Usage("kafka.properties_file: expected lines of key=value".to_owned()));
        };
        properties.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    let (brokers, partitions, replication) = (own.brokers.clone(), own.partitions, own.replication);
    let client = kafka::Client::new(kafka::Settings { brokers, properties, partitions, replication });
    client.check().map_err(Failure::Usage)?;
    Ok(client)
}

/// To whom leads are sealed.
pub(super) fn sealer(config: &Config) -> Result<Sealer, Failure> {
    let parsed = Sealer::parse(&config.lead.recipient);
    parsed.map_err(|expected| Failure::Usage(format!("lead.recipient: expected {expected}")))
}

/// How the change topics are named.
pub(super) fn topics(config: &Config, database: &str) -> Result<kafka::TopicPattern, Failure> {
    let parsed = kafka::TopicPattern::parse(&config.kafka.changes_topic, database);
    parsed.map_err(|expected| Failure::Usage(format!("kafka.changes_topic: expected {expected}")))
}

/// Waits for a source that cannot be reached, for a while; what it refuses is for the operator.
pub(super) async fn open_mysql(
    config: &Config,
    catalogue: &Arc<Catalogue>,
    common: &Common,
) -> Result<Mysql, Failure> {
    let opts = mysql_opts(config)?;
    let (began, patience) = (clock::now(), Duration::from_secs(config.source.wait_s.into()));
    let source = loop {
        let opened = MysqlSource::open(opts.clone(), Arc::clone(catalogue), config.source.connections).await;
        match opened {
            Ok(source) => break source,
            Err(Unopened::Refused(line)) => return Err(Failure::Usage(line)),
            Err(Unopened::Away(line)) if clock::now().duration_since(began) > patience => {
                return Err(Failure::Away(line));
            }
            Err(away @ Unopened::Away(_)) => {
                if common.faults.put("source", &away.to_string(), clock::unix_ms()) {
                    tracing::warn!("{away}; waiting up to {} s", patience.as_secs());
                }
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    };
    common.faults.clear("source");
    check_tables(config, catalogue)?;
    let listed = &config.relay.tables;
    let tables = match listed.as_slice() {
        // Others may want to know of the other tables; a projector in this process does not.
        [] if config.has_kafka() => Tables::All,
        [] => Tables::Listed(catalogue.routes.keys().cloned().collect()),
        listed => Tables::Listed(listed.iter().cloned().collect()),
    };
    let binlog = binlog::Settings {
        database: mysql::database(&opts).unwrap_or_default().to_owned(),
        opts,
        tables,
        server_id: config.relay.server_id,
        heartbeat: heartbeat(config),
    };
    Ok(Mysql { source, binlog })
}

/// A relay that leaves out a table which leads to cars would leave them as they are.
fn check_tables(config: &Config, catalogue: &Catalogue) -> Result<(), Failure> {
    let listed = &config.relay.tables;
    let missing = catalogue.routes.keys().find(|table| !listed.is_empty() && !listed.contains(table));
    let line = |table| {
        format!("relay.tables: `{table}` is missing, which leads to cars ({}: routes)", catalogue.file)
    };
    missing.map_or(Ok(()), |table| Err(Failure::Usage(line(table))))
}

/// Says what is wrong with the server's settings, before anything is read.
pub(super) async fn check_binlog(binlog: &binlog::Settings) -> Result<(), Failure> {
    match binlog::preflight(&binlog.opts, &binlog.database).await {
        Ok(warnings) => {
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            Ok(())
        }
        Err(errors) => Err(Failure::Usage(errors.join("; "))),
    }
}

pub(super) fn heartbeat(config: &Config) -> Duration {
    Duration::from_millis(config.feed.heartbeat_interval_ms.into())
}

/// A projector of these ends.
pub(super) fn projector<S, D, F, C>(
    config: &Config,
    common: &Common,
    source: S,
    store: D,
    feed: F,
    changes: C,
) -> Projector<S, D, F, C> {
    let Common { lifecycle, quarantine, faults, standing } = common.clone();
    let settings = settings(config);
    Projector { source, store, feed, changes, settings, quarantine, faults, standing, lifecycle }
}

fn settings(config: &Config) -> projector::Settings {
    projector::Settings {
        batch_cars_max: config.projector.batch_cars_max,
        sweep_interval: Duration::from_secs(config.projector.sweep_interval_s.into()),
        sweep_cars_per_second: config.projector.sweep_cars_per_second,
        heartbeat: heartbeat(config),
        lease_interval: Duration::from_millis(200),
    }
}

/// Enters the phases of a role that serves no pages; returns when it shall end.
pub(super) async fn until_told_to_end(common: &Common, signals: &mut Signals) {
    common.lifecycle.enter(Phase::Ready);
    super::drain::drained(&common.lifecycle, signals, Duration::ZERO).await;
    common.lifecycle.enter(Phase::Stopping);
}
