//! Seeding a SQLite database: one transaction, and a file that is either whole or not there.
//!
//! The rows go straight into the file, through a rollback journal. That journal keeps the old content of changed pages; an
//! empty database has none, so every page is written once, a killed process leaves an empty database, and neither a
//! second file nor a rename is needed. WAL, which readers beside a writer want, would write every page twice here and is
//! turned on at the end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, ToSql};

use super::Target;
use super::table::{Cell, RowSink, TABLES, Table};

const SCHEMA: &str = include_str!("../../config/schema.sqlite.sql");

/// In the schema, what follows the line that starts like this runs after the rows.
const INDEXES_MARK: &str = "-- Indexes:";

/// How long to wait for another program that is writing to the same database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A database to be seeded. Dropped before `commit`, it leaves nothing: SQLite rolls back when the connection closes, and then
/// a file that was not there before goes. The fields' order matters for that.
pub(super) struct SqliteTarget {
    connection: Connection,
    /// No table was in the database when it was opened.
    empty: bool,
    file: TargetFile,
}

impl SqliteTarget {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let context = || format!("cannot open {}", path.display());
        // An absolute path means a file always: `:memory:` and `file:...?mode=memory` would lose all rows at the end.
        let path = std::path::absolute(path).with_context(context)?;
        let file = TargetFile::create(&path).with_context(context)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).with_context(context)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let pages: u32 =
            connection.pragma_query_value(None, "page_count", |row| row.get(0)).with_context(context)?;
        Ok(Self { connection, empty: pages == 0, file })
    }

    /// Starts the transaction, unless the database holds cars already: then answers how many.
    pub(super) fn begin(&mut self) -> Result<u32> {
        // Asked first without a lock, so that a full database does not have to wait for its writers.
        let held = self.cars()?;
        if held > 0 { Ok(held) } else { self.lock() }
    }

    /// Takes the write lock, and asks again behind it: another process may have seeded the database meanwhile.
    fn lock(&mut self) -> Result<u32> {
        self.connection.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; BEGIN IMMEDIATE;",
        )?;
        let held = self.cars()?;
        // From here on nobody else can have put anything into the file.
        self.file.provisional = self.file.created && held == 0;
        Ok(held)
    }

    fn cars(&self) -> Result<u32> {
        // Not `Connection::table_exists`, which does not see what another process has committed since.
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'cars'";
        let count = |sql: &str| self.connection.query_row(sql, [], |row| row.get(0));
        Ok(if count(tables)? > 0 { count("SELECT count(*) FROM cars")? } else { 0 })
    }

    /// Creates the tables that are not there, and answers where rows go.
    pub(super) fn rows(&self) -> Result<SqliteSink<'_>> {
        let (tables, _) = schema();
        self.connection.execute_batch(tables).context("cannot create the tables")?;
        let statements = TABLES.iter().map(|table| {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            let holders = vec!["?"; columns.len()].join(", ");
            let sql = format!("INSERT INTO {} ({}) VALUES ({holders})", table.name, columns.join(", "));
            self.connection.prepare(&sql).with_context(|| format!("table {} does not fit", table.name))
        });
        Ok(SqliteSink { statements: statements.collect::<Result<_>>()? })
    }

    /// Builds the indexes, sorting each once instead of growing it row by row.
    pub(super) fn index(&self) -> Result<()> {
        let (_, indexes) = schema();
        self.connection.execute_batch(indexes).context("cannot create the indexes")
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        self.connection.execute_batch("COMMIT").context("cannot commit the rows")?;
        self.file.provisional = false;
        // Another process that failed to seed a file it had created may have taken it away, with us waiting behind its lock.
        ensure!(self.file.path.exists(), "{} was removed while it was seeded", self.file.path.display());
        if self.empty {
            // A database that had tables keeps the mode that its owner chose.
            self.connection.pragma_update(None, "journal_mode", "WAL").context("cannot turn on WAL")?;
        }
        Ok(())
    }
}

impl Target for SqliteTarget {
    fn name(&self) -> String {
        format!("sqlite:{}", self.file.path.display())
    }

    fn begin(&mut self) -> Result<u32> {
        self.begin().with_context(|| format!("cannot seed {}", self.file.path.display()))
    }

    fn write(&mut self, rows: &mut dyn FnMut(&mut dyn RowSink) -> Result<()>) -> Result<()> {
        rows(&mut self.rows()?)
    }

    fn index(&mut self) -> Result<()> {
        Self::index(self)
    }

    fn commit(&mut self) -> Result<()> {
        self.commit()
    }
}

/// The schema's tables, and its indexes.
fn schema() -> (&'static str, &'static str) {
    SCHEMA.split_once(INDEXES_MARK).map_or((SCHEMA, ""), |(tables, rest)| {
        (tables, rest.split_once('\n').map_or("", |(_comment, indexes)| indexes))
    })
}

/// Inserts rows with one prepared statement per table.
pub(super) struct SqliteSink<'a> {
    /// In the order of `TABLES`.
    statements: Vec<Statement<'a>>,
}

impl RowSink for SqliteSink<'_> {
    fn insert(&mut self, table: &'static Table, row: &[Cell<'_>]) -> Result<()> {
        let nth = TABLES.iter().position(|known| std::ptr::eq(*known, table));
        let statement = &mut self.statements[nth.expect("a row belongs to one of the tables")];
        for (column, cell) in (1..).zip(row) {
            statement.raw_bind_parameter(column, cell)?;
        }
        match statement.raw_execute() {
            Ok(_) => Ok(()),
            // SQLite's own sentence names table and column; the code behind it would only repeat it.
            Err(rusqlite::Error::SqliteFailure(_, Some(sentence))) => Err(anyhow!(sentence)),
            Err(error) => Err(error.into()),
        }
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(value) => ValueRef::Integer(*value),
            Cell::Real(value) => ValueRef::Real(*value),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

struct TargetFile {
    path: PathBuf,
    /// It was not there before.
    created: bool,
    /// Nobody could miss it: it goes when it is dropped.
    provisional: bool,
}

impl TargetFile {
    fn create(path: &Path) -> std::io::Result<Self> {
        let created = match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => true,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        Ok(Self { path: path.to_owned(), created, provisional: false })
    }
}

impl Drop for TargetFile {
    fn drop(&mut self) {
        if self.provisional {
            // Nothing more can be done if this fails: what is left is an empty database.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
