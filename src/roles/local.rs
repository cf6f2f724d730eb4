//! The chain within one process: relay -> projector -> store and feed -> follower -> snapshot.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;

use super::ends::{self, Mysql};
use super::{Common, Copy, Threads};
use crate::change::{ChangeReader, Position};
use crate::config::Config;
use crate::feed::{self, FeedReader};
use crate::follower::{Follower, Parts};
use crate::relay::LocalChanges;
use crate::relay::mysql::Binlog;
use crate::relay::sqlite::{ChangeTable, Rhythm};
use crate::source::Source;
use crate::source::catalogue::Catalogue;
use crate::source::mysql::MysqlSource;
use crate::source::sqlite::SqliteSource;
use crate::store::{MemoryStore, Progress, Store, ValkeyStore};

/// Whether a log leads on from a place that the disk copy has.
type LeadsOn = Box<dyn FnOnce(&Position) -> anyhow::Result<bool> + Send>;

/// A source, checked and open, and its log.
pub struct Local<S, C> {
    source: S,
    changes: C,
    leads_on: LeadsOn,
}

/// Opens and checks the source. An error is one line.
pub fn sqlite(
    config: &Config,
    path: &Path,
    catalogue: &Arc<Catalogue>,
    common: &Common,
) -> Result<Local<SqliteSource, impl ChangeReader + use<>>, String> {
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
    let leads_on = Box::new(move |position: &Position| Ok(first.holds(position)?));
    Ok(Local { source, changes: LocalChanges::new(open), leads_on })
}

pub(super) fn mysql(mysql: Mysql, common: &Common) -> Local<MysqlSource, impl ChangeReader + use<>> {
    let (binlog, lifecycle, faults) = (mysql.binlog, common.lifecycle.clone(), common.faults.clone());
    let open = move || Ok(Binlog::new(binlog.clone(), &lifecycle, &faults));
    let leads_on = Box::new(|position: &Position| Ok(!position.is_none()));
    Local { source: mysql.source, changes: LocalChanges::new(open), leads_on }
}

impl<S: Source + 'static, C: ChangeReader + 'static> Local<S, C> {
    /// Without a `store` documents are in this process's memory, which the disk copy makes durable.
    pub fn start(
        self,
        config: &Config,
        store: Option<ValkeyStore>,
        copy: Copy,
        common: &Common,
    ) -> anyhow::Result<Threads> {
        let Self { source, changes, leads_on } = self;
        if let Some(store) = store {
            return start(config, source, changes, store, copy, common);
        }
        // A copy that the log does not lead on from may be of another database: nothing is known of its age.
        let complete = leads_on(&copy.mark.position)?;
        let (store, copy) = memory(copy, complete);
        start(config, source, changes, store, copy, common)
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
    let projector = ends::projector(config, common, source, store.clone(), writer, changes);
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
    let follower = Follower::new(Parts { store, publisher, disk, mark, faults, lifecycle });
    threads.start("follower", &common.lifecycle, &common.faults, follower.run(feed))
}
