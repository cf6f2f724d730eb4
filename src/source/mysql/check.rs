//! Checks `catalogue.toml` against a live schema, so that a wrong query ends the start and not a fetch.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Column, Conn};

use super::session::{Failure, places, within};
use crate::source::catalogue::{Catalogue, Part, Route};

/// Why the catalogue does not fit, or why that could not be found out.
pub(super) enum Misfit {
    /// One line that names file and key.
    Catalogue(String),
    Failure(Failure),
}

const COLUMNS: &str =
    "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";

const WRITES: &str = "expected a query that only reads";

pub(super) async fn check(on: &mut Conn, catalogue: &Catalogue) -> Result<(), Misfit> {
    let file = &catalogue.file;
    let ids = reading(on, &catalogue.ids).await?;
    ids.map_err(|e| Misfit::Catalogue(format!("{file}: queries.ids: {e}")))?;
    for (table, route) in &catalogue.routes {
        let fits = check_route(on, table, route).await?;
        fits.map_err(|e| Misfit::Catalogue(format!("{file}: routes.{table}{e}")))?;
    }
    for part in Part::ALL {
        let key = part.as_str();
        let text = catalogue.part(part).with(|_| "?".to_owned());
        let columns = reading(on, &text).await?;
        let columns = columns.map_err(|e| Misfit::Catalogue(format!("{file}: queries.{key}: {e}")))?;
        let lacks = |name| format!("{file}: queries.{key}: expected a column `{name}` in its result");
        places(&columns, part).map_err(|name| Misfit::Catalogue(lacks(name)))?;
    }
    Ok(())
}

/// The columns of a query that changes nothing, or what is wrong with it.
async fn reading(on: &mut Conn, text: &str) -> Result<Result<Vec<Column>, String>, Failure> {
    let statement = match within(on.prep(text)).await {
        Ok(statement) => statement,
        Err(failure) if failure.is_write() => return Ok(Err(WRITES.to_owned())),
        Err(failure) if failure.is_denied() => return Ok(Err(format!("{failure}: {}", grant(on).await?))),
        Err(failure) if failure.is_server() => return Ok(Err(failure.to_string())),
        Err(failure) => return Err(failure),
    };
    let columns = statement.columns().to_vec();
    within(on.close(statement)).await?;
    Ok(if columns.is_empty() { Err(WRITES.to_owned()) } else { Ok(columns) })
}

/// What lets the account read whatever the catalogue asks for.
async fn grant(on: &mut Conn) -> Result<String, Failure> {
    let asked: Option<(String, String)> = within(on.query_first("SELECT CURRENT_USER(), DATABASE()")).await?;
    let (account, database) = asked.unwrap_or_default();
    let (user, host) = account.rsplit_once('@').unwrap_or((&account, "%"));
    Ok(grant_to(&database, &format!("'{user}'@'{host}'")))
}

/// `account` as in `'user'@'host'`.
pub(super) fn grant_to(database: &str, account: &str) -> String {
    format!("run GRANT SELECT ON `{}`.* TO {account}", database.replace('`', "``"))
}

async fn check_route(on: &mut Conn, table: &str, route: &Route) -> Result<Result<(), String>, Failure> {
    let columns: Vec<String> = within(on.exec(COLUMNS, (table,))).await?;
    if columns.is_empty() {
        // A table that the account may not read is not listed either.
        let all = format!("SELECT * FROM `{}`", table.replace('`', "``"));
        return Ok(Err(match within(on.prep(all)).await {
            Err(failure) if failure.is_denied() => format!(": {failure}: {}", grant(on).await?),
            Err(failure) if !failure.is_server() => return Err(failure),
            _ => ": the source has no such table".to_owned(),
        }));
    }
    let has = |name: &str| columns.iter().any(|column| column == name);
    match route {
        Route::Column(column) if !has(column) => {
            Ok(Err(format!(".column: the table has no column `{column}`")))
        }
        Route::Column(_) => Ok(Ok(())),
        Route::Query(sql) => {
            if let Some(missing) = sql.parameters.iter().find(|name| !has(name)) {
                return Ok(Err(format!(".query: the table has no column `{missing}`")));
            }
            let read = reading(on, &sql.with(|_| "?".to_owned())).await?;
            Ok(read.map(drop).map_err(|e| format!(".query: {e}")))
        }
    }
}

impl From<Failure> for Misfit {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
