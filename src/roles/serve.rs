//! `forecourt serve`: builds the parts from the configuration and runs them to a polite end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use tokio::sync::oneshot;

use super::drain::Signals;
use super::{
    Common, Copy, Failure, Threads, ahead, catalogue, data_dir, drain, ends, events, local, model, visitors,
};
use crate::car::Status;
use crate::clock;
use crate::config::{Config, SourceUrl, StoreUrl};
use crate::events::Events;
use crate::feed::KafkaFeedReader;
use crate::keys::Keys;
use crate::lead;
use crate::lifecycle::Phase;
use crate::page::{self, PageCache, Site};
use crate::rank::Model;
use crate::seed;
use crate::server::{self, Shared, Workers, admin::Admin};
use crate::snapshot::Snapshots;
use crate::source::catalogue::Catalogue;
use crate::telemetry::{self, RequestSignals};

/// Starts the roles that keep the snapshots fresh.
type Start = Box<dyn FnOnce(Copy) -> anyhow::Result<Threads>>;

pub fn run(config: &Config) -> Result<(), Failure> {
    let began = clock::now();
    let _log = telemetry::start_log(&config.log).map_err(Failure::Usage)?;
    no_core_dumps();
    config.check_ports()?;
    ends::sealer(config)?;
    let catalogue = Arc::new(catalogue(config).map_err(Failure::Usage)?);
    let _lock = data_dir(config).map_err(Failure::Usage)?;
    let common = Common::default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let opened = async {
            let start = chain(config, &catalogue, &common).await?;
            Ok::<_, Failure>((start, ranking(config).await?))
        };
        let Some(opened) = signals.unless(opened).await else { return Ok(()) };
        let (start, ranking) = opened?;
        serve(config, &catalogue, start, ranking, &common, &mut signals, began).await
    })
}

/// Opens the ends that the settings name.
async fn chain(config: &Config, catalogue: &Arc<Catalogue>, common: &Common) -> Result<Start, Failure> {
    let (config, common) = (config.clone(), common.clone());
    if config.has_kafka() {
        let (store, kafka) = (ends::valkey(&config)?, ends::kafka(&config)?);
        return Ok(Box::new(move |copy| {
            let mut threads = Threads::default();
            local::follow(&mut threads, store, KafkaFeedReader::new(kafka), copy, &common)?;
            Ok(threads)
        }));
    }
    let store = match config.store_url()? {
        StoreUrl::Memory => None,
        StoreUrl::Redis => Some(ends::valkey(&config)?),
    };
    match config.source_url()? {
        SourceUrl::Sqlite { path, embedded } => {
            if embedded {
                generated(&path, config.embedded.cars).await?;
            }
            let source = local::sqlite(&config, &path, catalogue, &common).map_err(Failure::Usage)?;
            Ok(Box::new(move |copy| source.start(&config, store, copy, &common)))
        }
        SourceUrl::Mysql => {
            let source = ends::open_mysql(&config, catalogue, &common).await?;
            ends::check_binlog(&source.binlog).await?;
            let source = local::mysql(source, &common);
            Ok(Box::new(move |copy| source.start(&config, store, copy, &common)))
        }
    }
}

/// The numbers of visitors are in this process's memory for a moment: a core file would keep them.
fn no_core_dumps() {
    let refused = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Err(error) = refused {
        tracing::warn!("cannot keep the system from writing core dumps: {error}");
    }
}

/// What makes a listing a visitor's.
struct Ranking {
    model: Model,
    keys: Keys,
}

async fn ranking(config: &Config) -> Result<Ranking, Failure> {
    let model = model::load(config).map_err(Failure::Usage)?;
    let store = match config.store_url()? {
        StoreUrl::Memory => None,
        StoreUrl::Redis => Some(ends::valkey(config)?),
    };
    let (keys, agreed) = visitors::keys(config, store.as_ref()).await?;
    if let Some((store, agreed)) = store.zip(agreed) {
        tokio::spawn(visitors::keep_agreed(config.clone(), store, keys.clone(), agreed));
    }
    Ok(Ranking { model, keys })
}

/// On a thread of its own, so that a signal ends the process meanwhile; it leaves the database as it was.
async fn generated(path: &Path, cars: u32) -> anyhow::Result<()> {
    let (done, is_done) = oneshot::channel();
    let path = path.to_owned();
    let seed = move || drop(done.send(seed::ensure_generated(&path, cars, true)));
    std::thread::Builder::new().name("seed".to_owned()).spawn(seed).context("start the seed")?;
    is_done.await.context("the seed panicked")?.map(drop)
}

/// The kernel's queue is emptied in much less.
const LAST_ACCEPTS: Duration = Duration::from_millis(20);

