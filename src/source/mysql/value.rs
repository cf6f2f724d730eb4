//! Values between the driver and the rows of a document.

use mysql_async::Value as Sql;
use serde_json::Value as Json;

use crate::car::CarId;
use crate::source::Value;
use crate::source::route::{Bound, bound};

pub(super) fn value(value: Sql) -> Value {
    match value {
        Sql::NULL => Value::Null,
        Sql::Int(i) => Value::Int(i),
        Sql::UInt(u) => i64::try_from(u).map_or_else(|_| Value::Text(u.to_string().into()), Value::Int),
        // By way of the shortest text that means it: 19.3 stays 19.3.
        Sql::Float(f) => Value::Real(f.to_string().parse().unwrap_or_else(|_| f64::from(f))),
        Sql::Double(d) => Value::Real(d),
        Sql::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Value::Text(text.into()),
            Err(error) => Value::Bytes(error.as_bytes().len()),
        },
        Sql::Date(year, month, day, hour, minute, second, micros) => {
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            Value::Text((text + &fraction(micros)).into())
        }
        Sql::Time(negative, days, hours, minutes, seconds, micros) => {
            let (sign, hours) = (if negative { "-" } else { "" }, days * 24 + u32::from(hours));
            let text = format!("{sign}{hours:02}:{minutes:02}:{seconds:02}");
            Value::Text((text + &fraction(micros)).into())
        }
    }
}

fn fraction(micros: u32) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}") }
}

pub(super) fn car_id(value: &Sql) -> Option<CarId> {
    match value {
        Sql::Int(i) => u64::try_from(*i).ok().map(CarId),
        Sql::UInt(u) => Some(CarId(*u)),
        Sql::Bytes(text) => std::str::from_utf8(text).ok()?.parse().ok().map(CarId),
        _ => None,
    }
}

/// A car's id as a parameter: signed where it fits, like the columns it is compared with.
pub(super) fn id(car: CarId) -> Sql {
    i64::try_from(car.0).map_or(Sql::UInt(car.0), Sql::Int)
}

pub(super) fn bind(json: &Json) -> Sql {
    match bound(json) {
        Bound::Null => Sql::NULL,
        Bound::Int(i) => Sql::Int(i),
        Bound::Unsigned(u) => Sql::UInt(u),
        Bound::Real(r) => Sql::Double(r),
        Bound::Text(text) => Sql::Bytes(text.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use mysql_async::Value as Sql;

    use super::value;
    use crate::source::Value;

    #[test]
    fn values_are_read_as_the_other_source_writes_them() {
        let text = |text: &str| Value::Text(text.into());
        for (sql, expected) in [
            (Sql::NULL, Value::Null),
            (Sql::Int(-4), Value::Int(-4)),
            (Sql::UInt(4), Value::Int(4)),
            (Sql::UInt(u64::MAX), text("18446744073709551615")),
            (Sql::Float(19.3), Value::Real(19.3)),
            (Sql::Bytes(b"904000.00".to_vec()), text("904000.00")),
            (Sql::Bytes(vec![0xff, 0xfe, 0x00]), Value::Bytes(3)),
            (Sql::Date(2026, 9, 1, 0, 0, 0, 0), text("2026-09-01 00:00:00")),
            (Sql::Date(2026, 9, 1, 6, 5, 4, 30), text("2026-09-01 06:05:04.000030")),
            (Sql::Date(0, 0, 0, 0, 0, 0, 0), text("0000-00-00 00:00:00")),
            (Sql::Time(true, 1, 2, 3, 4, 0), text("-26:03:04")),
        ] {
            assert_eq!(value(sql), expected);
        }
    }
}
