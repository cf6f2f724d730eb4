//! `forecourt serve`: builds the parts from the configuration and runs them to a polite end.
//!
//! Everything that can be wrong with the settings is found before a port is bound. After that nothing but a signal
//! ends the process: a role that fails is logged, and what it kept fresh says that it grows old.

pub mod chain;
mod drain;

use std::fs::{self, File};
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::car::Status;
use crate::clock;
use crate::config::{Config, SourceUrl};
use crate::faults::Faults;
use crate::lifecycle::{Lifecycle, Phase};
use crate::page::{PageCache, Site};
use crate::quarantine::Quarantine;
use crate::seed;
use crate::server::{self, Shared, Workers, admin::Admin};
use crate::snapshot::Snapshots;
use crate::source::catalogue::{self, Catalogue};
use crate::telemetry::{self, RequestSignals};

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was bound or begun: somebody has to change what is said here.
    Usage(String),
    Runtime(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Runtime(error)
    }
}

pub fn run(config: &Config) -> Result<(), Failure> {
    let began = clock::now();
    let _log = telemetry::start_log(&config.log).map_err(Failure::Usage)?;
    let catalogue = Arc::new(catalogue(config).map_err(Failure::Usage)?);
    let _lock = data_dir(config).map_err(Failure::Usage)?;
    let SourceUrl::Sqlite { path, embedded } =
        config.source_url().map_err(|e| Failure::Usage(e.to_string()))?;
    if embedded {
        seed::ensure_generated(&path, config.embedded.cars, true)?;
    }
    let source = chain::open(&path, &catalogue).map_err(Failure::Usage)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(serve(config, &catalogue, source, began))
}

/// The queries and routes in effect. An error is one line.
pub fn catalogue(config: &Config) -> Result<Catalogue, String> {
    let file = &config.catalogue.file;
    if file.as_os_str().is_empty() {
        return Catalogue::parse("the built-in catalogue.toml", catalogue::BUILT_IN);
    }
    let text = fs::read_to_string(file)
        .map_err(|e| format!("catalogue.file: cannot read {}: {e}", file.display()))?;
    Catalogue::parse(&file.display().to_string(), &text)
}

/// Makes the directory and keeps other processes out of it for as long as the file is open.
fn data_dir(config: &Config) -> Result<File, String> {
    let dir = &config.data.dir;
    let cannot = |e: std::io::Error| format!("data.dir: cannot write to {}: {e}", dir.display());
    fs::create_dir_all(dir).map_err(cannot)?;
    let lock = File::create(dir.join("lock")).map_err(cannot)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(format!(
            "data.dir: another forecourt uses {}, expected a directory of its own",
            dir.display()
        )),
        Err(fs::TryLockError::Error(e)) => Err(cannot(e)),
    }
}

/// The kernel's queue is emptied in much less.
const LAST_ACCEPTS: Duration = Duration::from_millis(20);

async fn serve(
    config: &Config,
    catalogue: &Arc<Catalogue>,
    source: chain::Source,
    began: Instant,
) -> Result<(), Failure> {
    let listener = server::bind("server.listen", config.server.listen).map_err(Failure::Usage)?;
    let admin_listener = server::bind("admin.listen", config.admin.listen).map_err(Failure::Usage)?;
    let address = listener.local_addr().map_err(anyhow::Error::from)?;
    let metrics = telemetry::install_metrics()?;
    let lifecycle = Lifecycle::default();
    let shared = Arc::new(Shared {
        site: Site::new(config.base_url(address), &config.photos.base_url, config.listing.similar_cars),
        snapshots: Arc::new(Snapshots::default()),
        pages: PageCache::new(config.page_cache.bytes_max),
        lifecycle: lifecycle.clone(),
        signals: RequestSignals::new(config.log.requests_per_second_max),
        uri_bytes_max: config.server.uri_bytes_max,
    });
    let workers = Arc::new(Workers::start(&config.server, &shared)?);
    let (quarantine, faults) = (Quarantine::default(), Faults::default());
    let admin_address = admin_listener.local_addr().map_err(anyhow::Error::from)?;
    tracing::info!(%address, admin = %admin_address, "listening");

    let chain = chain::start(config, catalogue, source, &shared.snapshots, &lifecycle, &quarantine, &faults)?;
    let admin = Admin {
        shared: Arc::clone(&shared),
        workers: Arc::clone(&workers),
        metrics,
        quarantine,
        faults,
        began,
    };
    tokio::spawn(Arc::new(admin).serve(admin_listener));
    tokio::spawn(every_second(Arc::clone(&shared)));
    let announce = announce(Arc::clone(&shared), address, admin_address, began);
    let announce = tokio::spawn(announce);

    let connections_max = server::limit::connections(config.server.connections_max);
    let accepting = || server::accept(&listener, &workers, connections_max);
    let hurry = tokio::select! {
        () = accepting() => false,
        hurry = drain::drained(&lifecycle, Duration::from_secs(config.server.drain_s.into())) => hurry,
    };
    // Connections that the kernel has accepted for us would be reset.
    let _ = tokio::time::timeout(LAST_ACCEPTS, accepting()).await;
    drop(listener);
    announce.abort();
    let timeout_s = if hurry { 0 } else { config.server.shutdown_timeout_s };
    workers.finish(Duration::from_secs(timeout_s.into())).await;
    lifecycle.enter(Phase::Stopping);
    chain.join();
    tracing::info!("ended");
    Ok(())
}

/// Says where to look once there is something to see.
async fn announce(
    shared: Arc<Shared>,
    address: std::net::SocketAddr,
    admin: std::net::SocketAddr,
    began: Instant,
) {
    shared.lifecycle.reached(Phase::Ready).await;
    let seconds = clock::now().duration_since(began).as_secs_f64();
    let counts = shared.snapshots.load().counts();
    let (live, sold) = (counts.of(Status::Live), counts.of(Status::Sold));
    // Whoever closed standard output does not want to know.
    let _ = writeln!(
        std::io::stdout(),
        "Forecourt is ready after {seconds:.2} s: {live} live cars, {sold} sold.\n\
         Listing  http://{address}/cars\n\
         Status   http://{admin}/status\n\
         Ctrl-C ends it."
    );
}

async fn every_second(shared: Arc<Shared>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        shared.signals.renew_lines();
    }
}
