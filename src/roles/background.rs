//! `forecourt project` and `forecourt relay`: roles without pages, each a process with an admin port.

use std::future::Future;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::drain::Signals;
use super::{Common, Failure, Threads, catalogue, ends};
use crate::clock;
use crate::config::Config;
use crate::feed::KafkaFeedWriter;
use crate::lifecycle::Phase;
use crate::projector::{self, KafkaChanges};
use crate::relay::kafka::{self as publish, Published, Publisher};
use crate::relay::mysql::Binlog;
use crate::server;
use crate::server::admin::{Admin, Report};
use crate::source::catalogue::Catalogue;
use crate::telemetry;

/// Runs a role until it is told to end.
fn run<F>(
    config: &Config,
    role: &'static str,
    start: impl FnOnce(Common, Arc<Catalogue>) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(Threads, Box<dyn Report>), Failure>>,
{
    let began = clock::now();
    let _log = telemetry::start_log(&config.log).map_err(Failure::Usage)?;
    if !config.has_kafka() {
        let instead = "`forecourt serve` does it all in one process without";
        return Err(Failure::Usage(format!("kafka.brokers: `forecourt {role}` needs brokers; {instead}")));
    }
    let catalogue = Arc::new(catalogue(config).map_err(Failure::Usage)?);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let metrics = telemetry::install_metrics()?;
        let common = Common::default();
        let Some(started) = signals.unless(start(common.clone(), catalogue)).await else { return Ok(()) };
        let (threads, report) = started?;
        let listener = server::bind("admin.listen", config.admin.listen).map_err(Failure::Usage)?;
        let address = listener.local_addr().map_err(anyhow::Error::from)?;
        let (quarantine, faults) = (common.quarantine.clone(), common.faults.clone());
        tokio::spawn(
            Arc::new(Admin { report, metrics, quarantine, faults, began, history: Mutex::default() })
                .serve(listener),
        );
        tracing::info!(role, admin = %address, "running");
        ends::until_told_to_end(&common, &mut signals).await;
        threads.join();
        tracing::info!("ended");
        Ok(())
    })
}

/// `forecourt relay`: binlog -> Kafka.
pub fn relay(config: &Config) -> Result<(), Failure> {
    run(config, "relay", async |common: Common, catalogue: Arc<Catalogue>| {
        let kafka = ends::kafka(config)?;
        let mysql = ends::open_mysql(config, &catalogue, &common).await?;
        ends::check_binlog(&mysql.binlog).await?;
        let pattern = ends::topics(config, &mysql.binlog.database)?;
        let tables = catalogue.routes.keys().map(String::as_str);
        let publisher = Publisher::new(kafka, &mysql.binlog.database, pattern, tables);
        let published = publisher.published();
        let log = Binlog::new(mysql.binlog, &common.lifecycle, &common.faults);
        let run = publish::run(log, publisher, common.lifecycle.clone(), common.faults.clone());
        let mut threads = Threads::default();
        threads.start("relay", &common.lifecycle, &common.faults, run)?;
        let report: Box<dyn Report> = Box::new(RelayReport { common, published });
        Ok((threads, report))
    })
}

/// `forecourt project`: changes -> documents.
pub fn project(config: &Config) -> Result<(), Failure> {
    run(config, "project", async |common: Common, catalogue: Arc<Catalogue>| {
        let kafka = ends::kafka(config)?;
        let store = ends::valkey(config)?;
        let mysql = ends::open_mysql(config, &catalogue, &common).await?;
        let database = mysql.binlog.database;
        let pattern = ends::topics(config, &database)?;
        let tables = catalogue.routes.keys().map(String::as_str);
        let changes = KafkaChanges::new(kafka.clone(), &database, pattern, tables, common.faults.clone());
        let feed = KafkaFeedWriter::new(kafka);
        let projector = ends::projector(config, &common, mysql.source, store, feed, changes);
        let mut threads = Threads::default();
        threads.start("projector", &common.lifecycle, &common.faults, projector.run())?;
        let report: Box<dyn Report> = Box::new(ProjectorReport { common });
        Ok((threads, report))
    })
}

struct RelayReport {
    common: Common,
    published: Published,
}

impl Report for RelayReport {
    fn phase(&self) -> Phase {
        self.common.lifecycle.phase()
    }

    fn as_of_ms(&self) -> u64 {
        self.published.until_ms()
    }

    fn status(&self) -> Map<String, Value> {
        let position = self.published.position();
        json!({ "role": "relay", "position": position.0 }).as_object().cloned().unwrap_or_default()
    }
}

struct ProjectorReport {
    common: Common,
}

impl Report for ProjectorReport {
    fn phase(&self) -> Phase {
        self.common.lifecycle.phase()
    }

    fn as_of_ms(&self) -> u64 {
        self.common.standing.get().as_of_ms
    }

    fn must_be_fresh(&self) -> bool {
        self.common.standing.get().epoch.is_some()
    }

    fn status(&self) -> Map<String, Value> {
        let state = self.common.standing.get();
        let faults = self.common.faults.list();
        let own = faults.iter().find(|(role, _)| *role == projector::ROLE);
        let bootstrap = state.bootstrap.map(|(fetched, cars)| json!({ "fetched": fetched, "cars": cars }));
        let status = json!({
            "role": "project",
            "active": state.epoch.is_some(),
            "reason": state.why(own.map(|(_, fault)| fault.reason.as_str())),
            "epoch": state.epoch,
            "written": state.written.to_string(),
            "dirty_cars": state.dirty_cars,
            "bootstrap": bootstrap,
        });
        status.as_object().cloned().unwrap_or_default()
    }
}
