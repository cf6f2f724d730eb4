//! The admin port: `/livez /readyz /metrics /status`. Never public, and on the main thread, so that busy workers can
//! not make it late.

use std::sync::Arc;
use std::time::Instant;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::net::TcpListener;

use super::respond::plain;
use super::{Body, Shared, Workers};
use crate::car::Status;
use crate::clock;
use crate::faults::Faults;
use crate::lifecycle::Phase;
use crate::quarantine::Quarantine;

/// A worker that has not shown itself for so long is stuck.
const BEAT_S_MAX: u32 = 5;
/// News comes ten times a second; older than this something is wrong, or more has changed than can be applied at once.
const AS_OF_AGE_MS_MAX: u64 = 2_000;
/// Quarantined cars on the status page.
const QUARANTINED_MAX: usize = 200;

#[derive(Debug)]
pub struct Admin {
    pub shared: Arc<Shared>,
    pub workers: Arc<Workers>,
    pub metrics: PrometheusHandle,
    pub quarantine: Quarantine,
    pub faults: Faults,
    pub began: Instant,
}

impl Admin {
    /// Answers for as long as it is polled.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                continue;
            };
            let own = Arc::clone(&self);
            tokio::spawn(async move {
                let service = service_fn(|request: Request<_>| {
                    let response = own.respond(&request);
                    async { Ok::<_, std::convert::Infallible>(response) }
                });
                // hyper's default head timeout ends idle connections here, which is right for probes.
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service);
                let _ = connection.await;
            });
        }
    }

    fn respond<B>(&self, request: &Request<B>) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        }
        match request.uri().path() {
            "/livez" => self.live(),
            "/readyz" => self.ready(),
            "/metrics" => self.metrics(),
            "/status" => self.status(),
            _ => plain(StatusCode::NOT_FOUND, "/livez /readyz /metrics /status\n"),
        }
    }

    /// Looks at nothing but this process's own threads.
    fn live(&self) -> Response<Body> {
        if self.workers.slowest_beat_s() > BEAT_S_MAX {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "a worker is stuck\n");
        }
        plain(StatusCode::OK, "live\n")
    }

    fn ready(&self) -> Response<Body> {
        let phase = self.shared.lifecycle.phase();
        let status = if phase == Phase::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        plain(status, format!("{}\n", phase.as_str()))
    }

    fn metrics(&self) -> Response<Body> {
        let snapshot = self.shared.snapshots.load();
        for status in Status::ALL {
            let cars = snapshot.counts().of(status) as f64;
            metrics::gauge!("forecourt_cars", "status" => status.as_str()).set(cars);
        }
        if let Some(age_ms) = self.as_of_age_ms() {
            metrics::gauge!("forecourt_as_of_age_seconds").set(age_ms as f64 / 1000.0);
        }
        metrics::gauge!("forecourt_quarantined_cars").set(self.quarantine.len() as f64);
        metrics::gauge!("forecourt_degraded").set(if self.degraded().is_null() { 0.0 } else { 1.0 });
        metrics::gauge!("forecourt_connections").set(self.workers.n_connections() as f64);
        metrics::gauge!("forecourt_page_cache_bytes").set(self.shared.pages.bytes() as f64);
        metrics::gauge!("forecourt_page_cache_entries").set(self.shared.pages.entries() as f64);
        let mut response =
            plain(StatusCode::OK, self.metrics.render() + &self.shared.signals.durations_text());
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        response
    }

    fn as_of_age_ms(&self) -> Option<u64> {
        let as_of_ms = self.shared.snapshots.as_of_ms();
        (as_of_ms > 0).then(|| clock::unix_ms().saturating_sub(as_of_ms))
    }

    /// `null`, or since when pages may be older than the source, and why.
    fn degraded(&self) -> serde_json::Value {
        let faults: Vec<_> = self.faults.list().into_iter().map(|(role, fault)| {
            json!({ "role": role, "reason": fault.reason, "since_unix_ms": fault.since_unix_ms })
        }).collect();
        let is_old = self.as_of_age_ms().is_some_and(|age_ms| age_ms > AS_OF_AGE_MS_MAX);
        if faults.is_empty() && !is_old {
            return serde_json::Value::Null;
        }
        json!({ "since_unix_ms": self.shared.snapshots.as_of_ms(), "faults": faults })
    }

    fn status(&self) -> Response<Body> {
        let snapshot = self.shared.snapshots.load();
        let quarantined = self.quarantine.list(QUARANTINED_MAX).into_iter().map(
            |(car, why)| json!({ "car": car.0, "reason": why.reason, "since_unix_ms": why.since_unix_ms }),
        );
        let cars: serde_json::Map<_, _> =
            Status::ALL.iter().map(|s| (s.as_str().to_owned(), json!(snapshot.counts().of(*s)))).collect();
        let newest = snapshot.documents().map(|document| document.version).max().unwrap_or_default();
        let status = json!({
            "phase": self.shared.lifecycle.phase().as_str(),
            "version": env!("CARGO_PKG_VERSION"),
            "running_s": clock::now().duration_since(self.began).as_secs(),
            "generation": snapshot.generation(),
            "newest_document_version": newest.to_string(),
            "as_of_unix_ms": self.shared.snapshots.as_of_ms(),
            "as_of_age_ms": self.as_of_age_ms(),
            "degraded": self.degraded(),
            "cars": cars,
            "connections": self.workers.n_connections(),
            "page_cache": { "entries": self.shared.pages.entries(), "bytes": self.shared.pages.bytes() },
            "quarantined": self.quarantine.len(),
            "quarantine": quarantined.collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&status).unwrap_or_default() + "\n";
        let mut response = plain(StatusCode::OK, text);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
