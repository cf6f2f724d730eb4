//! The process's phases, and the end of it that loses no request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// Only ever moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    /// No snapshot yet: health is 503, pages are 503.
    Starting,
    /// Every page is answered from memory.
    Ready,
    /// Health is 503 so that the load balancer turns away; pages are served, connections close politely.
    Draining,
    /// Nothing is accepted any more; roles end.
    Stopping,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Stopping => "stopping",
        }
    }
}

/// Shared by everything that runs.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// The phase again, for the request path: one relaxed load.
    phase: Arc<AtomicU8>,
    changes: Arc<watch::Sender<Phase>>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        let changes = Arc::new(watch::Sender::new(Phase::Starting));
        Self { phase: Arc::new(AtomicU8::new(Phase::Starting as u8)), changes }
    }
}

impl Lifecycle {
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Starting,
            1 => Phase::Ready,
            2 => Phase::Draining,
            _ => Phase::Stopping,
        }
    }

    /// Moves on to `phase`; going back is ignored, since a late "ready" must not undo a drain.
    pub fn enter(&self, phase: Phase) {
        self.changes.send_if_modified(|current| {
            let later = phase > *current;
            if later {
                *current = phase;
                self.phase.store(phase as u8, Ordering::Relaxed);
            }
            later
        });
    }

    pub fn is_stopping(&self) -> bool {
        self.phase() == Phase::Stopping
    }

    /// Returns once `phase` is reached or passed.
    pub async fn reached(&self, phase: Phase) {
        let mut changes = self.changes.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = changes.wait_for(|current| *current >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Lifecycle, Phase};

    #[test]
    fn a_late_ready_does_not_undo_a_drain() {
        let lifecycle = Lifecycle::default();
        lifecycle.enter(Phase::Draining);
        lifecycle.enter(Phase::Ready);
        assert_eq!(lifecycle.phase(), Phase::Draining);
    }
}
