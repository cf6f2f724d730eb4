//! What is counted of leads, and how the queues stand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use metrics::Counter;

use super::Place;

/// What a post came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Safe, and answered so.
    Accepted,
    /// The same, and put aside.
    Quarantined,
    /// It was there already: the same receipt.
    Repeated,
    /// A withdrawal, safe.
    Withdrawn,
    /// Something typed was wrong.
    Invalid,
    /// By another site, too large, or no form of ours.
    Refused,
    /// Not safe in time, or there was no room: the form came back.
    NotTaken,
}

impl Outcome {
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Quarantined,
        Self::Repeated,
        Self::Withdrawn,
        Self::Invalid,
        Self::Refused,
        Self::NotTaken,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
            Self::Repeated => "repeated",
            Self::Withdrawn => "withdrawn",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::NotTaken => "not_taken",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Counts {
    outcomes: [Counter; Outcome::ALL.len()],
    /// Answered while it was nowhere else: on this disk, or in Kafka alone.
    single: [Counter; 2],
    pub delivered: Counter,
}

impl Counts {
    pub(super) fn new() -> Self {
        let of = |outcome: Outcome| metrics::counter!("forecourt_leads_total", "outcome" => outcome.as_str());
        let single = |place| metrics::counter!("forecourt_leads_single_copy_total", "place" => place);
        let own = Self {
            outcomes: Outcome::ALL.map(of),
            single: ["spool", "kafka"].map(single),
            delivered: metrics::counter!("forecourt_leads_delivered_total"),
        };
        let all = own.outcomes.iter().chain(&own.single).chain([&own.delivered]);
        all.for_each(|counter| counter.increment(0));
        own
    }

    pub fn add(&self, outcome: Outcome) {
        self.outcomes[outcome as usize].increment(1);
    }

    pub fn single_copy(&self, place: Place) {
        self.single[place as usize].increment(1);
    }
}

/// How the queues stand, for the status page.
#[derive(Clone, Debug, Default)]
pub struct Standing(Arc<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    queued: AtomicI64,
    waiting: AtomicI64,
    oldest_ms: AtomicU64,
    spool_bytes: AtomicU64,
    spool_fails: AtomicBool,
}

impl Standing {
    /// Between requests and the disk.
    pub fn queued(&self) -> i64 {
        self.0.queued.load(Ordering::Relaxed)
    }

    pub fn add_queued(&self, leads: i64) {
        self.0.queued.fetch_add(leads, Ordering::Relaxed);
    }

    /// In the spool, and not in Kafka.
    pub fn waiting(&self) -> i64 {
        self.0.waiting.load(Ordering::Relaxed).max(0)
    }

    pub fn add_waiting(&self, leads: i64) {
        self.0.waiting.fetch_add(leads, Ordering::Relaxed);
    }

    /// When the oldest of those was left, unix ms.
    pub fn oldest_ms(&self) -> Option<u64> {
        Some(self.0.oldest_ms.load(Ordering::Relaxed)).filter(|&ms| ms > 0 && self.waiting() > 0)
    }

    pub fn set_oldest_ms(&self, ms: u64) {
        self.0.oldest_ms.store(ms, Ordering::Relaxed);
    }

    /// Of the spool on the disk, when it was last looked at: who asks waits for no disk.
    pub fn spool_bytes(&self) -> u64 {
        self.0.spool_bytes.load(Ordering::Relaxed)
    }

    pub fn set_spool_bytes(&self, bytes: u64) {
        self.0.spool_bytes.store(bytes, Ordering::Relaxed);
    }

    /// The last batch is not on the disk.
    pub fn spool_fails(&self) -> bool {
        self.0.spool_fails.load(Ordering::Relaxed)
    }

    pub fn set_spool_fails(&self, fails: bool) {
        self.0.spool_fails.store(fails, Ordering::Relaxed);
    }
}
