//! The chain within one process: relay -> projector -> store and feed -> follower -> snapshot.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;

use super::copy::Copy;
use super::threads::Threads;
use crate::change::ChangeReader;
use crate::config::Config;
use crate::faults::Faults;
use crate::feed;
use crate::follower::{Follower, Parts};
use crate::lifecycle::Lifecycle;
use crate::projector::{Projector, Settings, Standing};
use crate::quarantine::Quarantine;
use crate::relay::LocalChanges;
use crate::relay::sqlite::{ChangeTable, Rhythm};
use crate::source::Source;
use crate::source::catalogue::Catalogue;
use crate::source::sqlite::SqliteSource;
use crate::store::{MemoryStore, Progress, Store};

/// What the roles of a process share.
#[derive(Clone, Debug, Default)]
pub struct Common {
    pub lifecycle: Lifecycle,
    pub quarantine: Quarantine,
    pub faults: Faults,
    pub standing: Standing,
}

/// A SQLite source, checked and open, and its change log.
pub struct Sqlite<O> {
    source: SqliteSource,
    first: ChangeTable,
    open: O,
}

/// Opens and checks the source. An error is one line.
pub fn open_sqlite(
    config: &Config,
    path: &Path,
    catalogue: &Arc<Catalogue>,
    common: &Common,
) -> Result<Sqlite<impl FnMut() -> anyhow::Result<ChangeTable> + Send + 'static>, String> {
    if !path.is_file() {
        return Err(format!("source.url: there is no file {}; `forecourt seed` makes one", path.display()));
    }
    let source = SqliteSource::open(path, Arc::clone(catalogue))?;
    let rhythm = Rhythm {
        interval: Duration::from_millis(config.source.watch_interval_ms.max(1).into()),
        heartbeat: heartbeat(config),
    };
    let (path, catalogue, common) = (path.to_owned(), Arc::clone(catalogue), common.clone());
    let open = move || {
        ChangeTable::open(&path, &catalogue, rhythm, &common.lifecycle, &common.faults)
            .map_err(|e| anyhow!(e))
    };
    let first = open().map_err(|e| e.to_string())?;
    Ok(Sqlite { source, first, open })
}

impl<O: FnMut() -> anyhow::Result<ChangeTable> + Send + 'static> Sqlite<O> {
    /// With documents in this process's memory, which the disk copy makes durable.
    pub fn start_with_memory(
        self,
        config: &Config,
        mut copy: Copy,
        common: &Common,
    ) -> anyhow::Result<Threads> {
        let store = MemoryStore::default();
        let mark = &mut copy.mark;
        // A copy that the log does not lead on from may be of another database: nothing is known of its age.
        let complete = self.first.holds(&mark.position)?;
        mark.as_of_ms = if complete { mark.as_of_ms } else { 0 };
        let progress = Progress { position: mark.position.clone(), as_of_ms: mark.as_of_ms, complete };
        store.fill(copy.publisher.current().documents().cloned(), mark.version(), progress);
        start(config, self.source, LocalChanges::new(self.open), store, copy, common)
    }
}

fn start<D: Store>(
    config: &Config,
    source: impl Source + 'static,
    changes: impl ChangeReader + 'static,
    store: D,
    copy: Copy,
    common: &Common,
) -> anyhow::Result<Threads> {
    let (writer, reader) = feed::channel();
    let projector = Projector {
        source,
        store: store.clone(),
        feed: writer,
        changes,
        settings: settings(config),
        quarantine: common.quarantine.clone(),
        faults: common.faults.clone(),
        standing: common.standing.clone(),
        lifecycle: common.lifecycle.clone(),
    };
    let Copy { publisher, disk, mark } = copy;
    let (faults, lifecycle) = (common.faults.clone(), common.lifecycle.clone());
    let follower = Follower::new(Parts { store, feed: reader, publisher, disk, mark, faults, lifecycle });
    let mut threads = Threads::default();
    threads.start("projector", &common.lifecycle, &common.faults, projector.run())?;
    threads.start("follower", &common.lifecycle, &common.faults, follower.run())?;
    Ok(threads)
}

pub(super) fn heartbeat(config: &Config) -> Duration {
    Duration::from_millis(config.feed.heartbeat_interval_ms.into())
}

/// The projector's.
pub(super) fn settings(config: &Config) -> Settings {
    Settings {
        batch_cars_max: config.projector.batch_cars_max,
        sweep_interval: Duration::from_secs(config.projector.sweep_interval_s.into()),
        sweep_cars_per_second: config.projector.sweep_cars_per_second,
        heartbeat: heartbeat(config),
        lease_interval: Duration::from_millis(200),
    }
}
