//! The last minutes of a few metrics, for the charts of the status page: read every few seconds from the very text that
//! `/metrics` gives, so that both say the same.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::page::status::{Chart, Line};

use super::units::Unit;

pub(super) const STEP: Duration = Duration::from_secs(5);
/// A quarter of an hour.
const SAMPLES_MAX: usize = 180;

/// How a line is made of a metric.
#[derive(Clone, Copy, Debug)]
enum Of {
    /// As it stands: a gauge.
    Now,
    /// How much a counter grows in a second.
    Rate,
    /// So many parts of a hundred of what a histogram was told of.
    Percentile(u32),
}

/// A line of a chart: name, how, which metric, and what its labels hold if not all are meant, `|` between choices.
type Drawn = (&'static str, Of, &'static str, &'static str);

/// Not those of health checks and feeds.
const PAGES: &str = "route=\"car\"|route=\"listing\"";

/// Those whose metrics a role does not have are left out.
const CHARTS: [(&str, Unit, &[Drawn]); 12] = [
    ("Age of the data", Unit::Seconds, &[("age", Of::Now, "forecourt_as_of_age_seconds", "")]),
    (
        "Requests a second",
        Unit::Number,
        &[
            ("all", Of::Rate, "forecourt_http_requests_total", ""),
            ("5xx", Of::Rate, "forecourt_http_requests_total", "status=\"5"),
        ],
    ),
    (
        "Time of pages in the server",
        Unit::Seconds,
        &[
            ("p50", Of::Percentile(50), "forecourt_http_request_duration_seconds_bucket", PAGES),
            ("p99", Of::Percentile(99), "forecourt_http_request_duration_seconds_bucket", PAGES),
        ],
    ),
    (
        "Pages a second",
        Unit::Number,
        &[
            ("ready", Of::Rate, "forecourt_page_cache_total", "\"hit\""),
            ("made", Of::Rate, "forecourt_page_cache_total", "\"render\""),
            ("by the network", Of::Rate, "forecourt_page_cache_total", "\"miss\""),
        ],
    ),
    (
        "Overload",
        Unit::Number,
        &[
            ("waiting", Of::Now, "forecourt_waiting_requests", ""),
            ("turned down a second", Of::Rate, "forecourt_turned_down_total", ""),
        ],
    ),
    ("Connections", Unit::Number, &[("open", Of::Now, "forecourt_connections", "")]),
    (
        "Leads",
        Unit::Number,
        &[
            ("to the disk", Of::Now, "forecourt_leads_queued", ""),
            ("to Kafka", Of::Now, "forecourt_leads_waiting", ""),
        ],
    ),
    (
        "Changes",
        Unit::Number,
        &[
            ("published a second", Of::Rate, "forecourt_relayed_changes_total", ""),
            ("read a second", Of::Rate, "forecourt_changes_total", ""),
            ("cars to fetch", Of::Now, "forecourt_dirty_cars", ""),
        ],
    ),
    ("Snapshots a second", Unit::Number, &[("new", Of::Rate, "forecourt_snapshot_generation", "")]),
    ("Quarantine", Unit::Number, &[("cars", Of::Now, "forecourt_quarantined_cars", "")]),
    ("Memory", Unit::Bytes, &[("resident", Of::Now, "process_resident_memory_bytes", "")]),
    ("Processor", Unit::Cores, &[("in use", Of::Rate, "process_cpu_seconds_total", "")]),
];

#[derive(Debug, Default)]
pub struct History {
    /// Of every line of every chart, in their order.
    samples: VecDeque<Vec<Option<f64>>>,
    last: Option<(Instant, Vec<Reading>)>,
}

/// What a text of metrics says of one line: a sum, or the buckets of a histogram. `None`: nothing.
#[derive(Clone, Debug, PartialEq)]
struct Reading(Option<f64>, Vec<(f64, f64)>);

impl History {
    pub(super) fn sample(&mut self, metrics: &str, now: Instant) {
        let drawn = CHARTS.iter().flat_map(|(_, _, lines)| *lines);
        let readings: Vec<_> = drawn.clone().map(|line| read(metrics, line)).collect();
        let last = self.last.replace((now, readings.clone()));
        let Some((then, before)) = last else { return };
        let seconds = now.duration_since(then).as_secs_f64();
        let values = drawn.zip(readings).zip(before).map(|(((_, of, ..), now), before)| match of {
            Of::Now => now.0,
            Of::Rate => now.0.map(|total| (total - before.0.unwrap_or(0.0)).max(0.0) / seconds),
            Of::Percentile(percent) => percentile(*percent, &now.1, &before.1),
        });
        self.samples.push_back(values.collect());
        if self.samples.len() > SAMPLES_MAX {
            self.samples.pop_front();
        }
    }

    pub(super) fn charts(&self) -> Vec<Chart> {
        let mut columns = 0..;
        let charts = CHARTS.iter().filter_map(|&(title, unit, drawn)| {
            let lines: Vec<_> = drawn.iter().zip(&mut columns).collect();
            let at = |column: usize| self.samples.iter().map(move |sample| sample[column]);
            let known = |column: usize| at(column).flatten().next().is_some();
            let lines: Vec<_> = lines.into_iter().filter(|&(_, column)| known(column)).collect();
            let highest = lines.iter().flat_map(|&(_, column)| at(column).flatten()).fold(0.0, f64::max);
            let top = unit.round_up(highest);
            let line = |(&(name, ..), column): (&Drawn, usize)| Line {
                name,
                latest: at(column)
                    .next_back()
                    .flatten()
                    .map_or_else(|| "–".to_owned(), |value| unit.text(value)),
                points: at(column).map(|value| value.map(|value| value / top)).collect(),
            };
            let lines: Vec<_> = lines.into_iter().map(line).collect();
            (!lines.is_empty()).then(|| Chart { title, top: unit.text(top), lines })
        });
        charts.collect()
    }

    /// How far back the charts go.
    pub(super) fn span(&self) -> Duration {
        STEP * u32::try_from(self.samples.len()).unwrap_or_default()
    }
}

fn read(metrics: &str, (_, of, metric, labels): &Drawn) -> Reading {
    let mut reading = Reading(None, Vec::new());
    for line in metrics.lines() {
        let Some(rest) = line.strip_prefix(metric) else { continue };
        if !rest.starts_with(['{', ' ']) || !labels.split('|').any(|one| rest.contains(one)) {
            continue;
        }
        let Some((labels, value)) = rest.rsplit_once(' ') else { continue };
        let Some(value) = value.parse().ok().filter(|value: &f64| value.is_finite()) else { continue };
        reading.0 = Some(reading.0.unwrap_or(0.0) + value);
        if matches!(of, Of::Percentile(_)) {
            let bound = labels.split("le=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok());
            let bound: f64 = bound.unwrap_or(f64::INFINITY);
            match reading.1.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, count)) => *count += value,
                None => reading.1.push((bound, value)),
            }
        }
    }
    reading
}