fn site_settings(config: &Config, address: SocketAddr) -> page::Settings {
    if config.site.base_url.is_empty() && address.ip().is_unspecified() {
        tracing::warn!("site.base_url is not set: canonical links, sitemap and feeds say http://{address}");
    }
    let shop = config.shop.clone();
    page::Settings {
        base_url: config.base_url(address),
        photos_url: config.photos.base_url.clone(),
        photos_pattern: config.photos.pattern.clone(),
        similar_cars: config.listing.similar_cars,
        sold_days: Some(config.listing.sold_days),
        shop: page::Shop {
            phone: shop.phone,
            whatsapp: shop.whatsapp,
            transfer: shop.transfer,
            warranty: shop.warranty,
            returns: shop.returns,
            emi_rate_percent: shop.emi_rate_percent,
            emi_months: shop.emi_months,
            emi_down_percent: shop.emi_down_percent,
        },
        is_worker_off: !config.pwa.enabled,
    }
}

async fn serve(
    config: &Config,
    catalogue: &Catalogue,
    start: Start,
    Ranking { model, keys }: Ranking,
    common: &Common,
    signals: &mut Signals,
    began: Instant,
) -> Result<(), Failure> {
    let listener = server::bind("server.listen", config.server.listen).map_err(Failure::Usage)?;
    let admin_listener = server::bind("admin.listen", config.admin.listen).map_err(Failure::Usage)?;
    let address = listener.local_addr().map_err(anyhow::Error::from)?;
    let metrics = telemetry::install_metrics()?;
    let lifecycle = common.lifecycle.clone();
    let (told, queue) = Events::new(&config.events);
    let kafka = if config.has_kafka() { Some(ends::kafka(config)?) } else { None };
    let (leads, ends) = lead::start(
        (&config.lead, ends::sealer(config)?),
        &config.data.dir,
        &keys,
        kafka,
        (&lifecycle, &common.faults),
    )?;
    let shared = Arc::new(Shared {
        site: Site::new(site_settings(config, address), keys).with_contact(&config.lead.contact),
        snapshots: Arc::new(Snapshots::default()),
        pages: PageCache::new(config.page_cache.bytes_max),
        lifecycle: lifecycle.clone(),
        signals: RequestSignals::new(&config.log),
        events: told,
        leads,
        uri_bytes_max: config.server.uri_bytes_max,
        streams: server::streams(&config.server),
        busy: OnceLock::new(),
    });
    let workers = Arc::new(Workers::start(&config.server, &shared)?);
    let admin_address = admin_listener.local_addr().map_err(anyhow::Error::from)?;
    tracing::info!(%address, admin = %admin_address, "listening");

    let copy = Copy::load(config, catalogue, &shared.snapshots, model);
    let publisher = copy.publisher.clone();
    let mut chain = start(copy)?;
    events::start(config, queue, common, &mut chain)?;
    if let Some(delivery) = ends.delivery {
        chain.start(lead::ROLE, &lifecycle, &common.faults, delivery.run())?;
    }
    model::start(config, publisher, common, &mut chain)?;
    ahead::start(&shared, common, &mut chain)?;
    let admin = Admin {
        report: Box::new(server::Instance { shared: Arc::clone(&shared), workers: Arc::clone(&workers) }),
        metrics,
        quarantine: common.quarantine.clone(),
        faults: common.faults.clone(),
        began,
        history: Mutex::default(),
    };
    tokio::spawn(Arc::new(admin).serve(admin_listener));
    tokio::spawn(every_second(Arc::clone(&shared)));
    let announce = announce(Arc::clone(&shared), address, admin_address, began);
    let announce = tokio::spawn(announce);

    let connections_max = server::limit::connections(config.server.connections_max);
    let accepting = || server::accept(&listener, &workers, connections_max);
    let hurry = tokio::select! {
        () = accepting() => false,
        hurry = drain::drained(&lifecycle, signals, Duration::from_secs(config.server.drain_s.into())) => hurry,
    };
    // Connections that the kernel has accepted for us would be reset.
    let _ = tokio::time::timeout(LAST_ACCEPTS, accepting()).await;
    drop(listener);
    announce.abort();
    let timeout_s = if hurry { 0 } else { config.server.shutdown_timeout_s };
    workers.finish(Duration::from_secs(timeout_s.into())).await;
    lifecycle.enter(Phase::Stopping);
    // The spool's thread ends when nothing is left to be kept; what panicked there has been counted.
    let _ = ends.keeper.join();
    chain.join();
    tracing::info!("ended");
    Ok(())
}

/// Says where to look once there is something to see.
async fn announce(shared: Arc<Shared>, address: SocketAddr, admin: SocketAddr, began: Instant) {
    shared.lifecycle.reached(Phase::Ready).await;
    let seconds = clock::now().duration_since(began).as_secs_f64();
    let counts = shared.snapshots.load().counts();
    let (live, sold) = (counts.of(Status::Live), counts.of(Status::Sold));
    let text = format!(
        "Forecourt is ready after {seconds:.2} s: {live} live cars, {sold} sold.\n\
         Listing  http://{address}/cars\n\
         Status   http://{admin}/status\n\
         Ctrl-C ends it.\n"
    );
    // Whoever closed standard output does not want to know; whoever does not read it holds up this thread only.
    let write = move || drop(std::io::stdout().write_all(text.as_bytes()));
    let _ = std::thread::Builder::new().name("announce".to_owned()).spawn(write);
}

async fn every_second(shared: Arc<Shared>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        shared.signals.renew_lines();
        shared.events.renew();
    }
}
