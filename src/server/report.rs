//! What a serving instance tells on its admin port.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::admin::Report;
use super::{Shared, Workers};
use crate::car::Status;
use crate::lifecycle::Phase;

/// A worker that has not shown itself for so long is stuck.
const BEAT_S_MAX: u32 = 5;

#[derive(Debug)]
pub struct Instance {
    pub shared: Arc<Shared>,
    pub workers: Arc<Workers>,
}

impl Report for Instance {
    fn phase(&self) -> Phase {
        self.shared.lifecycle.phase()
    }

    fn live(&self) -> Result<(), &'static str> {
        if self.workers.slowest_beat_s() > BEAT_S_MAX { Err("a worker is stuck") } else { Ok(()) }
    }

    fn as_of_ms(&self) -> u64 {
        self.shared.snapshots.as_of_ms()
    }

    fn measure(&self) -> String {
        let snapshot = self.shared.snapshots.load();
        for status in Status::ALL {
            let cars = snapshot.counts().of(status) as f64;
            metrics::gauge!("forecourt_cars", "status" => status.as_str()).set(cars);
        }
        metrics::gauge!("forecourt_connections").set(self.workers.n_connections() as f64);
        metrics::gauge!("forecourt_waiting_requests").set(self.workers.n_waiting() as f64);
        metrics::gauge!("forecourt_page_cache_bytes").set(self.shared.pages.bytes() as f64);
        metrics::gauge!("forecourt_page_cache_entries").set(self.shared.pages.entries() as f64);
        let leads = &self.shared.leads;
        metrics::gauge!("forecourt_leads_queued").set(leads.standing.queued() as f64);
        metrics::gauge!("forecourt_leads_waiting").set(leads.standing.waiting() as f64);
        metrics::gauge!("forecourt_leads_oldest_age_seconds").set(leads.oldest_age_ms() as f64 / 1000.0);
        metrics::gauge!("forecourt_leads_spool_bytes").set(leads.standing.spool_bytes() as f64);
        self.shared.signals.durations_text()
    }

    fn status(&self) -> Map<String, Value> {
        let snapshot = self.shared.snapshots.load();
        let cars: Map<_, _> =
            Status::ALL.iter().map(|s| (s.as_str().to_owned(), json!(snapshot.counts().of(*s)))).collect();
        let newest = snapshot.documents().map(|document| document.version).max().unwrap_or_default();
        let models: Vec<_> = snapshot.ranking().iter().map(|ranked| &ranked.model.generation).collect();
        let status = json!({
            "role": "serve",
            "generation": snapshot.generation(),
            "newest_document_version": newest.to_string(),
            "cars": cars,
            // The newest orders what begins now, the others the lists that began with them.
            "models": models,
            "leads": {
                "queued": self.shared.leads.standing.queued(),
                "waiting": self.shared.leads.standing.waiting(),
                "oldest_age_ms": self.shared.leads.oldest_age_ms(),
                "spool_bytes": self.shared.leads.standing.spool_bytes(),
            },
            "connections": self.workers.n_connections(),
            "waiting": self.workers.n_waiting(),
            "page_cache": { "entries": self.shared.pages.entries(), "bytes": self.shared.pages.bytes() },
        });
        status.as_object().cloned().unwrap_or_default()
    }

    fn documents(&self) -> Option<String> {
        let snapshot = Arc::clone(&self.shared.snapshots.load());
        let mut lines = String::new();
        for document in snapshot.documents() {
            let (id, version, state) = (document.id, document.version, &document.state);
            let _ = writeln!(lines, "{id} {version} {} {:016x}", state.status().as_str(), state.digest());
        }
        Some(lines)
    }
}
