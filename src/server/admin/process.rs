//! What the system says of this process, under the names that Prometheus' own clients give it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use rustix::time::{ClockId, clock_gettime};

use crate::clock;

/// About when the process began: when it was first asked.
static BEGAN_MS: LazyLock<u64> = LazyLock::new(clock::unix_ms);

/// Resident memory.
pub(super) fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0u64) * 1024
}

pub(super) fn text() -> String {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let cpu_s = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let mut text = String::new();
    for (name, kind, value) in [
        ("process_cpu_seconds_total", "counter", cpu_s),
        ("process_open_fds", "gauge", files as f64),
        ("process_resident_memory_bytes", "gauge", resident_bytes() as f64),
        ("process_start_time_seconds", "gauge", *BEGAN_MS as f64 / 1000.0),
    ] {
        let _ = writeln!(text, "# TYPE {name} {kind}\n{name} {value}");
    }
    text
}
