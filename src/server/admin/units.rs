//! How numbers read on the status page.

use jiff::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Number,
    Seconds,
    Bytes,
    /// Seconds of processor time a second.
    Cores,
}

impl Unit {
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Number => number(value),
            Self::Seconds => seconds(value),
            Self::Bytes => bytes(value),
            Self::Cores => format!("{} %", number(value * 100.0)),
        }
    }

    /// A round value that is not exceeded, for the upper edge of a chart.
    pub(super) fn round_up(self, value: f64) -> f64 {
        let least = match self {
            Self::Number => 1.0,
            Self::Seconds => 1e-4,
            Self::Bytes => 1_048_576.0,
            Self::Cores => 0.1,
        };
        let mut top = least;
        // Of bytes they are powers of two.
        let steps: &[f64] = if self == Self::Bytes { &[2.0] } else { &[2.0, 2.5, 2.0] };
        let mut steps = steps.iter().cycle();
        while top < value {
            top *= steps.next().expect("they go round");
        }
        top
    }
}

/// Three digits, more of large numbers.
fn number(value: f64) -> String {
    let decimals = if value == 0.0 || value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn seconds(value: f64) -> String {
    let (days, hours, minutes) =
        ((value / 86_400.0).floor(), (value / 3_600.0).floor(), (value / 60.0).floor());
    match value {
        0.0 => "0 s".to_owned(),
        ..0.001 => format!("{} µs", number(value * 1e6)),
        ..1.0 => format!("{} ms", number(value * 1e3)),
        ..120.0 => format!("{} s", number(value)),
        ..7_200.0 => format!("{minutes} min"),
        ..172_800.0 => format!("{hours} h {} min", minutes - hours * 60.0),
        _ => format!("{days} d {} h", hours - days * 24.0),
    }
}

fn bytes(value: f64) -> String {
    match value {
        ..1024.0 => format!("{} B", number(value)),
        ..1_048_576.0 => format!("{} KiB", number(value / 1024.0)),
        ..1_073_741_824.0 => format!("{} MiB", number(value / 1_048_576.0)),
        _ => format!("{} GiB", number(value / 1_073_741_824.0)),
    }
}

/// `2026-11-28 18:40:11 UTC`
pub(super) fn instant(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms)
        .map_or_else(|_| unix_ms.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (unit, value, expected) in [
            (Unit::Number, 0.0, "0"),
            (Unit::Number, 0.126, "0.13"),
            (Unit::Number, 10.0, "10"),
            (Unit::Number, 12.34, "12.3"),
            (Unit::Number, 1234.5, "1234"),
            (Unit::Seconds, 0.0, "0 s"),
            (Unit::Seconds, 0.000_005, "5 µs"),
            (Unit::Seconds, 0.012, "12 ms"),
            (Unit::Seconds, 61.0, "61 s"),
            (Unit::Seconds, 3_661.0, "61 min"),
            (Unit::Seconds, 9_000.0, "2 h 30 min"),
            (Unit::Seconds, 200_000.0, "2 d 7 h"),
            (Unit::Bytes, 512.0, "512 B"),
            (Unit::Bytes, 314_572_800.0, "300 MiB"),
            (Unit::Cores, 0.25, "25 %"),
        ] {
            assert_eq!(unit.text(value), expected);
        }
        for (unit, value, expected) in [
            (Unit::Number, 0.0, 1.0),
            (Unit::Number, 3.0, 5.0),
            (Unit::Number, 50.0, 50.0),
            (Unit::Number, 51.0, 100.0),
        ] {
            assert_eq!(unit.round_up(value), expected);
        }
        assert_eq!(instant(1_764_000_000_123), "2025-11-24 16:00:00 UTC");
    }
}
