//! The disk copy: what a process starts from after kill -9, with what it had published and where to go on.
//!
//! Two files: a *base*, a whole catalogue written beside the old one and renamed, and a *journal* that every batch is
//! appended to before it is published. A process that dies leaves at most a torn last journal record, which is dropped;
//! anything else that does not check out is damage, and the copy is ignored as a whole. The source is the truth.

mod record;
mod writer;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::car::{Document, FORMAT, Version};
use crate::change::Position;
use record::{Next, Records};
pub use writer::DiskCopy;

/// What a copy was made from. A copy of anything else is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// [`FORMAT`] of the documents.
    format: u32,
    /// [`LAYOUT`] of everything else.
    layout: u32,
    /// Fingerprint of the catalogue's queries and routes.
    catalogue: u64,
    /// The source's URL without its password.
    source: String,
}

impl Identity {
    pub fn new(catalogue: u64, source: String) -> Self {
        Self { format: FORMAT, layout: LAYOUT, catalogue, source }
    }
}

/// Up to where a copy reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub epoch: u64,
    pub sequence: u64,
    pub position: Position,
    /// Every change committed before this instant (unix ms) is in the documents.
    pub as_of_ms: u64,
}

impl Mark {
    pub fn version(&self) -> Version {
        Version { epoch: self.epoch, sequence: self.sequence }
    }
}

/// Second record of a base.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// Names the journal that goes with this base.
    copy: u64,
    mark: Mark,
    n_documents: u64,
}

/// A record of a journal.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    mark: Mark,
    documents: Vec<Arc<Document>>,
}

/// A copy that was read whole. The documents may hold several versions of a car, later ones behind.
#[derive(Debug, Default, PartialEq)]
pub struct Loaded {
    pub mark: Mark,
    pub documents: Vec<Arc<Document>>,
    copy: u64,
    base_bytes: u64,
    /// Of the journal, up to where its records are whole.
    journal_bytes: u64,
}

/// Why a copy is not used; each is a warning, none an error.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    #[error("there is none")]
    Absent,
    #[error("it was made from another source, catalogue or build")]
    Foreign,
    #[error("it is damaged")]
    Damaged,
}

/// Raise it with every change of a record's type in this module.
const LAYOUT: u32 = 2;

const BASE: &str = "snapshot.bin";

fn journal(directory: &Path, copy: u64) -> PathBuf {
    directory.join(format!("snapshot-{copy:016x}.journal"))
}

/// Reads the copy in `directory`.
pub fn load(directory: &Path, identity: &Identity) -> Result<Loaded, Ignored> {
    let open =
        |path: PathBuf| File::open(path).map(|file| Records::new(BufReader::with_capacity(1 << 20, file)));
    let mut base = open(directory.join(BASE)).map_err(|_| Ignored::Absent)?;
    // The identity comes first and alone, since another build's header may have another layout.
    if base.whole::<Identity>()? != *identity {
        return Err(Ignored::Foreign);
    }
    let header: Header = base.whole()?;
    let n_documents = usize::try_from(header.n_documents).map_err(|_| Ignored::Damaged)?;
    let mut loaded = Loaded { mark: header.mark, copy: header.copy, ..Loaded::default() };
    while loaded.documents.len() < n_documents {
        let documents: Vec<Arc<Document>> = base.whole()?;
        if documents.is_empty() {
            return Err(Ignored::Damaged);
        }
        loaded.documents.extend(documents);
    }
    if loaded.documents.len() != n_documents || !matches!(base.next::<Entry>(), Next::End) {
        return Err(Ignored::Damaged);
    }
    loaded.base_bytes = base.bytes();
    let Ok(mut entries) = open(journal(directory, header.copy)) else { return Err(Ignored::Damaged) };
    loop {
        match entries.next::<Entry>() {
            Next::Record(entry) => {
                loaded.mark = entry.mark;
                loaded.documents.extend(entry.documents);
            }
            Next::End | Next::Torn => {
                loaded.journal_bytes = entries.bytes();
                return Ok(loaded);
            }
            Next::Damaged => return Err(Ignored::Damaged),
        }
    }
}

#[cfg(test)]
mod tests;
