//! Canal's flat form: upper-case types, several rows in one message, every value a string.

use serde_json::{Map, Value};

use super::{Place, Reason, earlier, number, origin, row, text, whole};
use crate::change::{Change, Image, Op, Origin};

pub(super) fn is_form(message: &Map<String, Value>) -> bool {
    let upper = text(message, "type").is_some_and(|kind| kind.bytes().all(|b| b.is_ascii_uppercase()));
    upper && message.contains_key("database")
}

pub(super) fn decode(place: &Place<'_>, mut message: Map<String, Value>) -> Result<Vec<Change>, Reason> {
    if text(&message, "database") != Some(place.database) {
        return Ok(Vec::new());
    }
    let kind = text(&message, "type").unwrap_or_default().to_owned();
    let table = text(&message, "table").map(str::to_owned);
    let op = match kind.as_str() {
        _ if message.get("isDdl").and_then(Value::as_bool) == Some(true) => Op::Table,
        "INSERT" => Op::Insert,
        "UPDATE" => Op::Update,
        "DELETE" => Op::Delete,
        "CREATE" | "ALTER" | "TRUNCATE" | "ERASE" | "RENAME" | "QUERY" | "CINDEX" | "DINDEX" => Op::Table,
        other => return Err(Reason(format!("unknown type `{other}` of Canal"))),
    };
    if op == Op::Table {
        return Ok(vec![whole(table.as_deref(), text(&message, "sql").unwrap_or(&kind))]);
    }
    let rows = images(&mut message, "data")?;
    let mut old = images(&mut message, "old")?.into_iter();
    let Some(table) = place.table(None, table.as_deref())? else { return Ok(Vec::new()) };
    if rows.is_empty() {
        return Ok(vec![Change::whole_table(table, "rows without their values")]);
    }
    let names = message.get("pkNames").and_then(Value::as_array);
    let key: std::sync::Arc<[String]> =
        names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let origin = origin(Origin {
        gtid: text(&message, "gtid").filter(|gtid| !gtid.is_empty()).map(str::to_owned),
        ts_ms: number(&message, "es"),
        ..Origin::default()
    });
    let changes = rows.into_iter().map(|data| {
        let older = old.next().flatten();
        let (before, after) = match op {
            Op::Delete => (data, None),
            Op::Update => (data.as_ref().map(|data| earlier(data, older)), data),
            Op::Insert | Op::Table => (None, data),
        };
        let change = row(Change::row(table, op, before, after), place, origin.clone());
        Change { key: key.clone(), ..change }
    });
    Ok(changes.collect())
}

fn images(message: &mut Map<String, Value>, name: &str) -> Result<Vec<Option<Image>>, Reason> {
    let rows = match message.remove(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(Reason(format!("`{name}` is neither a list nor null"))),
    };
    let image = |row| match row {
        Value::Object(image) => Ok(Some(image)),
        Value::Null => Ok(None),
        _ => Err(Reason(format!("`{name}` holds something that is not a row"))),
    };
    rows.into_iter().map(image).collect()
}
