//! The change table and the triggers that fill it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::{Table, image};
use crate::source::sqlite::check::table_columns;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS forecourt_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, op TEXT NOT NULL, \"before\" TEXT, \"after\" TEXT);
CREATE TABLE IF NOT EXISTS forecourt_meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
";

/// Creates what is missing or different and returns the log's name. The log gets a new name whenever something had to
/// be created: what was written without it is not in the log, so positions in the old one mean nothing.
pub(super) fn install(connection: &Connection, tables: &[Table]) -> rusqlite::Result<String> {
    let current = name(connection)?;
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
    let has_table = !table_columns(connection, "forecourt_changes")?.is_empty();
    if let (Some(log), true, true) = (current, has_table, missing.is_empty()) {
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

/// The log's name, if there is a log.
pub(super) fn name(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if table_columns(connection, "forecourt_meta")?.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT value FROM forecourt_meta WHERE key = 'log'";
    connection.query_row(sql, [], |row| row.get(0)).optional()
}

/// Name and text of a table's triggers. None when the table or a column that is asked for does not exist (any more): a
/// trigger that names it would fail the writer's statement.
fn triggers(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<(String, String)>> {
    let Table { name: table, columns } = table;
    let existing = table_columns(connection, table)?;
    if existing.is_empty() || !columns.iter().all(|column| existing.contains(column)) {
        return Ok(Vec::new());
    }
    let log = |op: &str, before: &str, after: &str| {
        let name = table.replace('\'', "''");
        format!(
            "INSERT INTO forecourt_changes (table_name, op, \"before\", \"after\") VALUES ('{name}', '{op}', {before}, {after});"
        )
    };
    let (old, new) = (image::sql("OLD", columns), image::sql("NEW", columns));
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
                image::sql("displaced", columns),
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

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
