//! The embedded source: a SQLite database that any program may write to.

pub(crate) mod check;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, ErrorCode, Statement};
use serde_json::Value as Json;

use super::catalogue::{Catalogue, Part, Sql};
use super::listed::{Listed, Strange};
use super::route::{self, Ask, Bound, Plan};
use super::{Error, Fetched, Source, Value};
use crate::car::CarId;
use crate::change::{Change, Op, Reach};

/// How long a statement waits for another program's lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct SqliteSource {
    connection: Connection,
    catalogue: Arc<Catalogue>,
    /// Where each part's query has the columns: `car_id` first, then [`Part::columns`].
    columns: Vec<Vec<usize>>,
    strange: Strange,
}

/// Opens a database that must exist, with the settings every connection of ours has.
pub fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    use rusqlite::OpenFlags;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

impl SqliteSource {
    /// Opens the database and checks the catalogue against its schema. An error is one line for the operator.
    pub fn open(path: &Path, catalogue: Arc<Catalogue>) -> Result<Self, String> {
        let connection =
            connect(path).map_err(|e| format!("source.url: cannot open {}: {e}", path.display()))?;
        let columns = check::check(&connection, &catalogue)?;
        Ok(Self { connection, catalogue, columns, strange: Strange::default() })
    }

    fn fetch_part(&self, part: Part, cars: &[CarId], fetched: &mut Fetched) -> rusqlite::Result<()> {
        let width = cars.len().next_power_of_two();
        let text = self.catalogue.part(part).with(|_| vec!["?"; width].join(","));
        let mut statement = self.connection.prepare_cached(&text)?;
        // Few widths make few statements to prepare: the last id fills the list up.
        let padded = cars.iter().chain(std::iter::repeat(&cars[cars.len() - 1])).take(width);
        for (i, car) in padded.enumerate() {
            statement.raw_bind_parameter(i + 1, i64::try_from(car.0).unwrap_or(i64::MAX))?;
        }
        let columns = &self.columns[part as usize];
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let ValueRef::Integer(id) = row.get_ref(columns[0])? else { continue };
            let Ok(id) = u64::try_from(id) else { continue };
            let values = columns[1..].iter().map(|&i| row.get_ref(i).map(value));
            fetched.push(CarId(id), part, values.collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    fn fetch_all(&self, cars: &[CarId]) -> rusqlite::Result<Fetched> {
        // What the change table shows is committed, so every read sees it.
        let mut fetched = Fetched::new(true);
        if cars.is_empty() {
            return Ok(fetched);
        }
        // One transaction is one snapshot: a car's tables are seen as of the same commit.
        let transaction = self.connection.unchecked_transaction()?;
        for part in Part::ALL {
            self.fetch_part(part, cars, &mut fetched)?;
        }
        transaction.commit()?;
        Ok(fetched)
    }

    /// The cars of some changes; `None` when only all cars will do.
    fn route_all(&self, changes: &[Change]) -> rusqlite::Result<Option<Vec<CarId>>> {
        let Some(Plan { mut cars, asks }) = route::plan(&self.catalogue, changes) else { return Ok(None) };
        for Ask { sql, values, must_find } in asks {
            let found = self.ask(sql, &values)?;
            if must_find && found.is_empty() {
                return Ok(None);
            }
            cars.extend(found);
        }
        Ok(Some(cars))
    }

    fn ask(&self, sql: &Sql, values: &[&Json]) -> rusqlite::Result<Vec<CarId>> {
        let mut statement = self.connection.prepare_cached(&sql.with(|i| format!("?{}", i + 1)))?;
        for (i, json) in values.iter().enumerate() {
            statement.raw_bind_parameter(i + 1, bind(json))?;
        }
        Ok(ids(&mut statement)?.cars)
    }
}

impl Source for SqliteSource {
    async fn car_ids(&mut self) -> Result<Vec<CarId>, Error> {
        let read = || ids(&mut *self.connection.prepare_cached(&self.catalogue.ids)?);
        let listed = read().map_err(failed("list the cars"))?;
        Ok(self.strange.cars(listed))
    }

    async fn fetch(&mut self, cars: &[CarId], _: &Reach) -> Result<Fetched, Error> {
        self.fetch_all(cars).map_err(failed(&format!("fetch {} cars", cars.len())))
    }

    async fn route(&mut self, changes: &[Change]) -> Result<Option<Vec<CarId>>, Error> {
        if changes.iter().any(|change| change.op == Op::Table) {
            // The schema may be another one now; the places of the columns with it.
            let checked = check::check(&self.connection, &self.catalogue);
            self.columns = checked.map_err(|cause| Error {
                what: "check the schema".to_owned(),
                cause,
                is_refusal: true,
            })?;
        }
        self.route_all(changes).map_err(failed("route changes to cars"))
    }
}

fn failed(what: &str) -> impl FnOnce(rusqlite::Error) -> Error {
    let what = what.to_owned();
    move |cause| {
        let busy = [Some(ErrorCode::DatabaseBusy), Some(ErrorCode::DatabaseLocked)];
        let is_refusal = !busy.contains(&cause.sqlite_error_code());
        Error { what, cause: cause.to_string(), is_refusal }
    }
}

fn ids(statement: &mut Statement<'_>) -> rusqlite::Result<Listed> {
    let mut listed = Listed::default();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?;
        let car = id.as_i64().ok().and_then(|id| u64::try_from(id).ok()).map(CarId);
        listed.push(car, || value(id));
    }
    Ok(listed)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(i) => Value::Int(i),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.into()),
            Err(_) => Value::Bytes(bytes.len()),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.len()),
    }
}

fn bind(json: &Json) -> SqlValue {
    match route::bound(json) {
        Bound::Null => SqlValue::Null,
        Bound::Int(i) => SqlValue::Integer(i),
        // SQLite has no integer of that size.
        Bound::Unsigned(u) => SqlValue::Real(u as f64),
        Bound::Real(r) => SqlValue::Real(r),
        Bound::Text(text) => SqlValue::Text(text.to_owned()),
    }
}
