//! Maxwell's form: one topic for all tables, `old` only says what an update has changed.

use serde_json::{Map, Value};

use super::{Place, Reason, earlier, image, number, origin, row, text, whole};
use crate::change::{Change, Op, Origin};

pub(super) fn is_form(message: &Map<String, Value>) -> bool {
    let lower = text(message, "type").is_some_and(|kind| !kind.bytes().any(|b| b.is_ascii_uppercase()));
    lower && message.contains_key("database")
}

pub(super) fn decode(place: &Place<'_>, mut message: Map<String, Value>) -> Result<Vec<Change>, Reason> {
    let kind = text(&message, "type").unwrap_or_default().to_owned();
    let database = text(&message, "database").unwrap_or_default().to_owned();
    if database != place.database {
        return Ok(Vec::new());
    }
    let table = text(&message, "table").map(str::to_owned);
    let op = match kind.as_str() {
        "insert" | "bootstrap-insert" => Op::Insert,
        "update" => Op::Update,
        "delete" => Op::Delete,
        "bootstrap-start" | "bootstrap-complete" => return Ok(Vec::new()),
        _ if kind.starts_with("table-") || kind.starts_with("database-") => {
            return Ok(vec![whole(table.as_deref(), text(&message, "sql").unwrap_or(&kind))]);
        }
        other => return Err(Reason(format!("unknown type `{other}` of Maxwell"))),
    };
    let (data, old) = (image(&mut message, "data")?, image(&mut message, "old")?);
    let Some(table) = place.table(None, table.as_deref())? else { return Ok(Vec::new()) };
    let (before, after) = match op {
        Op::Delete => (data, None),
        Op::Update => (data.as_ref().map(|data| earlier(data, old)), data),
        Op::Insert | Op::Table => (None, data),
    };
    // `{"database":"shop","table":"cars","pk.id":7}`
    let columns = place.key.keys().filter_map(|name| name.strip_prefix("pk.")).map(str::to_owned).collect();
    let change = row(Change::row(table, op, before, after), place, origin_of(&message));
    Ok(vec![Change { key: columns, ..change }])
}

fn origin_of(message: &Map<String, Value>) -> Option<Origin> {
    let place = text(message, "position").and_then(|position| position.rsplit_once(':'));
    let (file, pos) = place.and_then(|(file, pos)| Some((file, pos.parse().ok()?))).unwrap_or_default();
    origin(Origin {
        server_id: number(message, "server_id"),
        gtid: text(message, "gtid").map(str::to_owned),
        file: file.to_owned(),
        pos,
        row: 0,
        ts_ms: number::<u64>(message, "ts").saturating_mul(1000),
    })
}
