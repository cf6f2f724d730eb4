//! The last warnings and errors, for whoever looks at the status page and not at the log.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::flood::Text;
use crate::clock;

const LINES_MAX: usize = 30;

static LINES: Mutex<VecDeque<Warning>> = Mutex::new(VecDeque::new());

#[derive(Clone, Debug)]
pub struct Warning {
    pub unix_ms: u64,
    pub level: &'static str,
    pub text: String,
}

/// The latest first.
pub fn warnings() -> Vec<Warning> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
}

#[derive(Debug)]
pub(super) struct Recent;

impl<S: Subscriber> Layer<S> for Recent {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        // Requests are many, and have metrics of their own.
        if level > Level::WARN || !event.metadata().target().starts_with("forecourt") {
            return;
        }
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        let level = if level == Level::ERROR { "error" } else { "warning" };
        lines.push_back(Warning { unix_ms: clock::unix_ms(), level, text });
    }
}
