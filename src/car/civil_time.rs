//! A date and time as the source writes it: a wall clock without a zone, to the second.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01 00:00:00 on the source's own wall clock. Orders like the text it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CivilTime(pub i64);

impl CivilTime {
    /// Reads `2026-09-20 05:45:00`, `2026-09-20T05:45:00.123` or `2026-09-20`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let time = match text.parse::<DateTime>() {
            Ok(time) => time,
            Err(_) => text.parse::<Date>().ok()?.to_datetime(Time::midnight()),
        };
        let since = time.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        Some(Self(since.as_secs()))
    }

    /// The calendar day: year, month 1-12, day 1-31.
    pub fn date(self) -> (i16, u8, u8) {
        let date = self.to_datetime().date();
        (date.year(), date.month().unsigned_abs(), date.day().unsigned_abs())
    }

    fn to_datetime(self) -> DateTime {
        DateTime::constant(1970, 1, 1, 0, 0, 0, 0).saturating_add(jiff::SignedDuration::from_secs(self.0))
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_datetime())
    }
}

#[cfg(test)]
mod tests {
    use super::CivilTime;

    #[test]
    fn reads_what_databases_write() {
        for (text, shown) in [
            ("1970-01-01 00:00:00", Some("1970-01-01T00:00:00")),
            ("2026-09-20 05:45:00", Some("2026-09-20T05:45:00")),
            ("2026-09-20T05:45:00.999", Some("2026-09-20T05:45:00")),
            ("2024-02-29", Some("2024-02-29T00:00:00")),
            ("2023-02-29", None),
            ("0000-00-00 00:00:00", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(CivilTime::parse(text).map(|t| t.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn knows_the_calendar_day() {
        assert_eq!(CivilTime::parse("2026-11-24 23:59:59").unwrap().date(), (2026, 11, 24));
        assert_eq!(CivilTime(-1).date(), (1969, 12, 31));
    }
}
