//! The role: one of several projectors works at a time, the one that holds the store's lease. The others stand by.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::active::Active;
use crate::car::Version;
use crate::change::ChangeReader;
use crate::clock;
use crate::faults::Faults;
use crate::feed::{self, FeedWriter};
use crate::lifecycle::{Lifecycle, Phase};
use crate::quarantine::Quarantine;
use crate::source::Source;
use crate::store::{self, Claim, Store};

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub batch_cars_max: usize,
    pub sweep_interval: Duration,
    pub sweep_cars_per_second: u32,
    /// How often the feed says that there is nothing to say.
    pub heartbeat: Duration,
    /// How often the lease is renewed, or asked for.
    pub lease_interval: Duration,
}

#[derive(Debug)]
pub struct Projector<S, D, F, C> {
    pub source: S,
    pub store: D,
    pub feed: F,
    pub changes: C,
    pub settings: Settings,
    pub quarantine: Quarantine,
    pub faults: Faults,
    pub standing: Standing,
    pub lifecycle: Lifecycle,
}

/// What the status page tells of a projector.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    inner: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// `None`: standing by.
    pub epoch: Option<u64>,
    /// What was answered when the lease was last asked for.
    pub lease: Lease,
    /// The last version written.
    pub written: Version,
    pub as_of_ms: u64,
    pub dirty_cars: usize,
    /// Of every car, when the store has to be filled: fetched so far, and in all.
    pub bootstrap: Option<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lease {
    /// No answer yet, or none that helps: a fault says why.
    #[default]
    Asked,
    OfAnother,
    Own,
}

impl Lease {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asks for the lease and has no answer yet",
            Self::OfAnother => "stands by: another projector holds the lease",
            Self::Own => "holds the lease",
        }
    }
}

impl State {
    /// Whether this projector works, in words; `fault`: what it waits for.
    pub fn why(&self, fault: Option<&str>) -> String {
        match (self.lease, fault) {
            (Lease::Asked, Some(fault)) => format!("cannot take the lease: {fault}"),
            (lease, _) => lease.as_str().to_owned(),
        }
    }
}

