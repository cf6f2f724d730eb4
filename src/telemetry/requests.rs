//! What is noted of every request: counters, durations, and of a sample a log line; of what went wrong or was slow always.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use metrics::Counter;

use super::TraceId;
use super::durations::{self, Durations};
use crate::budget::Budget;
use crate::config::Log;
use crate::http::{CacheResult, Route};

/// Every status the server answers with; others count as 500.
const STATUSES: [u16; 15] = [200, 204, 303, 304, 400, 403, 404, 405, 410, 413, 414, 415, 422, 500, 503];

/// Lines a second of requests that went wrong or were slow: a flood of them must not cost more than it tells.
const WRONG_PER_SECOND_MAX: u32 = 1_000;

/// One log line, from the request and what was answered. Nothing in it names a person: no query, no address, no cookie.
#[derive(Debug)]
pub struct RequestLine<'a> {
    pub method: &'a str,
    /// See [`crate::http::shown`].
    pub path: &'a str,
    pub route: usize,
    pub status: StatusCode,
    pub cache: Option<CacheResult>,
    pub bytes: u64,
    pub took: Duration,
    pub trace: TraceId,
}

#[derive(Debug)]
pub struct RequestSignals {
    requests: Vec<[Counter; STATUSES.len()]>,
    durations: [Durations; Route::LABELS.len()],
    cache: [Counter; CacheResult::ALL.len()],
    sample: Lines,
    wrong: Lines,
    slow: Duration,
}

/// Lines that may be written in the present second, and how many were left out.
#[derive(Debug)]
struct Lines {
    budget: Budget,
    left_out: AtomicU64,
}

impl Lines {
    fn new(per_second: u32) -> Self {
        Self { budget: Budget::new(per_second), left_out: AtomicU64::new(0) }
    }

    /// Whether there is one left.
    fn take(&self) -> bool {
        let taken = self.budget.take();
        // Who wants none leaves none out.
        if !taken && self.budget.is_any() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Returns how many requests had none.
    fn renew(&self) -> u64 {
        self.budget.renew();
        self.left_out.swap(0, Ordering::Relaxed)
    }
}

impl RequestSignals {
    pub fn new(log: &Log) -> Self {
        let requests = Route::LABELS.map(|route| {
            STATUSES.map(|status| {
                metrics::counter!("forecourt_http_requests_total", "route" => route, "status" => status.to_string())
            })
        });
        let result = |result: CacheResult| metrics::counter!("forecourt_page_cache_total", "result" => result.as_str());
        let cache = CacheResult::ALL.map(result);
        // A counter that stands at zero is a statement; one that is absent is none.
        cache.iter().for_each(|counter| counter.increment(0));
        metrics::counter!("forecourt_accept_waits_total").increment(0);
        metrics::counter!("forecourt_panics_total").increment(0);
        metrics::counter!("forecourt_turned_down_total").increment(0);
        metrics::counter!("forecourt_feed_gaps_total").increment(0);
        metrics::counter!("forecourt_store_damaged_total").increment(0);
        Self {
            requests: requests.into(),
            durations: Default::default(),
            cache,
            sample: Lines::new(log.requests_per_second_max),
            wrong: Lines::new(WRONG_PER_SECOND_MAX),
            slow: if log.slow_ms == 0 { Duration::MAX } else { Duration::from_millis(log.slow_ms.into()) },
        }
    }

    /// Whether this request has a log line.
    pub fn wants_line(&self, status: StatusCode, took: Duration) -> bool {
        if self.is_wrong(status, took) { self.wrong.take() } else { self.sample.take() }
    }

    fn is_wrong(&self, status: StatusCode, took: Duration) -> bool {
        status.is_server_error() || took > self.slow
    }

    /// Renews what may be written; call once a second.
    pub fn renew_lines(&self) {
        let requests = self.sample.renew();
        if requests > 0 {
            tracing::info!(target: "request", requests, "request lines left out");
        }
        let requests = self.wrong.renew();
        if requests > 0 {
            tracing::warn!(target: "request", requests, "lines of requests that failed or were slow left out");
        }
    }

    pub fn count(&self, route: usize, status: StatusCode, cache: Option<CacheResult>, took: Duration) {
        let status = status.as_u16();
        let place = STATUSES.iter().position(|&known| known == status).unwrap_or(STATUSES.len() - 2);
        self.requests[route][place].increment(1);
        self.durations[route].record(took);
        if let Some(cache) = cache {
            self.cache[cache as usize].increment(1);
        }
    }

    /// The Prometheus text of the durations.
    pub fn durations_text(&self) -> String {
        durations::text(Route::LABELS.into_iter().zip(&self.durations))
    }

    pub fn log(&self, line: &RequestLine<'_>) {
        // Levels belong to places in the code, not to lines.
        macro_rules! write_line {
            ($write:path) => {
                $write!(
                    target: "request",
                    method = line.method,
                    path = line.path,
                    route = Route::LABELS[line.route],
                    status = line.status.as_u16(),
                    cache = line.cache.map_or("none", CacheResult::as_str),
                    bytes = line.bytes,
                    took_us = line.took.as_micros() as u64,
                    trace_id = %line.trace,
                    "served"
                )
            };
        }
        if self.is_wrong(line.status, line.took) {
            write_line!(tracing::warn);
        } else {
            write_line!(tracing::info);
        }
    }
}
