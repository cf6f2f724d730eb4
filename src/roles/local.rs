//! The chain within one process: relay -> projector -> store and feed -> follower -> snapshot.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;

use super::ends::{self, Mysql};
use super::{Common, Copy, Threads};
use crate::change::ChangeReader;
use crate::config::Config;
use crate::feed::{self, FeedReader};
use crate::follower::{Follower, Parts};
use crate::projector::Projector;
use crate::relay::LocalChanges;
use crate::relay::mysql::Binlog;
use crate::relay::sqlite::{ChangeTable, Rhythm};
use crate::source::Source;
use crate::source::catalogue::Catalogue;
use crate::source::sqlite::SqliteSource;
use crate::store::{MemoryStore, Progress, Store};

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
        heartbeat: ends::heartbeat(config),
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
    pub fn start_with_memory(self, config: &Config, copy: Copy, common: &Common) -> anyhow::Result<Threads> {
        // A copy that the log does not lead on from may be of another database: nothing is known of its age.
        let complete = self.first.holds(&copy.mark.position)?;
        let (store, copy) = memory(copy, complete);
        start(config, self.source, LocalChanges::new(self.open), store, copy, common)
    }

    pub(super) fn start_with(
        self,
        config: &Config,
        store: impl Store,
        copy: Copy,
        common: &Common,
    ) -> anyhow::Result<Threads> {
        start(config, self.source, LocalChanges::new(self.open), store, copy, common)
    }
}

impl Mysql {
    pub(super) fn start_with_memory(
        self,
        config: &Config,
        copy: Copy,
        common: &Common,
    ) -> anyhow::Result<Threads> {
        let complete = !copy.mark.position.is_none();
        let (store, copy) = memory(copy, complete);
        self.start_with(config, store, copy, common)
    }

    pub(super) fn start_with(
        self,
        config: &Config,
        store: impl Store,
        copy: Copy,
        common: &Common,
    ) -> anyhow::Result<Threads> {
        let (binlog, lifecycle, faults) = (self.binlog, common.lifecycle.clone(), common.faults.clone());
        let open = move || Ok(Binlog::new(binlog.clone(), &lifecycle, &faults));
        start(config, self.source, LocalChanges::new(open), store, copy, common)
    }
}

/// A store that holds what the disk copy does. `complete`: whether the copy can be gone on from.
fn memory(mut copy: Copy, complete: bool) -> (MemoryStore, Copy) {
    let store = MemoryStore::default();
    let mark = &mut copy.mark;
    mark.as_of_ms = if complete { mark.as_of_ms } else { 0 };
    let progress = Progress { position: mark.position.clone(), as_of_ms: mark.as_of_ms, complete };
    store.fill(copy.publisher.current().documents().cloned(), mark.version(), progress);
    (store, copy)
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
        settings: ends::settings(config),
        quarantine: common.quarantine.clone(),
        faults: common.faults.clone(),
        standing: common.standing.clone(),
        lifecycle: common.lifecycle.clone(),
    };
    let mut threads = Threads::default();
    threads.start("projector", &common.lifecycle, &common.faults, projector.run())?;
    follow(&mut threads, store, reader, copy, common)?;
    Ok(threads)
}

/// Starts the role that keeps the snapshots fresh.
pub(super) fn follow(
    threads: &mut Threads,
    store: impl Store,
    feed: impl FeedReader + 'static,
    copy: Copy,
    common: &Common,
) -> anyhow::Result<()> {
    let Copy { publisher, disk, mark } = copy;
    let (faults, lifecycle) = (common.faults.clone(), common.lifecycle.clone());
    let follower = Follower::new(Parts { store, feed, publisher, disk, mark, faults, lifecycle });
    threads.start("follower", &common.lifecycle, &common.faults, follower.run())
}
