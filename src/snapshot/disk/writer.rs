//! Writing the copy while serving.
//!
//! A new base is written on a thread of its own. Meanwhile batches go to the journals of both bases, so that whichever
//! base a crash leaves in place, its journal is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{BASE, Entry, Header, Identity, Loaded, Mark, journal, record};
use crate::car::Document;
use crate::clock;
use crate::snapshot::Snapshot;

/// Documents in one record of a base.
const RECORD_DOCUMENTS: usize = 256;
/// A journal shorter than this is not worth a new base.
const JOURNAL_BYTES_MIN: u64 = 16 << 20;
/// A disk that is full stays so for a while.
const REWRITE_AFTER_FAILURE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct DiskCopy {
    directory: PathBuf,
    identity: Identity,
    journals: Vec<Journal>,
    base_bytes: u64,
    /// The base being written.
    pub(super) pending: Option<JoinHandle<std::io::Result<u64>>>,
    rewrite_after: Option<Instant>,
}

#[derive(Debug)]
struct Journal {
    copy: u64,
    file: File,
    bytes: u64,
}

impl DiskCopy {
    /// Nothing is written before the first [`Self::rewrite`].
    pub fn new(directory: &Path, identity: Identity) -> Self {
        let directory = directory.to_owned();
        Self { directory, identity, journals: Vec::new(), base_bytes: 0, pending: None, rewrite_after: None }
    }

    /// Goes on with the copy that was loaded: its journal grows from where it was whole.
    pub fn resume(&mut self, loaded: &Loaded) -> std::io::Result<()> {
        let path = journal(&self.directory, loaded.copy);
        let file = OpenOptions::new().append(true).open(path)?;
        file.set_len(loaded.journal_bytes)?;
        self.journals = vec![Journal { copy: loaded.copy, file, bytes: loaded.journal_bytes }];
        self.base_bytes = loaded.base_bytes;
        Ok(())
    }

    /// Keeps a batch before it is published.
    pub fn append(&mut self, mark: &Mark, documents: &[Arc<Document>]) -> std::io::Result<()> {
        let entry = Entry { mark: mark.clone(), documents: documents.to_vec() };
        let mut write = || {
            for journal in &mut self.journals {
                journal.bytes += record::write(&mut journal.file, &entry)?;
            }
            Ok(())
        };
        let written = write();
        if written.is_err() {
            // What follows would make a copy with a hole in it look whole.
            self.abandon();
        }
        written
    }

    /// Removes the copy; a later rewrite begins a new one.
    fn abandon(&mut self) {
        if let Some(pending) = self.pending.take() {
            let _ = pending.join();
        }
        let _ = fs::remove_file(self.directory.join(BASE));
        self.journals.clear();
        self.remove_strays();
        self.rewrite_after = Some(clock::now() + REWRITE_AFTER_FAILURE);
    }

    /// Whether the journal has outgrown its base.
    pub fn is_worn(&self) -> bool {
        if self.rewrite_after.is_some_and(|after| clock::now() < after) {
            return false;
        }
        let worn = |journal: &Journal| journal.bytes > JOURNAL_BYTES_MIN.max(self.base_bytes);
        self.pending.is_none() && self.journals.last().is_none_or(worn)
    }

    /// Begins to write a new base from `snapshot`, which holds everything up to `mark`.
    pub fn rewrite(&mut self, snapshot: Arc<Snapshot>, mark: Mark) -> std::io::Result<()> {
        self.finish()?;
        let copy = self.journals.last().map_or_else(clock::unix_ms, |journal| journal.copy + 1);
        let file = File::create(journal(&self.directory, copy))?;
        self.journals.push(Journal { copy, file, bytes: 0 });
        let (directory, identity) = (self.directory.clone(), self.identity.clone());
        let write = move || write_base(&directory, &identity, &snapshot, copy, mark);
        self.pending = Some(std::thread::Builder::new().name("disk-copy".to_owned()).spawn(write)?);
        Ok(())
    }

    /// Ends the rewrite under way once its base is in place. Call now and then.
    pub fn settle(&mut self) -> std::io::Result<()> {
        if self.pending.as_ref().is_some_and(JoinHandle::is_finished) { self.finish() } else { Ok(()) }
    }

    /// Waits for the rewrite under way.
    pub fn finish(&mut self) -> std::io::Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let written = pending.join().unwrap_or_else(|_| Err(std::io::Error::other("the writer panicked")));
        // Without its base a journal is of no use, and neither is the older one beside the new base.
        let useless = if written.is_ok() {
            0..self.journals.len() - 1
        } else {
            self.journals.len() - 1..self.journals.len()
        };
        for old in self.journals.drain(useless) {
            let _ = fs::remove_file(journal(&self.directory, old.copy));
        }
        if written.is_err() {
            self.rewrite_after = Some(clock::now() + REWRITE_AFTER_FAILURE);
        }
        self.base_bytes = written?;
        self.remove_strays();
        Ok(())
    }

    /// Journals of bases that are gone: left by processes that died between two renames.
    fn remove_strays(&self) {
        let ours = |path: &Path| self.journals.iter().any(|kept| journal(&self.directory, kept.copy) == path);
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "journal") && !ours(&path) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn write_base(
    directory: &Path,
    identity: &Identity,
    snapshot: &Snapshot,
    copy: u64,
    mark: Mark,
) -> std::io::Result<u64> {
    let temporary = directory.join("snapshot.tmp");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&temporary)?);
    let mut bytes = record::write(&mut out, identity)?;
    let n_documents = snapshot.len() as u64;
    bytes += record::write(&mut out, &Header { copy, mark, n_documents })?;
    let mut documents = snapshot.documents().peekable();
    while documents.peek().is_some() {
        let chunk: Vec<_> = documents.by_ref().take(RECORD_DOCUMENTS).collect();
        bytes += record::write(&mut out, &chunk)?;
    }
    out.flush()?;
    out.get_ref().sync_all()?;
    fs::rename(&temporary, directory.join(BASE))?;
    File::open(directory)?.sync_all()?;
    Ok(bytes)
}
