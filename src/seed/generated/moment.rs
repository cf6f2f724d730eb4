//! Times of the generated catalogue, all relative to one instant: a catalogue repeats, but for the day it was made on.

use std::fmt;
use std::sync::LazyLock;

use crate::clock;

/// A second, counted since 1970, without a zone, as the portals write times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u32);

pub(super) const MINUTE: u32 = 60;
pub(super) const HOUR: u32 = 60 * MINUTE;
pub(super) const DAY: u32 = 24 * HOUR;

/// The generated catalogue's "now" as it is thrown: 2026-11-20 06:00:00. It is written as the morning of yesterday.
pub(super) const ANCHOR: Moment = Moment(20_777 * DAY + 6 * HOUR);
pub(super) const ANCHOR_YEAR: u32 = 2026;

impl Moment {
    pub(super) fn before(self, seconds: u32) -> Self {
        Self(self.0 - seconds)
    }

    pub(super) fn after(self, seconds: u32) -> Self {
        Self(self.0 + seconds)
    }

    pub(super) fn since(self, earlier: Self) -> u32 {
        self.0 - earlier.0
    }

    pub(super) fn whole_minute(self) -> Self {
        Self(self.0 - self.0 % MINUTE)
    }
}

/// As the portals would have written it today: a shop whose newest car is weeks old has nothing to show.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        static SHIFT: LazyLock<u32> = LazyLock::new(|| {
            let today = u32::try_from(clock::unix_ms() / 1000).unwrap_or(u32::MAX) / DAY;
            today.saturating_sub(1 + ANCHOR.0 / DAY) * DAY
        });
        Calendar(self.0.saturating_add(*SHIFT)).fmt(f)
    }
}

struct Calendar(u32);

/// `2026-11-20 06:00:00`. The calendar is Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>), for days since 1970.
impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / DAY + 719_468, self.0 % DAY);
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months count from March here, so that the leap day is the last of the year.
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + u32::from(month <= 2);
        let (hour, minute) = (second / HOUR, second / MINUTE % 60);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}", second % MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::{ANCHOR, Calendar, DAY, Moment};

    #[test]
    fn moments_read_as_the_calendar_does() {
        for (moment, text) in [
            (ANCHOR, "2026-11-20 06:00:00"),
            (Moment(0), "1970-01-01 00:00:00"),
            (Moment(1_709_210_096), "2024-02-29 12:34:56"),
            (Moment(1_735_689_599), "2024-12-31 23:59:59"),
            (Moment(1_735_689_600), "2025-01-01 00:00:00"),
            (ANCHOR.before(90 * DAY), "2026-08-22 06:00:00"),
        ] {
            assert_eq!(Calendar(moment.0).to_string(), text);
        }
    }
}
