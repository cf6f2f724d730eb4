//! Where a serving process writes what visitors were shown and did.

use super::{Common, Failure, Threads, ends};
use crate::config::Config;
use crate::events::{self, FileSink, KafkaSink, Queue};

/// Starts the role, which never is in the way of a page.
pub(super) fn start(
    config: &Config,
    queue: Queue,
    common: &Common,
    threads: &mut Threads,
) -> Result<(), Failure> {
    let (counts, lifecycle) = (queue.counts.clone(), common.lifecycle.clone());
    if config.has_kafka() {
        let sink = KafkaSink::new(ends::kafka(config)?, counts);
        let run = events::run(queue, sink, lifecycle);
        threads.start(events::ROLE, &common.lifecycle, &common.faults, run)?;
    } else {
        let sink = FileSink::new(&config.data.dir, counts);
        let run = events::run(queue, sink, lifecycle);
        threads.start(events::ROLE, &common.lifecycle, &common.faults, run)?;
    }
    Ok(())
}
