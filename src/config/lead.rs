//! `[lead]`

use serde::{Deserialize, Serialize};

use super::Server;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lead {
    /// An age recipient; empty: leads are kept and sent as they are.
    pub recipient: String,
    pub contact: String,
    pub repeat_minutes: u32,
    pub commit_timeout_ms: u32,
    pub queue_max: usize,
    pub spool_bytes_max: u64,
    pub keep_days: u32,
    pub late_s: u32,
    pub body_bytes_max: usize,
    pub trusted_hops: usize,
    /// An hour; 0: any number.
    pub per_address_max: u32,
    pub per_phone_max: u32,
    pub per_car_max: u32,
    pub fast_ms: u32,
}

impl Default for Lead {
    fn default() -> Self {
        Self {
            recipient: String::new(),
            contact: String::new(),
            repeat_minutes: 60,
            commit_timeout_ms: 5_000,
            queue_max: 1_024,
            spool_bytes_max: 1 << 30,
            keep_days: 7,
            late_s: 60,
            body_bytes_max: 16 << 10,
            trusted_hops: 1,
            per_address_max: 60,
            per_phone_max: 6,
            per_car_max: 200,
            fast_ms: 2_000,
        }
    }
}

impl Lead {
    pub(super) fn out_of_bounds(&self, server: &Server) -> Option<(&'static str, &'static str)> {
        let timeout = (100..=60_000).contains(&self.commit_timeout_ms);
        let idle = self.commit_timeout_ms / 1000 < server.idle_timeout_s;
        let body = (1_024..=1 << 20).contains(&self.body_bytes_max);
        [
            (!(1..=10_080).contains(&self.repeat_minutes), "lead.repeat_minutes", "1 to 10080"),
            (!timeout, "lead.commit_timeout_ms", "100 to 60000"),
            (!idle, "lead.commit_timeout_ms", "less than server.idle_timeout_s"),
            (!(1..=100_000).contains(&self.queue_max), "lead.queue_max", "1 to 100000"),
            // Two segments.
            (self.spool_bytes_max < 2 << 20, "lead.spool_bytes_max", "at least 2097152"),
            (!body, "lead.body_bytes_max", "1024 to 1048576"),
            (self.late_s == 0, "lead.late_s", "at least 1"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}
