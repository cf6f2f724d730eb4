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
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::Body;
use super::short::plain;
use crate::clock;
use crate::faults::{Fault, Faults};
use crate::lifecycle::Phase;
use crate::quarantine::Quarantine;
use crate::telemetry;

/// News comes ten times a second; older than this something is wrong, or more has changed than can be applied at once.
const AS_OF_AGE_MS_MAX: u64 = 2_000;
/// Quarantined cars on the status page.
const QUARANTINED_MAX: usize = 200;

/// What a role has to tell beside what every role tells.
pub trait Report: Send + Sync + 'static {
    fn phase(&self) -> Phase;

    /// Looks at nothing but this process's own threads. An error is what is stuck.
    fn live(&self) -> Result<(), &'static str> {
        Ok(())
    }

    /// Unix ms up to which everything committed in the source has been dealt with; 0 when that is not known.
    fn as_of_ms(&self) -> u64;

    /// Whether an instant of long ago is a fault: not of a role that stands by.
    fn must_be_fresh(&self) -> bool {
        true
    }

    /// Sets gauges that are only worth setting when somebody looks; returns metrics in a form of its own.
    fn measure(&self) -> String {
        String::new()
    }

    fn status(&self) -> Map<String, Value>;

    /// For `forecourt audit`: one line per document, `id version status digest`.
    fn documents(&self) -> Option<String> {
        None
    }
}

pub struct Admin {
    pub report: Box<dyn Report>,
    pub metrics: PrometheusHandle,
    pub quarantine: Quarantine,
    pub faults: Faults,
    pub began: Instant,
}

/// What a role has may be older than the source: since when, and at least one reason.
#[derive(Debug, PartialEq, Eq)]
struct Degraded {
    since_unix_ms: u64,
    faults: Vec<(&'static str, Fault)>,
}

impl Degraded {
    /// `age_ms`: of what is applied, where that counts.
    fn of(mut faults: Vec<(&'static str, Fault)>, as_of_ms: u64, age_ms: Option<u64>) -> Option<Self> {
        let old_ms = age_ms.filter(|&age_ms| age_ms > AS_OF_AGE_MS_MAX);
        if let Some(age_ms) = old_ms.filter(|_| faults.is_empty()) {
            // Nobody waits for anything: more has changed than is applied yet, or no news has come without a failure.
            let seconds = age_ms / 1000;
            let reason = format!("what was committed in the last {seconds} s may not be applied yet");
            faults.push(("age", Fault { reason, since_unix_ms: as_of_ms }));
        }
        let first_ms = faults.iter().map(|(_, fault)| fault.since_unix_ms).min()?;
        Some(Self { since_unix_ms: if old_ms.is_some() { as_of_ms } else { first_ms }, faults })
    }

    fn json(self) -> Value {
        let faults = self.faults.into_iter().map(
            |(role, fault)| json!({ "role": role, "reason": fault.reason, "since_unix_ms": fault.since_unix_ms }),
        );
        json!({ "since_unix_ms": self.since_unix_ms, "faults": faults.collect::<Vec<_>>() })
    }
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
            "/documents" => match self.report.documents() {
                Some(lines) => plain(StatusCode::OK, lines),
                None => plain(StatusCode::NOT_FOUND, "this role holds no documents\n"),
            },
            _ => plain(StatusCode::NOT_FOUND, "/livez /readyz /metrics /status /documents\n"),
        }
    }

    fn live(&self) -> Response<Body> {
        match self.report.live() {
            Ok(()) => plain(StatusCode::OK, "live\n"),
            Err(stuck) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{stuck}\n")),
        }
    }

    /// A degraded role is ready all the same: what it has is better than nothing.
    fn ready(&self) -> Response<Body> {
        let phase = self.report.phase();
        let status = if phase == Phase::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let mut text = format!("{}\n", phase.as_str());
        if let Some(degraded) = self.degraded() {
            text += &format!("degraded since {} (unix ms)\n", degraded.since_unix_ms);
            for (role, fault) in degraded.faults {
                text += &format!("{role}: {} (since {})\n", fault.reason, fault.since_unix_ms);
            }
        }
        plain(status, text)
    }

    fn metrics(&self) -> Response<Body> {
        if let Some(age_ms) = self.as_of_age_ms() {
            metrics::gauge!("forecourt_as_of_age_seconds").set(age_ms as f64 / 1000.0);
        }
        metrics::counter!("forecourt_log_lines_dropped_total").absolute(telemetry::lines_dropped());
        metrics::gauge!("forecourt_quarantined_cars").set(self.quarantine.len() as f64);
        metrics::gauge!("forecourt_degraded").set(f64::from(u8::from(self.degraded().is_some())));
        let own = self.report.measure();
        let mut response = plain(StatusCode::OK, self.metrics.render() + &own);
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        response
    }

    fn as_of_age_ms(&self) -> Option<u64> {
        let as_of_ms = self.report.as_of_ms();
        (as_of_ms > 0).then(|| clock::unix_ms().saturating_sub(as_of_ms))
    }

    fn degraded(&self) -> Option<Degraded> {
        let age_ms = self.as_of_age_ms().filter(|_| self.report.must_be_fresh());
        Degraded::of(self.faults.list(), self.report.as_of_ms(), age_ms)
    }

    fn status(&self) -> Response<Body> {
        let quarantined = self.quarantine.list(QUARANTINED_MAX).into_iter().map(
            |(car, why)| json!({ "car": car.0, "reason": why.reason, "since_unix_ms": why.since_unix_ms }),
        );
        let mut status = json!({
            "phase": self.report.phase().as_str(),
            "version": env!("CARGO_PKG_VERSION"),
            "running_s": clock::now().duration_since(self.began).as_secs(),
            "as_of_unix_ms": self.report.as_of_ms(),
            "as_of_age_ms": self.as_of_age_ms(),
            "degraded": self.degraded().map(Degraded::json),
            "quarantined": self.quarantine.len(),
            "quarantine": quarantined.collect::<Vec<_>>(),
        });
        if let Some(status) = status.as_object_mut() {
            status.extend(self.report.status());
        }
        let text = serde_json::to_string_pretty(&status).unwrap_or_default() + "\n";
        let mut response = plain(StatusCode::OK, text);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{Degraded, Fault};

    #[test]
    fn degraded_has_a_beginning_and_at_least_one_reason() {
        let fault = |since_unix_ms| ("relay", Fault { reason: "away".to_owned(), since_unix_ms });
        for (faults, age_ms, expected) in [
            (vec![], None, None),
            (vec![], Some(2_000), None),
            (vec![], Some(2_001), Some((100_000, "age"))),
            (vec![fault(7)], None, Some((7, "relay"))),
            (vec![fault(9), fault(7)], Some(3), Some((7, "relay"))),
            (vec![fault(101_000)], Some(3_000), Some((100_000, "relay"))),
        ] {
            let degraded = Degraded::of(faults, 100_000, age_ms);
            let found = degraded.as_ref().map(|found| (found.since_unix_ms, found.faults[0].0));
            assert_eq!(found, expected, "{degraded:?}");
            let Some(found) = degraded else { continue };
            assert!(found.faults.iter().all(|(_, fault)| !fault.reason.is_empty()));
        }
        let old = Degraded::of(vec![], 100_000, Some(61_500)).unwrap();
        assert_eq!(old.faults[0].1.reason, "what was committed in the last 61 s may not be applied yet");
    }
}
