//! The one place that reads the clock, so that everything else takes time as a value.

use std::time::Instant;

/// The monotonic time now.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant::now()
}
