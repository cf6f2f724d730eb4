//! Our own form, which is the bare `{op, before, after}` of the seed's relay with more beside it. Nothing but these three
//! is needed.
//!
//! ```text
//! {"op":"update","before":{"id":1},"after":{"id":1},"ts_ms":0,
//!  "source":{"connector":"forecourt-relay","db":"","table":"","server_id":1,"gtid":null,"file":"","pos":4,"row":0,"ts_ms":0}}
//! {"op":"ddl","table":"cars","reason":"alter table cars ..."}     the table as a whole, null: all; also `truncate`, `sweep`
//! {"op":"heartbeat", ...}                                         nothing has changed
//! ```

use serde_json::{Map, Value, json};

use super::{Place, Reason, image, number, origin, part, row, text, whole};
use crate::change::{ALL_TABLES, Change, Image, Op, Origin};

pub(super) fn decode(place: &Place<'_>, mut message: Map<String, Value>) -> Result<Vec<Change>, Reason> {
    let op = match text(&message, "op") {
        Some("insert") => Op::Insert,
        Some("update") => Op::Update,
        Some("delete") => Op::Delete,
        Some("heartbeat") => return Ok(Vec::new()),
        Some(op @ ("ddl" | "truncate" | "sweep")) => {
            let source = part(&message, "source");
            if source.and_then(|source| text(source, "db")).is_some_and(|db| db != place.database) {
                return Ok(Vec::new());
            }
            let note = text(&message, "sql").or(text(&message, "reason")).unwrap_or(op);
            // A table of null is said to be unknown; one that is not said is the topic's.
            let table = match message.get("table") {
                Some(table) => table.as_str(),
                None => place.table,
            };
            let change = whole(table, note);
            return Ok(vec![Change { origin: source.and_then(origin_of), ..change }]);
        }
        Some(other) => return Err(Reason(format!("unknown op `{other}`"))),
        None => {
            return Err(Reason(
                "of no known form: no `op` of ours or Debezium's, no `type` of Maxwell's or Canal's"
                    .to_owned(),
            ));
        }
    };
    let (before, after) = (image(&mut message, "before")?, image(&mut message, "after")?);
    let source = part(&message, "source");
    let (db, named) = (source.and_then(|s| text(s, "db")), source.and_then(|s| text(s, "table")));
    let Some(table) = place.table(db, named)? else { return Ok(Vec::new()) };
    let before = before.or_else(|| (op == Op::Delete && !place.key.is_empty()).then(|| place.key.clone()));
    Ok(vec![row(Change::row(table, op, before, after), place, source.and_then(origin_of))])
}

/// Also of Debezium's `source`, after which ours is modelled.
pub(super) fn origin_of(source: &Map<String, Value>) -> Option<Origin> {
    origin(Origin {
        server_id: number(source, "server_id"),
        gtid: text(source, "gtid").map(str::to_owned),
        file: text(source, "file").unwrap_or_default().to_owned(),
        pos: number(source, "pos"),
        row: number(source, "row"),
        ts_ms: number(source, "ts_ms"),
    })
}

/// A message as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The primary key, by which messages of one row stay in order; `None` when it is not known.
    pub key: Option<Vec<u8>>,
    pub value: Vec<u8>,
}

pub fn encode(change: &Change, database: &str, now_ms: u64) -> Encoded {
    let table = (change.table != ALL_TABLES).then_some(change.table.as_str());
    let source = source(change, database, table);
    let name = match change.op {
        Op::Insert => "insert",
        Op::Update => "update",
        Op::Delete => "delete",
        Op::Table => {
            let note = change.note.as_deref().unwrap_or_default();
            let value =
                json!({"op": "ddl", "table": table, "reason": note, "ts_ms": now_ms, "source": source});
            return Encoded { key: None, value: value.to_string().into_bytes() };
        }
    };
    let value = json!({
        "op": name,
        "before": change.before,
        "after": change.after,
        "ts_ms": now_ms,
        "source": source,
    });
    // The newer image: a row whose key changes goes on under its new one, and is hashed once.
    let image = change.after.as_ref().or(change.before.as_ref());
    let key = image.and_then(|image| key(change, image));
    Encoded { key, value: value.to_string().into_bytes() }
}

fn key(change: &Change, image: &Image) -> Option<Vec<u8>> {
    if change.key.is_empty() {
        return None;
    }
    let columns = change.key.iter().map(|name| Some((name.clone(), image.get(name)?.clone())));
    let key: Map<_, _> = columns.collect::<Option<_>>()?;
    Some(Value::Object(key).to_string().into_bytes())
}

fn source(change: &Change, database: &str, table: Option<&str>) -> Value {
    let mut source = json!({"connector": "forecourt-relay", "db": database, "table": table});
    if let Some(Origin { server_id, gtid, file, pos, row, ts_ms }) = &change.origin {
        let told = json!({
            "server_id": server_id, "gtid": gtid, "file": file, "pos": pos, "row": row, "ts_ms": ts_ms,
        });
        if let (Value::Object(source), Value::Object(told)) = (&mut source, told) {
            source.extend(told);
        }
    }
    source
}
