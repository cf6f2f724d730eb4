//! Checks `catalogue.toml` against a live SQLite schema, so that a wrong query ends the start and not a fetch.

use rusqlite::{Connection, Statement};

use crate::source::catalogue::{Catalogue, Part, Route};

/// The places of each part's columns, `car_id` first. An error is one line that names file and key.
pub(super) fn check(connection: &Connection, catalogue: &Catalogue) -> Result<Vec<Vec<usize>>, String> {
    let file = &catalogue.file;
    reading(connection, &catalogue.ids).map_err(|e| format!("{file}: queries.ids: {e}"))?;
    for (table, route) in &catalogue.routes {
        check_route(connection, table, route).map_err(|e| format!("{file}: routes.{table}{e}"))?;
    }
    let places = |part: Part| {
        let key = part.as_str();
        let text = catalogue.part(part).with(|_| "?".to_owned());
        let statement = reading(connection, &text).map_err(|e| format!("{file}: queries.{key}: {e}"))?;
        let returned: Vec<_> = statement.column_names().collect();
        let wanted = std::iter::once(&"car_id").chain(part.columns());
        let place = |name: &&str| {
            let place = returned.iter().position(|column| column.eq_ignore_ascii_case(name));
            place.ok_or_else(|| format!("{file}: queries.{key}: expected a column `{name}` in its result"))
        };
        wanted.map(place).collect()
    };
    Part::ALL.into_iter().map(places).collect()
}

/// A query that changes nothing.
fn reading<'a>(connection: &'a Connection, text: &str) -> Result<Statement<'a>, String> {
    let statement = connection.prepare(text).map_err(|e| line(&e))?;
    if statement.readonly() { Ok(statement) } else { Err("expected a query that only reads".to_owned()) }
}

fn check_route(connection: &Connection, table: &str, route: &Route) -> Result<(), String> {
    let columns = table_columns(connection, table).map_err(|e| format!(": {}", line(&e)))?;
    if columns.is_empty() {
        return Err(": the source has no such table".to_owned());
    }
    let has = |name: &str| columns.iter().any(|column| column == name);
    match route {
        Route::Column(column) if !has(column) => Err(format!(".column: the table has no column `{column}`")),
        Route::Column(_) => Ok(()),
        Route::Query(sql) => {
            if let Some(missing) = sql.parameters.iter().find(|name| !has(name)) {
                return Err(format!(".query: the table has no column `{missing}`"));
            }
            let text = sql.with(|i| format!("?{}", i + 1));
            reading(connection, &text).map(drop).map_err(|e| format!(".query: {e}"))
        }
    }
}

/// The columns of a table in its own order; empty when there is no such table.
pub(crate) fn table_columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    // The function below looks at the connection's own copy of the schema; reading a table brings that up to date.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

/// What SQLite says, without the query it says it of.
fn line(error: &rusqlite::Error) -> String {
    let text = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    text.replace('\n', " ")
}