/// What so many of a hundred stayed below between two readings, as far as the buckets tell. `None`: there was nothing.
fn percentile(percent: u32, now: &[(f64, f64)], before: &[(f64, f64)]) -> Option<f64> {
    let earlier = |bound| before.iter().find(|(known, _)| *known == bound).map_or(0.0, |(_, count)| *count);
    let counts: Vec<_> = now.iter().map(|&(bound, count)| (bound, count - earlier(bound))).collect();
    let all = counts.last().map(|&(_, count)| count).filter(|&count| count > 0.0)?;
    let wanted = all * f64::from(percent) / 100.0;
    let at = counts.iter().position(|&(_, count)| count >= wanted)?;
    let (below, fewer) = at.checked_sub(1).map_or((0.0, 0.0), |at| counts[at]);
    let (bound, count) = counts[at];
    // Within a bucket they are taken to lie evenly, as Prometheus does; beyond the last bound nothing is known.
    if bound.is_infinite() {
        Some(below)
    } else {
        Some(below + (bound - below) * (wanted - fewer) / (count - fewer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn metrics(hits: u32, buckets: [u32; 3]) -> String {
        format!(
            "# TYPE forecourt_page_cache_total counter\n\
             forecourt_page_cache_total{{result=\"hit\"}} {hits}\n\
             forecourt_page_cache_total{{result=\"render\"}} 2\n\
             forecourt_http_request_duration_seconds_bucket{{route=\"car\",le=\"0.001\"}} {}\n\
             forecourt_http_request_duration_seconds_bucket{{route=\"car\",le=\"0.01\"}} {}\n\
             forecourt_http_request_duration_seconds_bucket{{route=\"car\",le=\"+Inf\"}} {}\n\
             forecourt_http_request_duration_seconds_bucket{{route=\"listing\",le=\"0.001\"}} 0\n\
             forecourt_http_request_duration_seconds_bucket{{route=\"healthz\",le=\"0.001\"}} 9{hits}\n\
             forecourt_connections 7\n",
            buckets[0], buckets[1], buckets[2]
        )
    }

    #[test]
    fn charts_show_rates_values_and_percentiles_of_what_there_is() {
        let (mut history, now) = (History::default(), clock::now());
        history.sample(&metrics(10, [5, 5, 5]), now);
        assert!(history.charts().is_empty());
        history.sample(&metrics(60, [55, 95, 105]), now + STEP);
        let charts = history.charts();
        let shown = |title| {
            let chart = charts.iter().find(|chart| chart.title == title).unwrap();
            chart.lines.iter().map(|line| (line.name, &*line.latest)).collect::<Vec<_>>()
        };
        assert_eq!(shown("Pages a second"), [("ready", "10"), ("made", "0")]);
        assert_eq!(shown("Connections"), [("open", "7")]);
        // 50 of 100 below 1 ms; the last 10 beyond the last bound.
        assert_eq!(shown("Time of pages in the server"), [("p50", "1 ms"), ("p99", "10 ms")]);
        assert_eq!(charts.len(), 3, "{charts:?}");
        assert_eq!(history.span(), STEP);
    }

    #[test]
    fn the_ring_is_bounded() {
        let (mut history, now) = (History::default(), clock::now());
        (0..500).for_each(|i| history.sample(&metrics(i, [0, 0, 0]), now + STEP * i));
        assert_eq!(history.samples.len(), SAMPLES_MAX);
        let charts = history.charts();
        assert_eq!(charts[0].lines[0].points.len(), SAMPLES_MAX);
        // Nothing was answered: no time is known.
        assert!(charts.iter().all(|chart| chart.title != "Time of pages in the server"), "{charts:?}");
    }
}
