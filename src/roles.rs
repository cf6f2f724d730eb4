//! Composition: from the settings to running roles.
//!
//! Everything that can be wrong with the settings is found before a port is bound. After that nothing but a signal
//! ends a process: a role that fails is logged, and what it kept fresh says that it grows old.
//!
//! - `serve`: the pages; with Kafka a follower beside them, without it the whole chain
//! - `background`: relay and projector as processes of their own
//! - `audit`: compares and ends; `rank`: prints an order and ends
//! - `health`: asks a running process whether it lives
//! - `model`: the ranking model in effect; `visitors`: the keys of what visitors carry
//! - `local`: the chain within one process; `ends`: what the chain is made of, opened from the settings
//! - `ahead`: makes what visitors' pages are put together from; `events`: where what visitors did is written; `leads`: what an operator does with the spool
//! - `copy`, `threads`, `drain`: what a serving process starts from, runs on, and how it ends

mod ahead;
pub mod audit;
pub mod background;
mod copy;
mod drain;
mod ends;
mod events;
pub mod health;
pub mod leads;
pub mod local;
pub mod model;
pub mod rank;
pub mod serve;
mod threads;
mod visitors;

use std::fs::{self, File};

pub use copy::Copy;
pub use threads::Threads;

use crate::config::{self, Config};
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;
use crate::projector::Standing;
use crate::quarantine::Quarantine;
use crate::source::catalogue::{self, Catalogue};

/// What the roles of a process share.
#[derive(Clone, Debug, Default)]
pub struct Common {
    pub lifecycle: Lifecycle,
    pub quarantine: Quarantine,
    pub faults: Faults,
    pub standing: Standing,
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was bound or begun: somebody has to change what is said here.
    Usage(String),
    /// The same, of somebody who does not answer, however long that was waited for.
    Away(String),
    Runtime(anyhow::Error),
    /// It did, and what it found has been printed.
    Differs,
    /// An audit could not ask somebody.
    NotCompared(String),
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Runtime(error)
    }
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

/// Finds what is wrong with the settings, whatever the role; asks nobody and makes nothing.
pub fn check(config: &Config) -> Result<(), Failure> {
    ends::check(config, &catalogue(config).map_err(Failure::Usage)?)
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
