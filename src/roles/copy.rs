//! What a serving process starts from: its disk copy, published before anything else is.

use std::sync::Arc;

use crate::config::{Config, masked};
use crate::rank::Model;
use crate::snapshot::disk::{self, DiskCopy, Identity, Ignored, Mark};
use crate::snapshot::{Publisher, Snapshots};
use crate::source::catalogue::Catalogue;

#[derive(Debug)]
pub struct Copy {
    pub publisher: Publisher,
    /// The writer that goes on with the copy.
    pub disk: DiskCopy,
    /// Where the copy came from; nothing, without one.
    pub mark: Mark,
}

impl Copy {
    /// Reads the copy in `data.dir`, if there is one that can be used.
    pub fn load(config: &Config, catalogue: &Catalogue, snapshots: &Arc<Snapshots>, model: Model) -> Self {
        let dir = &config.data.dir;
        let identity = Identity::new(catalogue.fingerprint, masked(&config.source.url));
        let loaded = disk::load(dir, &identity);
        let mut disk = DiskCopy::new(dir, identity);
        let publisher = Publisher::new(Arc::clone(snapshots));
        // First the model: cars get their vectors as they come.
        publisher.publish(|empty| empty.with_model(Arc::new(model)));
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(why) => {
                if why != Ignored::Absent {
                    tracing::warn!("the disk copy in {} is not used: {why}", dir.display());
                }
                return Self { publisher, disk, mark: Mark::default() };
            }
        };
        if let Err(error) = disk.resume(&loaded) {
            tracing::warn!("the disk copy cannot be gone on with, it is written anew: {error}");
        }
        publisher.publish(|empty| empty.with(loaded.documents).0);
        Self { publisher, disk, mark: loaded.mark }
    }
}
