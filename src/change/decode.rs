//! Change messages -> changes, pure. Whoever fills the topics, the message says of which form it is: our own and the
//! bare `{op, before, after}`, Debezium with or without its schema, Maxwell, Canal's flat form.
//!
//! What comes out is a hint, so a form is read for two things only: which table, and the values of the row. A value is
//! passed on as it is written, a number or a string; a decimal in Debezium's bytes becomes its digits.

mod canal;
mod debezium;
mod maxwell;
mod native;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{ALL_TABLES, Change, Image, Origin};

pub use native::{Encoded, encode};

/// Why a message cannot be read, for whoever looks into the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Reason(String);

/// A row is far smaller; beyond this a message is not worth the memory its parsing takes.
const VALUE_BYTES_MAX: usize = 16 << 20;

/// The changes of one message. `table` is the one its topic is named after, if it is named after one; a message that
/// names its table itself is believed. A message of another database than `database` has no changes, and neither have
/// a tombstone, a heartbeat and the begin and end of a transaction.
pub fn decode(
    table: Option<&str>,
    database: &str,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Vec<Change>, Reason> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let message = object(value)?;
    let place = Place { table, database, key: key.and_then(key_object).unwrap_or_default() };
    let (schema, message) = unwrap(message);
    if debezium::is_form(&message) {
        return debezium::decode(&place, schema.as_ref(), message);
    }
    if schema.is_some() {
        return Err(Reason("a payload with a schema, and not of Debezium's form".to_owned()));
    }
    if maxwell::is_form(&message) {
        return maxwell::decode(&place, message);
    }
    if canal::is_form(&message) {
        return canal::decode(&place, message);
    }
    native::decode(&place, message)
}

/// What is known of a message beside its value.
struct Place<'a> {
    table: Option<&'a str>,
    database: &'a str,
    key: Map<String, Value>,
}

impl Place<'_> {
    /// The table of the message; `None` when it is of another database.
    fn table<'b>(
        &'b self,
        database: Option<&str>,
        table: Option<&'b str>,
    ) -> Result<Option<&'b str>, Reason> {
        if database.is_some_and(|database| database != self.database) {
            return Ok(None);
        }
        let table = table.filter(|table| !table.is_empty()).or(self.table);
        table.map(Some).ok_or_else(|| Reason("neither the message nor its topic names a table".to_owned()))
    }

    fn key_columns(&self) -> Arc<[String]> {
        self.key.keys().cloned().collect()
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Reason> {
    match bytes {
        [] => return Err(Reason("empty".to_owned())),
        [0, ..] => return Err(Reason("begins with a zero byte: Avro or Protobuf, expected JSON".to_owned())),
        _ if bytes.len() > VALUE_BYTES_MAX => {
            return Err(Reason(format!("{} bytes, at most {VALUE_BYTES_MAX}", bytes.len())));
        }
        _ => {}
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Reason("JSON, but not an object".to_owned())),
        Err(error) => Err(Reason(format!("not JSON: {error}"))),
    }
}

/// A key is never needed: one that cannot be read is none.
fn key_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    object(bytes).ok().map(|key| unwrap(key).1)
}

/// `{schema, payload}`, as Kafka Connect's JSON converter writes it, -> the schema and the payload.
fn unwrap(mut message: Map<String, Value>) -> (Option<Value>, Map<String, Value>) {
    let wrapped = message.len() == 2 && message.contains_key("schema");
    if wrapped && let Some(Value::Object(payload)) = message.get_mut("payload").map(Value::take) {
        return (message.remove("schema"), payload);
    }
    (None, message)
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A row's image, `None` when there is none.
fn image(message: &mut Map<String, Value>, name: &str) -> Result<Option<Image>, Reason> {
    match message.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(image)) => Ok(Some(image)),
        Some(_) => Err(Reason(format!("`{name}` is neither an object nor null"))),
    }
}

/// One row; without any image it is not known which, and the table as a whole has changed.
fn row(mut change: Change, place: &Place<'_>, origin: Option<Origin>) -> Change {
    if change.before.is_none() && change.after.is_none() {
        return Change { origin, ..Change::whole_table(&change.table, "a row without its values") };
    }
    change.key = place.key_columns();
    change.origin = origin;
    change
}

/// [`Origin`] if it says anything that can be waited for.
fn origin(origin: Origin) -> Option<Origin> {
    let gtid = origin.gtid.as_deref().is_some_and(|gtid| gtid.contains(':'));
    (gtid || !origin.file.is_empty()).then_some(origin)
}

fn number<T: TryFrom<u64> + Default>(object: &Map<String, Value>, name: &str) -> T {
    object.get(name).and_then(Value::as_u64).and_then(|n| T::try_from(n).ok()).unwrap_or_default()
}

/// The object of `message` called `name`, without anything else.
fn part<'a>(message: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    message.get(name).and_then(Value::as_object)
}

/// DDL, truncation: the table as a whole, or all when it is not named.
fn whole(table: Option<&str>, note: &str) -> Change {
    Change::whole_table(table.filter(|table| !table.is_empty()).unwrap_or(ALL_TABLES), note)
}

/// `older` values over those of `data`: the row before an update of which only what has changed is told.
fn earlier(data: &Image, older: Option<Image>) -> Image {
    let mut before = data.clone();
    before.extend(older.unwrap_or_default());
    before
}

#[cfg(test)]
mod tests;
