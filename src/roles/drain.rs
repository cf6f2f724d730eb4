//! From the first signal to the moment nothing more is accepted.

use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::lifecycle::{Lifecycle, Phase};

/// SIGTERM and SIGINT, from the moment this is made: until then they end the process as it pleases the system.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Needs a runtime. An error means that nothing but `kill -9` would end the process.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("listen for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// What `start` comes to, unless a signal comes first: there is nothing to be polite about yet.
    pub(super) async fn unless<T>(&mut self, start: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            // A start that failed has something to say, also to somebody who is ending it.
            biased;
            started = start => Some(started),
            () = self.next() => {
                tracing::info!("ended before it had started");
                None
            }
        }
    }
}

/// Returns when serving shall end: `drain` after the first signal, or at the second. Whether it was the second: then
/// there is no time to be polite.
pub(super) async fn drained(lifecycle: &Lifecycle, signals: &mut Signals, drain: Duration) -> bool {
    signals.next().await;
    // Nobody has been told that there are pages here.
    let drain = if lifecycle.phase() == Phase::Starting { Duration::ZERO } else { drain };
    lifecycle.enter(Phase::Draining);
    tracing::info!(
        drain_s = drain.as_secs(),
        "draining: health says 503, requests are served; a second signal ends it now"
    );
    tokio::select! {
        () = tokio::time::sleep(drain) => false,
        () = signals.next() => true,
    }
}
