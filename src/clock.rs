//! The only readers of time. Pure code takes `now` as a value; whoever calls it asks here.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A monotonic instant, for durations and deadlines.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant::now()
}

/// Wall-clock time in milliseconds since 1970-01-01 UTC.
#[allow(clippy::disallowed_methods)]
pub fn unix_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
