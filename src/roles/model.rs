//! The ranking model in effect: the configured file, followed as it is replaced, or the one built in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Common, Threads};
use crate::clock;
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::rank::Model;
use crate::snapshot::Publisher;

const BUILT_IN: &[u8] = include_bytes!("../../assets/model.safetensors");
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The fault of a file that is no model.
const ROLE: &str = "model";
/// A hundred times what a large marketplace needs.
const BYTES_MAX: u64 = 4 << 30;

/// Which state of the file was read last.
type Seen = Option<(SystemTime, u64, u64)>;

/// Reads the model the settings name. An error is one line.
pub fn load(config: &Config) -> Result<Model, String> {
    let file = &config.rank.model;
    if file.as_os_str().is_empty() {
        return Model::read(BUILT_IN).map_err(|e| format!("the built-in model: {e}"));
    }
    read(file).map_err(|e| format!("rank.model: {}: {e}", file.display()))
}

fn read(file: &Path) -> Result<Model, String> {
    let metadata = fs::metadata(file).map_err(|e| e.to_string())?;
    // A pipe would be waited for, and a device has no end.
    if !metadata.is_file() {
        return Err("not a file".to_owned());
    }
    let bytes = metadata.len();
    if bytes > BYTES_MAX {
        return Err(format!("{bytes} bytes, at most {BYTES_MAX}"));
    }
    Model::read(&fs::read(file).map_err(|e| e.to_string())?).map_err(|e| e.to_string())
}

fn state(file: &Path) -> Seen {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
}

/// Starts the role that follows the file.
pub(super) fn start(
    config: &Config,
    publisher: Publisher,
    common: &Common,
    threads: &mut Threads,
) -> anyhow::Result<()> {
    let run = follow(config.clone(), publisher, common.clone());
    threads.start("model", &common.lifecycle, &common.faults, run)
}

/// Publishes every new model that the file holds. What is no model changes nothing, and is said.
async fn follow(config: Config, publisher: Publisher, common: Common) -> anyhow::Result<()> {
    let file: PathBuf = config.rank.model.clone();
    for outcome in ["loaded", "refused"] {
        metrics::counter!("forecourt_model_reads_total", "outcome" => outcome).increment(0);
    }
    if file.as_os_str().is_empty() {
        return stopping(&common.lifecycle).await;
    }
    // Whatever is there is read once more: it may have come after the start had read the file.
    let mut seen = None;
    let mut tried = None;
    let look = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = Some(state(&file));
            // Once more when it has settled: it may be read while it is written.
            if now == seen || now != tried {
                tried = now;
                continue;
            }
            seen = now;
            take(&file, &publisher, &common);
        }
    };
    tokio::select! {
        () = look => Ok(()),
        ended = stopping(&common.lifecycle) => ended,
    }
}

fn take(file: &Path, publisher: &Publisher, common: &Common) {
    let read = read(file);
    let outcome = if read.is_ok() { "loaded" } else { "refused" };
    metrics::counter!("forecourt_model_reads_total", "outcome" => outcome).increment(1);
    match read {
        Ok(model) => {
            common.faults.clear(ROLE);
            let ranking = publisher.current();
            if ranking.ranking().first().is_some_and(|ranked| ranked.model.id == model.id) {
                return;
            }
            tracing::info!(generation = model.generation, features = model.n_features, "a new ranking model");
            let model = Arc::new(model);
            publisher.publish(|current| current.with_model(model));
        }
        Err(why) => {
            let reason = format!("{}: {why}; the model before stays", file.display());
            // Each file is read once.
            tracing::error!("{reason}");
            common.faults.put(ROLE, &reason, clock::unix_ms());
        }
    }
}

async fn stopping(lifecycle: &Lifecycle) -> anyhow::Result<()> {
    lifecycle.reached(crate::lifecycle::Phase::Stopping).await;
    Ok(())
}
