//! From the first signal to the moment nothing more is accepted.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::lifecycle::{Lifecycle, Phase};

/// Returns when serving shall end: `drain` after the first SIGTERM or SIGINT, or at the second. Whether it was the
/// second: then there is no time to be polite.
pub(super) async fn drained(lifecycle: &Lifecycle, drain: Duration) -> bool {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("cannot listen for signals; only kill -9 will end this process");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    lifecycle.enter(Phase::Draining);
    tracing::info!(
        drain_s = drain.as_secs(),
        "draining: health says 503, requests are served; a second signal ends it now"
    );
    tokio::select! {
        () = tokio::time::sleep(drain) => false,
        _ = terminate.recv() => true,
        _ = interrupt.recv() => true,
    }
}
