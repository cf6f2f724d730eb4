//! What seeding tells while it runs, on standard error: a bar on a terminal, a line now and then elsewhere.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use super::Summary;
use crate::clock;

pub(super) enum Progress {
    Silent,
    Bar(ProgressBar),
    Lines(Lines),
}

/// For a log or a pipe: few lines, so that a short seeding is one line and a long one does not fill the log.
pub(super) struct Lines {
    rows: u64,
    of: u64,
    started: Instant,
    told: Instant,
}

const BETWEEN_LINES: Duration = Duration::from_secs(5);

impl Progress {
    /// `of` rows are expected, about.
    pub(super) fn start(of: u64) -> Self {
        if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(
                "{msg} [{bar:32}] {human_pos} of {human_len} rows, {rate} a second, {eta} left",
            )
            .expect("the template is well formed")
            .with_key("rate", |state: &ProgressState, to: &mut dyn fmt::Write| {
                // An error here is the terminal's, and the bar's own to deal with.
                let _ = write!(to, "{}", HumanCount(state.per_sec() as u64));
            });
            Self::Bar(ProgressBar::new(of).with_message("seeding").with_style(style))
        } else {
            let now = clock::now();
            Self::Lines(Lines { rows: 0, of, started: now, told: now })
        }
    }

    pub(super) fn advance(&mut self, rows: u64) {
        match self {
            Self::Silent => {}
            Self::Bar(bar) => bar.inc(rows),
            Self::Lines(lines) => lines.advance(rows),
        }
    }

    /// The rows are written; what is done now takes a moment without any.
    pub(super) fn stage(&self, what: &'static str) {
        if let Self::Bar(bar) = self {
            bar.set_message(what);
        }
    }

    pub(super) fn finish(&self, to: &str, summary: &Summary) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
        if !matches!(self, Self::Silent) {
            tell(&format!("seeded {to}: {summary}"));
        }
    }
}

impl Lines {
    fn advance(&mut self, rows: u64) {
        self.rows += rows;
        let now = clock::now();
        if now.duration_since(self.told) < BETWEEN_LINES {
            return;
        }
        self.told = now;
        let rate = self.rows as f64 / now.duration_since(self.started).as_secs_f64();
        let left = self.of.saturating_sub(self.rows) as f64 / rate;
        let (rows, of, rate) = (HumanCount(self.rows), HumanCount(self.of), HumanCount(rate as u64));
        tell(&format!("seeding: {rows} of about {of} rows, {rate} a second, {left:.0} s left"));
    }
}

fn tell(line: &str) {
    // Progress that cannot be told must not stop the work.
    let _ = writeln!(std::io::stderr(), "{line}");
}
