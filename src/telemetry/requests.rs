//! What is noted of every request: counters, durations, and a log line while the budget for lines lasts.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use metrics::Counter;

use super::durations::{self, Durations};
use crate::http::Route;
use crate::page::CacheResult;

/// Every status the server answers with; others count as 500.
const STATUSES: [u16; 13] = [200, 204, 304, 400, 403, 404, 405, 410, 413, 414, 415, 500, 503];

/// One log line, from the request and what was answered. The query is left out: it can name people.
#[derive(Debug)]
pub struct RequestLine<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub route: usize,
    pub status: StatusCode,
    pub cache: Option<CacheResult>,
    pub bytes: u64,
    pub took: Duration,
    pub forwarded_for: &'a str,
    pub forwarded_proto: &'a str,
    /// `X-Amzn-Trace-Id`
    pub trace: &'a str,
}

#[derive(Debug)]
pub struct RequestSignals {
    requests: Vec<[Counter; STATUSES.len()]>,
    durations: [Durations; Route::LABELS.len()],
    cache: [Counter; CacheResult::ALL.len()],
    lines_per_second: u32,
    lines_left: AtomicU32,
    lines_left_out: AtomicU64,
}

impl RequestSignals {
    pub fn new(lines_per_second: u32) -> Self {
        let requests = Route::LABELS.map(|route| {
            STATUSES.map(|status| {
                metrics::counter!("forecourt_http_requests_total", "route" => route, "status" => status.to_string())
            })
        });
        let result = |result: CacheResult| metrics::counter!("forecourt_page_cache_total", "result" => result.as_str());
        let cache = CacheResult::ALL.map(result);
        // A counter that stands at zero is a statement; one that is absent is none.
        cache.iter().for_each(|counter| counter.increment(0));
        metrics::counter!("forecourt_turned_down_total").increment(0);
        metrics::counter!("forecourt_feed_gaps_total").increment(0);
        metrics::counter!("forecourt_quarantined_total").increment(0);
        Self {
            requests: requests.into(),
            durations: Default::default(),
            cache,
            lines_per_second,
            lines_left: AtomicU32::new(lines_per_second),
            lines_left_out: AtomicU64::new(0),
        }
    }

    /// Whether the next request may have a log line. Costs one load when the budget is used up.
    pub fn wants_line(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        let left = self.lines_left.load(Ordering::Relaxed) > 0
            && self.lines_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        if !left && self.lines_per_second > 0 {
            self.lines_left_out.fetch_add(1, Ordering::Relaxed);
        }
        left
    }

    /// Renews the budget; call once a second.
    pub fn renew_lines(&self) {
        self.lines_left.store(self.lines_per_second, Ordering::Relaxed);
        let left_out = self.lines_left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            tracing::info!(target: "request", requests = left_out, "request lines left out");
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
        tracing::info!(
            target: "request",
            method = line.method,
            path = line.path,
            route = Route::LABELS[line.route],
            status = line.status.as_u16(),
            cache = line.cache.map_or("none", CacheResult::as_str),
            bytes = line.bytes,
            took_us = line.took.as_micros() as u64,
            forwarded_for = line.forwarded_for,
            forwarded_proto = line.forwarded_proto,
            trace = line.trace,
            "served"
        );
    }
}
