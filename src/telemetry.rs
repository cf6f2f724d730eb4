//! Signals: log lines and metrics, for people and for machines.
//!
//! Metric names begin with `forecourt_`; config/deployment.md lists them. The request path uses handles that were
//! registered at start; everything else may use the `metrics` macros.
//!
//! - `log`: lines, by a thread of their own; `flood`: a few for many; `recent`: the last warnings
//! - `requests`: what is noted of every request; `trace`: whose it is; `durations`: how long they took

mod durations;
mod flood;
mod log;
mod recent;
mod requests;
mod trace;

pub use log::{LogGuard, check_log, lines_dropped, start_log};
pub use recent::{Warning, warnings};
pub use requests::{RequestLine, RequestSignals};
pub use trace::TraceId;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Installs the process's one recorder, for counters and gauges.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    Ok(PrometheusBuilder::new().install_recorder()?)
}
