//! Signals: log lines and metrics, for people and for machines.
//!
//! Metric names are of DESIGN 4.7 and begin with `forecourt_`. The request path uses handles that were registered at
//! start; everything else may use the `metrics` macros.

mod log;
mod requests;

pub use log::{LogGuard, start_log};
pub use requests::{RequestLine, RequestSignals};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of the request histogram in seconds: from a hit (microseconds) to the business bar (60 ms) and beyond.
const DURATION_BUCKETS: [f64; 12] =
    [0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.01, 0.06, 0.25];

/// Installs the process's one recorder. The handle must be asked to `run_upkeep` about once a second.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(requests::DURATION.to_owned()), &DURATION_BUCKETS)?;
    Ok(builder.install_recorder()?)
}
