//! Debezium's envelope, of its MySQL and MariaDB connectors, and what else it writes: schema changes, transactions,
//! heartbeats.

use std::collections::HashMap;

use data_encoding::BASE64;
use serde_json::{Map, Value};

use super::native::origin_of;
use super::{Place, Reason, image, part, row, text, whole};
use crate::change::{Change, Image, Op};

const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";

pub(super) fn is_form(message: &Map<String, Value>) -> bool {
    let envelope = text(message, "op").is_some_and(|op| op.len() == 1);
    envelope || is_schema_change(message) || is_transaction(message) || is_heartbeat(message)
}

fn is_schema_change(message: &Map<String, Value>) -> bool {
    message.contains_key("ddl") && message.contains_key("databaseName")
}

fn is_transaction(message: &Map<String, Value>) -> bool {
    matches!(text(message, "status"), Some("BEGIN" | "END")) && message.contains_key("id")
}

fn is_heartbeat(message: &Map<String, Value>) -> bool {
    message.contains_key("ts_ms") && message.keys().all(|name| name.starts_with("ts_"))
}

pub(super) fn decode(
    place: &Place<'_>,
    schema: Option<&Value>,
    mut message: Map<String, Value>,
) -> Result<Vec<Change>, Reason> {
    if is_schema_change(&message) {
        return Ok(schema_change(place, &message));
    }
    if is_transaction(&message) || is_heartbeat(&message) {
        return Ok(Vec::new());
    }
    let op = match text(&message, "op").unwrap_or_default() {
        // A row read for a snapshot: perhaps new, perhaps not.
        "r" | "c" => Op::Insert,
        "u" => Op::Update,
        "d" => Op::Delete,
        "t" => Op::Table,
        "m" => return Ok(Vec::new()),
        other => return Err(Reason(format!("unknown op `{other}` of Debezium"))),
    };
    let mut before = image(&mut message, "before")?;
    let mut after = image(&mut message, "after")?;
    for (name, image) in [("before", &mut before), ("after", &mut after)] {
        if let Some(image) = image {
            spell_decimals(image, &scales(schema, name))?;
        }
    }
    let source = part(&message, "source");
    let (db, named) = (source.and_then(|s| text(s, "db")), source.and_then(|s| text(s, "table")));
    let Some(table) = place.table(db, named)? else { return Ok(Vec::new()) };
    let origin = source.and_then(origin_of);
    if op == Op::Table {
        return Ok(vec![Change { origin, ..Change::whole_table(table, "truncated") }]);
    }
    let before = before.or_else(|| (op == Op::Delete && !place.key.is_empty()).then(|| place.key.clone()));
    Ok(vec![row(Change::row(table, op, before, after), place, origin)])
}

fn schema_change(place: &Place<'_>, message: &Map<String, Value>) -> Vec<Change> {
    let database = text(message, "databaseName").unwrap_or_default();
    if !database.is_empty() && database != place.database {
        return Vec::new();
    }
    let ddl = text(message, "ddl").unwrap_or_default();
    let tables = message.get("tableChanges").and_then(Value::as_array);
    // `"database"."table"`
    let ids = tables.into_iter().flatten().filter_map(|change| change.get("id")?.as_str());
    let named: Vec<_> =
        ids.filter_map(|id| id.rsplit('"').nth(1)).map(|table| whole(Some(table), ddl)).collect();
    if named.is_empty() { vec![whole(None, ddl)] } else { named }
}

/// Column -> scale of the decimals of one image, where the message brings its schema.
fn scales(schema: Option<&Value>, image: &str) -> HashMap<String, i32> {
    let fields = |schema: &Value, of: Option<&str>| -> Vec<Value> {
        let fields = schema.get("fields").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(of) = of else { return fields };
        fields.into_iter().filter(|field| field.get("field").and_then(Value::as_str) == Some(of)).collect()
    };
    let Some(schema) = schema else { return HashMap::new() };
    let rows = fields(schema, Some(image));
    let columns = rows.iter().flat_map(|row| fields(row, None));
    columns
        .filter(|column| column.get("name").and_then(Value::as_str) == Some(DECIMAL))
        .filter_map(|column| {
            let scale = column.get("parameters")?.get("scale")?.as_str()?.parse().ok()?;
            Some((column.get("field")?.as_str()?.to_owned(), scale))
        })
        .collect()
}

fn spell_decimals(image: &mut Image, scales: &HashMap<String, i32>) -> Result<(), Reason> {
    for (name, &scale) in scales {
        let Some(Value::String(encoded)) = image.get(name) else { continue };
        let digits = BASE64.decode(encoded.as_bytes()).ok().and_then(|bytes| decimal(&bytes, scale));
        let digits = digits.ok_or_else(|| Reason(format!("`{name}` is not a decimal in base64")))?;
        // A whole number as the number it is, so that it leads to a row like any other key.
        let value =
            digits.parse::<i64>().map(Value::from).or_else(|_| digits.parse::<u64>().map(Value::from));
        image.insert(name.clone(), value.unwrap_or(Value::String(digits)));
    }
    Ok(())
}

/// Big-endian two's complement without its point -> digits, without a fraction of zeros.
fn decimal(bytes: &[u8], scale: i32) -> Option<String> {
    // MySQL's decimals have at most 65 digits, 30 of them behind the point.
    let scale = usize::try_from(scale).ok().filter(|&scale| scale <= 65)?;
    if bytes.is_empty() || bytes.len() > 32 {
        return None;
    }
    let negative = bytes[0] & 0x80 != 0;
    let mut magnitude = bytes.to_vec();
    if negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, overflow);
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|&byte| byte != 0) || digits.len() <= scale {
        let mut rest = 0;
        for byte in &mut magnitude {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 10).ok()?;
            rest = value % 10;
        }
        digits.push(char::from_digit(rest, 10)?);
    }
    let whole: String = digits[scale..].iter().rev().collect();
    let fraction: String = digits[..scale].iter().rev().collect();
    let sign = if negative { "-" } else { "" };
    let point =
        if fraction.bytes().all(|digit| digit == b'0') { String::new() } else { format!(".{fraction}") };
    Some(format!("{sign}{whole}{point}"))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_are_spelled_whatever_their_size() {
        for (bytes, scale, expected) in [
            (&[1u8, 226, 64][..], 0, "123456"),
            (&[1, 226, 64], 2, "1234.56"),
            (&[0x03, 0xE8], 0, "1000"),
            (&[0x01, 0x86, 0xA0], 2, "1000"),
            (&[0xFF], 0, "-1"),
            (&[0xFF], 3, "-0.001"),
            (&[0], 2, "0"),
            (&[0x80, 0], 0, "-32768"),
            (&[0, 255, 255, 255, 255, 255, 255, 255, 255], 0, "18446744073709551615"),
        ] {
            assert_eq!(decimal(bytes, scale).as_deref(), Some(expected), "{bytes:?}");
        }
        assert_eq!(decimal(&[], 0), None);
        assert_eq!(decimal(&[1], -1), None);
    }
}
