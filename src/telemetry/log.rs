//! The log: lines to standard error by a thread of their own. When nobody reads them they are dropped and counted,
//! never waited for.

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Lines under way; more are dropped.
const LINES_MAX: usize = 16_384;

/// Writes what is left when dropped.
#[derive(Debug)]
pub struct LogGuard(#[allow(dead_code, reason = "held for its drop")] WorkerGuard);

pub fn start_log(log: &Log) -> Result<LogGuard, String> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|_| format!("log.level: expected a level or a filter, found `{}`", log.level))?;
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LINES_MAX)
        .thread_name("log")
        .finish(std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match log.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(LogGuard(guard))
}
