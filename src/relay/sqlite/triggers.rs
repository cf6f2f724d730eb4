//! The change table and the triggers that fill it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use crate::source::sqlite::check::table_columns;

/// A function takes at most 127 arguments in the SQLite of Debian 12, two a column; wider tables keep what comes first.
const COLUMNS_MAX: usize = 60;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS forecourt_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, op TEXT NOT NULL, \"before\" TEXT, \"after\" TEXT);
CREATE TABLE IF NOT EXISTS forecourt_meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
";

/// Creates what is missing or different and returns the log's name. The log gets a new name whenever a trigger had to
/// be created: what was written without it is not in the log, so positions in the old one mean nothing.
pub(super) fn install(connection: &Connection, tables: &[String]) -> rusqlite::Result<String> {
    let current: Option<String> =
        match connection.prepare("SELECT value FROM forecourt_meta WHERE key = 'log'") {
            Ok(mut statement) => statement.query_row([], |row| row.get(0)).optional()?,
            Err(_) => None,
        };
    let mut missing = Vec::new();
    for table in tables {
        for (name, text) in triggers(connection, table)? {
            let sql = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?1";
            let present: Option<String> = connection.query_row(sql, [&name], |row| row.get(0)).optional()?;
            if present.as_deref() != Some(text.as_str()) {
                missing.push((name, text));
            }
        }
    }
    if let (Some(log), true) = (current, missing.is_empty()) {
        return Ok(log);
    }
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    for (name, text) in missing {
        transaction.execute_batch(&format!("DROP TRIGGER IF EXISTS {}; {text}", quoted(&name)))?;
    }
    let sql = "INSERT OR REPLACE INTO forecourt_meta (key, value) VALUES ('log', lower(hex(randomblob(8)))) \
               RETURNING value";
    let log = transaction.query_row(sql, [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(log)
}

/// Name and text of a table's triggers; none when the table does not exist (yet).
fn triggers(connection: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let columns = table_columns(connection, table)?;
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let log = |op: &str, before: &str, after: &str| {
        let name = table.replace('\'', "''");
        format!(
            "INSERT INTO forecourt_changes (table_name, op, \"before\", \"after\") VALUES ('{name}', '{op}', {before}, {after});"
        )
    };
    let (old, new) = (image("OLD", &columns), image("NEW", &columns));
    let trigger = |kind: &str, when: &str, body: String| {
        let name = format!("forecourt_{table}_{kind}");
        let text = format!("CREATE TRIGGER {} {when} ON {} BEGIN {body} END", quoted(&name), quoted(table));
        (name, text)
    };
    let mut triggers = vec![
        trigger("insert", "AFTER INSERT", log("insert", "NULL", &new)),
        trigger("update", "AFTER UPDATE", log("update", &old, &new)),
        trigger("delete", "AFTER DELETE", log("delete", &old, "NULL")),
    ];
    // REPLACE removes conflicting rows without firing delete triggers: look at them just before. An update can do so
    // as well (`UPDATE OR REPLACE`), where it sets a column of a key.
    let keys = keys(connection, table)?;
    if !keys.is_empty() {
        let displaced = |but_itself: &str| {
            format!(
                "INSERT INTO forecourt_changes (table_name, op, \"before\", \"after\") \
                 SELECT '{}', 'delete', {}, NULL FROM {} AS displaced WHERE ({}){but_itself};",
                table.replace('\'', "''"),
                image("displaced", &columns),
                quoted(table),
                conflicts(&keys),
            )
        };
        triggers.push(trigger("replace", "BEFORE INSERT", displaced("")));
        let key_columns: BTreeSet<_> = keys.iter().flatten().map(|column| quoted(column)).collect();
        let key_columns = key_columns.into_iter().collect::<Vec<_>>().join(", ");
        let itself = identity(connection, table)?;
        let itself = itself.iter().map(|column| format!("displaced.{column} IS OLD.{column}"));
        let but_itself = format!(" AND NOT ({})", itself.collect::<Vec<_>>().join(" AND "));
        triggers.push(trigger(
            "displace",
            &format!("BEFORE UPDATE OF {key_columns}"),
            displaced(&but_itself),
        ));
    }
    Ok(triggers)
}

/// A row as a JSON object. Blobs have no JSON form; a trigger that failed on one would fail the writer's statement.
fn image(row: &str, columns: &[String]) -> String {
    let pair = |column: &String| {
        let value = format!("{row}.{}", quoted(column));
        let key = column.replace('\'', "''");
        format!("'{key}', iif(typeof({value}) = 'blob', hex({value}), {value})")
    };
    let pairs: Vec<_> = columns.iter().take(COLUMNS_MAX).map(pair).collect();
    format!("json_object({})", pairs.join(", "))
}

/// What a new row would replace: whatever is equal to it in one of the keys.
fn conflicts(keys: &[Vec<String>]) -> String {
    let equal = |column: &String| format!("displaced.{0} = NEW.{0}", quoted(column));
    let terms = keys.iter().map(|key| key.iter().map(equal).collect::<Vec<_>>().join(" AND "));
    terms.map(|term| format!("({term})")).collect::<Vec<_>>().join(" OR ")
}

/// The quoted columns that tell a row from every other: its primary key, or the rowid.
fn identity(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let primary = primary_key(connection, table)?;
    let quoted: Vec<_> = primary.iter().map(|column| quoted(column)).collect();
    Ok(if quoted.is_empty() { vec!["rowid".to_owned()] } else { quoted })
}

fn primary_key(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

/// The primary key and every unique index.
fn keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let mut keys = vec![primary_key(connection, table)?];
    let mut statement =
        connection.prepare("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial")?;
    let indexes: Vec<String> = statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for index in indexes {
        let mut statement = connection.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
        let columns = statement.query_map([&index], |row| row.get::<_, Option<String>>(0))?;
        // An index over an expression has a column without a name; such a key cannot be compared here.
        keys.extend(columns.collect::<Result<Option<Vec<_>>, _>>()?);
    }
    keys.retain(|key| !key.is_empty());
    keys.sort();
    keys.dedup();
    Ok(keys)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
