//! Makes cards before a visitor's page needs them, while nobody else needs the processor.

use std::sync::Arc;
use std::time::Duration;

use super::{Common, Threads};
use crate::lifecycle::{Lifecycle, Phase};
use crate::page::CardsAhead;
use crate::server::Shared;

const ROLE: &str = "ahead";

/// How often the snapshot is looked at: what a visitor asks for sooner is made for them.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) fn start(shared: &Arc<Shared>, common: &Common, threads: &mut Threads) -> anyhow::Result<()> {
    let run = run(Arc::clone(shared), common.lifecycle.clone());
    threads.start(ROLE, &common.lifecycle, &common.faults, run)
}

async fn run(shared: Arc<Shared>, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let mut ahead = CardsAhead::default();
    while !lifecycle.is_stopping() {
        let more = shared.pages.make_ahead(&shared.site, &shared.snapshots.load(), &mut ahead);
        if !more {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = lifecycle.reached(Phase::Stopping) => {}
            }
        }
    }
    Ok(())
}
