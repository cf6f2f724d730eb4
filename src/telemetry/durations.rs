//! Request durations as a histogram of fixed buckets: one addition per request and nothing to drain. The recorder's own
//! histograms keep every sample until they are asked for.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const NAME: &str = "forecourt_http_request_duration_seconds";

/// Upper bounds in microseconds: from a hit to the business bar (60 ms) and beyond.
const BOUNDS_US: [u64; 12] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 60_000, 250_000];

#[derive(Debug, Default)]
pub(super) struct Durations {
    /// By the first bound that is not exceeded; the last one has no bound.
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_ns: AtomicU64,
}

impl Durations {
    pub(super) fn record(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.iter().position(|&bound| nanos <= bound * 1_000).unwrap_or(BOUNDS_US.len());
        self.buckets[place].fetch_add(1, Ordering::Relaxed);
        self.sum_ns.fetch_add(nanos, Ordering::Relaxed);
    }
}

/// The Prometheus text of all routes' durations.
pub(super) fn text<'a>(routes: impl Iterator<Item = (&'a str, &'a Durations)>) -> String {
    let mut text = format!("# TYPE {NAME} histogram\n");
    for (route, durations) in routes {
        let mut count = 0;
        let bounds =
            BOUNDS_US.iter().map(|&bound| (bound as f64 / 1e6).to_string()).chain(["+Inf".to_owned()]);
        for (bound, bucket) in bounds.zip(&durations.buckets) {
            count += bucket.load(Ordering::Relaxed);
            let _ = writeln!(text, "{NAME}_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
        }
        let sum = durations.sum_ns.load(Ordering::Relaxed) as f64 / 1e9;
        let _ = writeln!(text, "{NAME}_sum{{route=\"{route}\"}} {sum}");
        let _ = writeln!(text, "{NAME}_count{{route=\"{route}\"}} {count}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Durations, text};

    #[test]
    fn buckets_are_cumulative_and_the_bounds_belong_to_them() {
        let durations = Durations::default();
        for micros in [1, 5, 6, 60_000, 60_001, 9_000_000] {
            durations.record(Duration::from_micros(micros));
        }
        let text = text([("car", &durations)].into_iter());
        for line in [
            "_bucket{route=\"car\",le=\"0.000005\"} 2",
            "_bucket{route=\"car\",le=\"0.00001\"} 3",
            "_bucket{route=\"car\",le=\"0.06\"} 4",
            "_bucket{route=\"car\",le=\"0.25\"} 5",
            "_bucket{route=\"car\",le=\"+Inf\"} 6",
            "_sum{route=\"car\"} 9.120013",
            "_count{route=\"car\"} 6",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
