//! The chain within one process: relay -> projector -> store and feed -> follower -> snapshot.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;

use crate::change::Batch;
use crate::clock;
use crate::config::{Config, masked};
use crate::faults::Faults;
use crate::feed;
use crate::follower::Follower;
use crate::lifecycle::{Lifecycle, Phase};
use crate::projector::{Bootstrap, Projector, Settings, Start};
use crate::quarantine::Quarantine;
use crate::relay::sqlite::ChangeTable;
use crate::snapshot::disk::{self, DiskCopy, Identity, Ignored, Loaded};
use crate::snapshot::{Publisher, Snapshot, Snapshots};
use crate::source::catalogue::Catalogue;
use crate::source::sqlite::SqliteSource;
use crate::store::MemoryStore;

/// Batches of changes between relay and projector; more stay in the source.
const BATCHES_MAX: usize = 8;

/// Both ways into the source, checked and open.
#[derive(Debug)]
pub struct Source {
    sqlite: SqliteSource,
    changes: ChangeTable,
}

/// Opens and checks the source. An error is one line.
pub fn open(path: &Path, catalogue: &Arc<Catalogue>) -> Result<Source, String> {
    if !path.is_file() {
        return Err(format!("source.url: there is no file {}; `forecourt seed` makes one", path.display()));
    }
    let sqlite = SqliteSource::open(path, Arc::clone(catalogue))?;
    let changes = ChangeTable::open(path, catalogue)?;
    Ok(Source { sqlite, changes })
}

/// The roles' threads.
#[derive(Debug)]
pub struct Chain(Vec<JoinHandle<()>>);

impl Chain {
    /// Waits for the roles to end, which they do when the process is stopping.
    pub fn join(self) {
        for role in self.0 {
            // A role that panicked has been logged by its thread.
            let _ = role.join();
        }
    }
}

/// Starts the roles. They publish to `snapshots`, and end when `lifecycle` is stopping.
pub fn start(
    config: &Config,
    catalogue: &Arc<Catalogue>,
    source: Source,
    snapshots: &Arc<Snapshots>,
    lifecycle: &Lifecycle,
    quarantine: &Quarantine,
    faults: &Faults,
) -> anyhow::Result<Chain> {
    let Source { sqlite, mut changes } = source;
    let identity = Identity::new(catalogue.fingerprint, masked(&config.source.url));
    let (loaded, disk) = load(config, identity);

    // The instant before the place: what is committed before it is at or before that place in the log.
    let now_ms = clock::unix_ms();
    let end = changes.end().context("read the change log")?;
    let Loaded { mark, documents, .. } = loaded.unwrap_or_default();
    let resumed = changes.resume(&mark.position).context("read the change log")?;

    let store = MemoryStore::default();
    let mut publisher = Publisher::new(Arc::clone(snapshots));
    if !documents.is_empty() {
        let (snapshot, _) = Snapshot::default().with(documents);
        store.fill(snapshot.documents().cloned());
        publisher.publish(snapshot);
    }
    if resumed {
        publisher.set_as_of(mark.as_of_ms);
        lifecycle.enter(Phase::Ready);
    }
    let bootstrap = (!resumed).then_some(Bootstrap { position: end, from_ms: now_ms });
    let start =
        Start { epoch: mark.epoch + 1, sequence: mark.sequence, position: mark.position.clone(), bootstrap };
    let (batches, changes_reader) = mpsc::channel::<Batch>(BATCHES_MAX);
    let (feed_writer, feed_reader) = feed::channel();
    let projector = Projector {
        source: sqlite,
        store: store.clone(),
        feed: feed_writer,
        changes: changes_reader,
        settings: Settings {
            batch_cars_max: config.projector.batch_cars_max,
            sweep_interval: Duration::from_secs(config.projector.sweep_interval_s.into()),
            sweep_cars_per_second: config.projector.sweep_cars_per_second,
        },
        quarantine: quarantine.clone(),
        faults: faults.clone(),
        start,
        lifecycle: lifecycle.clone(),
    };
    let follower = Follower {
        store,
        feed: feed_reader,
        publisher,
        disk,
        mark,
        complete: resumed,
        faults: faults.clone(),
        lifecycle: lifecycle.clone(),
    };
    let interval = Duration::from_millis(config.source.watch_interval_ms.max(1).into());
    let heartbeat = Duration::from_millis(config.feed.heartbeat_interval_ms.into());
    let relay = {
        let (lifecycle, faults) = (lifecycle.clone(), faults.clone());
        move || {
            changes.follow(&batches, interval, heartbeat, &lifecycle, &faults);
            Ok(())
        }
    };
    Ok(Chain(vec![
        spawn("relay", lifecycle, faults, relay)?,
        spawn("projector", lifecycle, faults, move || block_on(projector.run()))?,
        spawn("follower", lifecycle, faults, move || block_on(follower.run()))?,
    ]))
}

/// The disk copy, if there is one that can be used, and the writer that goes on with it.
fn load(config: &Config, identity: Identity) -> (Option<Loaded>, DiskCopy) {
    let dir = &config.data.dir;
    let loaded = disk::load(dir, &identity);
    let mut writer = DiskCopy::new(dir, identity);
    let loaded = match loaded {
        Ok(loaded) => Some(loaded),
        Err(Ignored::Absent) => None,
        Err(why) => {
            tracing::warn!("the disk copy in {} is not used: {why}", dir.display());
            None
        }
    };
    if let Some(loaded) = &loaded
        && let Err(error) = writer.resume(loaded)
    {
        tracing::warn!("the disk copy cannot be gone on with, it is written anew: {error}");
    }
    (loaded, writer)
}

/// Runs a role on a thread of its own. If it ends before the process does, that is said, and pages go on being served.
fn spawn(
    role: &'static str,
    lifecycle: &Lifecycle,
    faults: &Faults,
    run: impl FnOnce() -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<JoinHandle<()>> {
    let (lifecycle, faults) = (lifecycle.clone(), faults.clone());
    let up = metrics::gauge!("forecourt_role_up", "role" => role);
    let thread = move || {
        up.set(1.0);
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        up.set(0.0);
        let reason = match ended {
            Ok(Ok(())) if lifecycle.is_stopping() => return,
            Ok(Ok(())) => "ended".to_owned(),
            Ok(Err(error)) => format!("ended: {error:#}"),
            Err(_) => "panicked".to_owned(),
        };
        faults.put(role, &reason, clock::unix_ms());
        tracing::error!(role, "a role {reason}; pages grow old from now on");
    };
    std::thread::Builder::new()
        .name(role.to_owned())
        .spawn(thread)
        .with_context(|| format!("start the {role}"))
}

fn block_on(role: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(role)
}