impl Standing {
    pub fn get(&self) -> State {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whose faults are the projector's own.
pub const ROLE: &str = "projector";

/// How long to wait after a failure. The source or store is away for seconds or minutes, not for a time worth growing.
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(200);

/// An epoch is called by the time it begins at (unix ms), unless a greater one is known: whatever was lost, flushed or begun
/// anew, it is greater than those before.
fn epoch_of_now() -> u64 {
    clock::unix_ms()
}

impl<S: Source, D: Store, F: FeedWriter, C: ChangeReader> Projector<S, D, F, C> {
    /// Runs until the process stops or nobody reads any more.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let lifecycle = self.lifecycle.clone();
        // There from the start, so that alarms see a change.
        metrics::gauge!("forecourt_projector_active").set(0.0);
        metrics::gauge!("forecourt_dirty_cars").set(0.0);
        metrics::counter!("forecourt_changes_total").increment(0);
        metrics::counter!("forecourt_dead_letters_total").increment(0);
        metrics::counter!("forecourt_documents_written_total").increment(0);
        metrics::counter!("forecourt_quarantined_total").increment(0);
        metrics::counter!("forecourt_store_damaged_total").increment(0);
        loop {
            let claim = tokio::select! {
                claim = self.claimed() => claim?,
                () = lifecycle.reached(Phase::Stopping) => return Ok(()),
            };
            let epoch = claim.epoch;
            let written = Version { epoch, sequence: claim.head.sequence };
            tracing::info!(epoch, "this projector is active");
            metrics::gauge!("forecourt_projector_active").set(1.0);
            let begun = State { epoch: Some(epoch), lease: Lease::Own, written, ..State::default() };
            self.standing.update(|state| *state = begun);
            let (store, standing) = (self.store.clone(), self.standing.clone());
            let keep = keep(&store, epoch, || standing.get().written, self.settings.lease_interval);
            let ended = tokio::select! {
                ended = Active::new(&mut self, claim).run() => ended,
                lost = keep => Err(lost.into()),
                () = lifecycle.reached(Phase::Stopping) => {
                    self.store.release(epoch).await;
                    return Ok(());
                }
            };
            metrics::gauge!("forecourt_projector_active").set(0.0);
            metrics::gauge!("forecourt_dirty_cars").set(0.0);
            // What another one writes from now on is not known here.
            self.standing.update(|state| *state = State { written: state.written, ..State::default() });
            let Err(error) = ended else { return Ok(()) };
            if let Some(feed::Error::Closed) = error.downcast_ref() {
                return Ok(());
            }
            tracing::warn!(epoch, "this projector stands by: {error:#}");
            self.faults.clear(ROLE);
        }
    }

    /// Waits for the lease.
    async fn claimed(&mut self) -> anyhow::Result<Claim> {
        let mut seen = self.standing.get().written;
        loop {
            let at_least = epoch_of_now().max(seen.epoch + 1);
            match self.store.claim(at_least, seen).await {
                Ok(Some(claim)) => {
                    self.standing.update(|state| state.lease = Lease::Asked);
                    // Only now: those that stand by need not ask the brokers.
                    let (store, interval) = (self.store.clone(), self.settings.lease_interval);
                    let last = tokio::select! {
                        last = self.feed.last() => last,
                        _lost = keep(&store, claim.epoch, Version::default, interval) => continue,
                    };
                    let last = match last {
                        Ok(last) => last.unwrap_or_default(),
                        Err(feed::Error::Closed) => return Err(feed::Error::Closed.into()),
                        Err(error) => {
                            self.store.release(claim.epoch).await;
                            wait_after(&self.faults, &error.to_string()).await;
                            continue;
                        }
                    };
                    // If the store has lost what the feed tells of, the claim has to be made with that in mind.
                    if last > seen && (last.epoch >= claim.epoch || last > claim.head) {
                        seen = last;
                        continue;
                    }
                    match move_head(&self.store, &claim).await {
                        Ok(()) => {
                            self.faults.clear(ROLE);
                            return Ok(claim);
                        }
                        Err(error) => wait_after(&self.faults, &error.to_string()).await,
                    }
                }
                Ok(None) => {
                    self.faults.clear(ROLE);
                    self.standing.update(|state| state.lease = Lease::OfAnother);
                    tokio::time::sleep(self.settings.lease_interval).await;
                }
                Err(error) => {
                    self.standing.update(|state| state.lease = Lease::Asked);
                    wait_after(&self.faults, &error.to_string()).await;
                }
            }
        }
    }
}

/// Moves the head into the epoch before anything is said in it: a store whose head stands before the feed has lost writes.
async fn move_head<D: Store>(store: &D, claim: &Claim) -> Result<(), store::Error> {
    let version = Version { epoch: claim.epoch, sequence: claim.head.sequence };
    store.put(claim.head, version, &[]).await
}

/// Says what fails, and waits.
pub(super) async fn wait_after(faults: &Faults, reason: &str) {
    if faults.put(ROLE, reason, clock::unix_ms()) {
        tracing::error!("{reason}; trying again");
    }
    metrics::counter!("forecourt_projector_errors_total").increment(1);
    tokio::time::sleep(RETRY_AFTER).await;
}

/// Renews the lease beside the work. Returns when it is lost, or the store has lost what was written to it.
async fn keep<D: Store>(
    store: &D,
    epoch: u64,
    written: impl Fn() -> Version,
    interval: Duration,
) -> store::Error {
    loop {
        tokio::time::sleep(interval).await;
        match store.renew(epoch, written()).await {
            // Nobody else has claimed it while it could not be reached, or the next renewal says so.
            Ok(()) | Err(store::Error::Unavailable(_)) => {}
            Err(lost) => return lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lease, State};

    #[test]
    fn a_projector_says_in_words_why_it_does_not_work() {
        for (lease, fault, expected) in [
            (Lease::Own, Some("the source is away"), "holds the lease"),
            (Lease::OfAnother, None, "stands by: another projector holds the lease"),
            (Lease::Asked, None, "asks for the lease and has no answer yet"),
            (Lease::Asked, Some("no answer"), "cannot take the lease: no answer"),
        ] {
            assert_eq!(State { lease, ..State::default() }.why(fault), expected);
        }
    }
}
