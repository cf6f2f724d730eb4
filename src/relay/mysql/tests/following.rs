//! A binlog that is followed as the program does it: on a thread and a runtime of its own.

use std::time::Duration;

use mysql_async::Opts;
use tokio::sync::mpsc;

use crate::change::{Batch, Change, ChangeLog as _, Position};
use crate::clock;
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;
use crate::relay::mysql::{Binlog, Settings, Tables};

pub(super) const HEARTBEAT: Duration = Duration::from_millis(200);
/// Whatever is waited for comes sooner, also on a machine that has other things to do.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Following {
    pub(super) batches: mpsc::Receiver<Batch>,
    pub(super) resumed: bool,
    pub(super) begin: Position,
    /// Of the last batch.
    pub(super) position: Position,
    pub(super) faults: Faults,
    pub(super) lifecycle: Lifecycle,
    thread: Option<std::thread::JoinHandle<()>>,
}

pub(super) fn settings(opts: Opts, tables: Tables) -> Settings {
    Settings { opts, database: "shop".to_owned(), tables, server_id: 0, heartbeat: HEARTBEAT }
}

impl Following {
    /// All tables of the database `shop`.
    pub(super) async fn start(opts: Opts, position: &Position) -> Self {
        Self::with(settings(opts, Tables::All), position).await
    }

    pub(super) async fn with(settings: Settings, position: &Position) -> Self {
        let (lifecycle, faults) = (Lifecycle::default(), Faults::default());
        let mut log = Binlog::new(settings, &lifecycle, &faults);
        let resumed = log.resume(position).await.unwrap();
        let begin = log.begin();
        let (sender, batches) = mpsc::channel(8);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let thread = std::thread::spawn(move || runtime.block_on(log.follow(sender)));
        Self {
            batches,
            resumed,
            begin: begin.clone(),
            position: begin,
            faults,
            lifecycle,
            thread: Some(thread),
        }
    }

    pub(super) async fn next(&mut self) -> Batch {
        let batch = tokio::time::timeout(PATIENCE, self.batches.recv()).await;
        let batch = batch.unwrap_or_else(|_| panic!("no batch; {:?}", self.faults.list())).unwrap();
        self.position = batch.position.clone();
        batch
    }

    /// All changes of what was committed before this call.
    pub(super) async fn all(&mut self) -> Vec<Change> {
        // The clock of the marks counts milliseconds.
        let now_ms = clock::unix_ms() + 1;
        let mut changes = Vec::new();
        loop {
            let batch = self.next().await;
            changes.extend(batch.changes);
            if batch.complete_until_ms.is_some_and(|ms| ms >= now_ms) {
                return changes;
            }
        }
    }

    /// Waits for the thread's end.
    pub(super) fn join(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.batches.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// `op table note-or-key: image`, to compare with.
pub(super) fn brief(change: &Change) -> String {
    let op = serde_json::to_value(change.op).unwrap();
    let image = |image: &Option<_>| {
        image.as_ref().map_or("-".to_owned(), |image| serde_json::to_string(image).unwrap())
    };
    let (op, table) = (op.as_str().unwrap(), &change.table);
    match &change.note {
        Some(note) => format!("{op} {table}: {note}"),
        None => format!("{op} {table}: {} {}", image(&change.before), image(&change.after)),
    }
}

pub(super) fn briefs(changes: &[Change]) -> Vec<String> {
    changes.iter().map(brief).collect()
}
