//! The log: lines to standard error by a thread of their own. When nobody reads them they are dropped and counted,
//! never waited for.

use std::backtrace::Backtrace;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::flood::{Flood, Watch};
use super::recent::Recent;
use crate::config::{Log, LogFormat};

/// Lines under way; more are dropped.
const LINES_MAX: usize = 16_384;

/// How long the last lines may take when the process ends.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Of lines that nobody could take.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Lines that were dropped since the start, because who reads them did not keep up.
pub fn lines_dropped() -> u64 {
    DROPPED.get().map_or(0, |dropped| dropped.dropped_lines() as u64)
}

/// Writes what is left when dropped, unless nobody reads it.
#[derive(Debug)]
pub struct LogGuard {
    lines: Option<WorkerGuard>,
    floods: Option<Watch>,
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        drop(self.floods.take());
        let guard = self.lines.take();
        let (done, is_done) = mpsc::channel();
        // A pipe that nobody reads would hold the process up for ever.
        let flush = move || {
            drop(guard);
            let _ = done.send(());
        };
        if std::thread::Builder::new().name("last-lines".to_owned()).spawn(flush).is_ok() {
            let _ = is_done.recv_timeout(LAST_LINES);
        }
    }
}

/// Which lines are written. An error is one line for the operator.
pub fn check_log(log: &Log) -> Result<EnvFilter, String> {
    let wrong = || format!("log.level: expected a level or a filter, found `{}`", log.level);
    // A single word that is no level would be taken for a module's name, and everything else be silent.
    let is_level = log.level.parse::<tracing::Level>().is_ok() || log.level == "off";
    if !is_level && !log.level.contains('=') && !log.level.contains(',') {
        return Err(wrong());
    }
    EnvFilter::try_new(&log.level).map_err(|_| wrong())
}

pub fn start_log(log: &Log) -> Result<LogGuard, String> {
    let filter = check_log(log)?;
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LINES_MAX)
        .thread_name("log")
        .finish(std::io::stderr());
    let _ = DROPPED.set(writer.error_counter());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let (flood, is_terminal) = (Flood::default(), std::io::IsTerminal::is_terminal(&std::io::stderr()));
    match log.format {
        LogFormat::Text => builder.with_ansi(is_terminal).finish().with(Recent).with(flood.clone()).init(),
        LogFormat::Json => {
            builder.json().flatten_event(true).finish().with(Recent).with(flood.clone()).init()
        }
    }
    std::panic::set_hook(Box::new(log_panic));
    let floods = flood.watch().map_err(|e| format!("cannot start a thread for the log: {e}"))?;
    Ok(LogGuard { lines: Some(guard), floods: Some(floods) })
}

/// As a line like any other: what Rust does by itself is to write to standard error, and to wait for whoever reads it.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or_default();
    // Empty without RUST_BACKTRACE=1.
    tracing::error!(thread, backtrace = %Backtrace::capture(), "{panic}");
}
