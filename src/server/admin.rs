//! The admin port: `/livez /readyz /metrics /status`. Never public, and on the main thread, so that busy workers can
//! not make it late.
//!
//! - `history`: the last minutes, for charts; `facts`: JSON as people read it; `units`: numbers, the same
//! - `process`: what the system says of this process

mod facts;
mod history;
mod process;
mod units;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

pub use self::history::History;
use self::units::Unit;
use super::Body;
use super::short::plain;
use crate::clock;
use crate::faults::{Fault, Faults};
use crate::http::security;
use crate::lifecycle::Phase;
use crate::page::status::{Status, Tone, status_page};
use crate::quarantine::Quarantine;
use crate::telemetry;
use crate::version;

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
    pub history: Mutex<History>,
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
        tokio::spawn(Arc::clone(&self).remember());
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

    /// Keeps what the charts show.
    async fn remember(self: Arc<Self>) {
        let mut step = tokio::time::interval(history::STEP);
        loop {
            step.tick().await;
            let metrics = self.metrics_text();
            self.history().sample(&metrics, clock::now());
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn respond<B>(&self, request: &Request<B>) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        }
        match request.uri().path() {
            "/livez" => self.live(),
            "/readyz" => self.ready(),
            "/metrics" => self.metrics(),
            "/status" if asks_for_html(request) => self.status_page(),
            "/status" | "/status.json" => self.status_json(),
            "/documents" => match self.report.documents() {
                Some(lines) => plain(StatusCode::OK, lines),
                None => plain(StatusCode::NOT_FOUND, "this role holds no documents\n"),
            },
            _ => plain(StatusCode::NOT_FOUND, "/livez /readyz /metrics /status /status.json /documents\n"),
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
        let mut response = plain(StatusCode::OK, self.metrics_text());
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        response
    }

    fn metrics_text(&self) -> String {
        // No number is no alarm: a projector that stands by has no age.
        let age_s = self.as_of_age_ms().map_or(f64::NAN, |age_ms| age_ms as f64 / 1000.0);
        metrics::gauge!("forecourt_as_of_age_seconds").set(age_s);
        metrics::counter!("forecourt_log_lines_dropped_total").absolute(telemetry::lines_dropped());
        metrics::gauge!("forecourt_quarantined_cars").set(self.quarantine.len() as f64);
        metrics::gauge!("forecourt_degraded").set(f64::from(u8::from(self.degraded().is_some())));
        let build = [("version", version::VERSION), ("commit", version::COMMIT)];
        metrics::gauge!("forecourt_build_info", &build).set(1.0);
        let own = self.report.measure();
        self.metrics.render() + &own + &process::text()
    }

    fn as_of_age_ms(&self) -> Option<u64> {
        let as_of_ms = self.report.as_of_ms();
        (as_of_ms > 0).then(|| clock::unix_ms().saturating_sub(as_of_ms))
    }

    fn degraded(&self) -> Option<Degraded> {
        let age_ms = self.as_of_age_ms().filter(|_| self.report.must_be_fresh());
        Degraded::of(self.faults.list(), self.report.as_of_ms(), age_ms)
    }

    fn status(&self) -> Map<String, Value> {
        let quarantined = self.quarantine.list(QUARANTINED_MAX).into_iter().map(
            |(car, why)| json!({ "car": car.0, "since_unix_ms": why.since_unix_ms, "reason": why.reason }),
        );
        let warnings = telemetry::warnings().into_iter().map(
            |warning| json!({ "at_unix_ms": warning.unix_ms, "level": warning.level, "what": warning.text }),
        );
        let mut status = json!({
            "phase": self.report.phase().as_str(),
            "version": version::VERSION,
            "commit": version::COMMIT,
            "running_s": clock::now().duration_since(self.began).as_secs(),
            "as_of_unix_ms": self.report.as_of_ms(),
            "as_of_age_ms": self.as_of_age_ms(),
            "degraded": self.degraded().map(Degraded::json),
            "quarantined": self.quarantine.len(),
            "quarantine": quarantined.collect::<Vec<_>>(),
            "last_warnings": warnings.collect::<Vec<_>>(),
            "log_lines_dropped": telemetry::lines_dropped(),
            "resident_bytes": process::resident_bytes(),
        });
        let status = std::mem::take(status.as_object_mut().expect("it was written as one"));
        status.into_iter().chain(self.report.status()).collect()
    }

    fn status_json(&self) -> Response<Body> {
        let text = serde_json::to_string_pretty(&self.status()).unwrap_or_default() + "\n";
        let mut response = plain(StatusCode::OK, text);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// The same for people.
    fn status_page(&self) -> Response<Body> {
        let (status, phase) = (self.status(), self.report.phase());
        let faults = self.degraded().map(|degraded| degraded.faults).unwrap_or_default();
        let (tone, state) = match phase {
            Phase::Ready if faults.is_empty() => (Tone::Good, "ready"),
            Phase::Ready => (Tone::Warn, "degraded"),
            _ => (Tone::Bad, phase.as_str()),
        };
        let fault = |(role, fault): (&'static str, Fault)| {
            let since = units::instant(i64::try_from(fault.since_unix_ms).unwrap_or_default());
            format!("{role}: {} (since {since})", fault.reason)
        };
        let running_s = clock::now().duration_since(self.began).as_secs();
        let history = self.history();
        let page = status_page(&Status {
            title: format!("Forecourt {}", status.get("role").and_then(Value::as_str).unwrap_or_default()),
            tone,
            state: state.to_owned(),
            about: format!("{}, running for {}", version::BUILD, Unit::Seconds.text(running_s as f64)),
            faults: faults.into_iter().map(fault).collect(),
            span: format!("last {}", Unit::Seconds.text(history.span().as_secs_f64())),
            charts: history.charts(),
            groups: facts::groups(&status),
            tables: facts::tables(&status),
            links: vec!["/status.json", "/metrics", "/readyz", "/livez"],
            reload_s: u32::try_from(history::STEP.as_secs()).unwrap_or(u32::MAX),
        });
        let mut response = plain(StatusCode::OK, page.into_string());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, security::PLAIN_POLICY);
        response
    }
}

/// Programs that say nothing, or `*/*`, get JSON.
fn asks_for_html<B>(request: &Request<B>) -> bool {
    let html = |value: &HeaderValue| value.as_bytes().windows(9).any(|part| part == b"text/html");
    request.headers().get_all(ACCEPT).iter().any(html)
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
