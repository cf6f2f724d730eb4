//! Follows the change table of a SQLite database.
//!
//! Commits of other programs are noticed by `PRAGMA data_version`, a look at shared memory that reads no table. Our own
//! connection writes only when it prunes, and that a little at a time, when nothing else happens: another program that
//! does not wait for locks shall hardly ever meet one of ours.

mod image;
mod triggers;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::mpsc::Sender;

use crate::change::{Batch, Change, ChangeLog, Op, Origin, Position};
use crate::clock;
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;
use crate::source::catalogue::{Catalogue, Route};
use crate::source::sqlite::{BUSY_TIMEOUT, connect};

/// Changes handed over at once; bounds memory when a statement touched every row.
const BATCH_ROWS_MAX: usize = 5_000;
/// Changes kept for other readers of the same database, and for a restart from an older disk copy.
const KEPT_ROWS: u64 = 200_000;
/// Rows pruned in one transaction: less than a millisecond of lock.
const PRUNE_ROWS: u64 = 500;
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// How often to look for commits, and to say that there were none.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    pub interval: Duration,
    pub heartbeat: Duration,
}

#[derive(Debug)]
pub struct ChangeTable {
    rhythm: Rhythm,
    lifecycle: Lifecycle,
    faults: Faults,
    connection: Connection,
    file: Watched,
    tables: Vec<Table>,
    at: Place,
    kept_rows: u64,
    pruned_to: u64,
}

/// A table that is followed, and the columns of it that lead to cars.
#[derive(Clone, Debug)]
struct Table {
    name: String,
    columns: Vec<String>,
}

impl Table {
    fn of((name, route): (&String, &Route)) -> Self {
        let columns = match route {
            Route::Column(column) => vec![column.clone()],
            Route::Query(sql) => sql.parameters.clone(),
        };
        Self { name: name.clone(), columns }
    }
}

/// The file behind the connection. One that is put in its place by name is another database.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    inode: u64,
}

impl Watched {
    fn new(path: &Path) -> std::io::Result<Self> {
        Ok(Self { path: path.to_owned(), inode: fs::metadata(path)?.ino() })
    }

    fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|now| now.ino() == self.inode)
    }
}

/// How far the log is read. It moves on only together with the batch that was read: what a failed reading had seen is
/// read again.
#[derive(Clone, Debug)]
struct Place {
    log: String,
    /// The last change read.
    offset: u64,
    data_version: i64,
    schema_version: i64,
    /// Of the tables that are followed and of every view.
    shape: u64,
}

impl ChangeTable {
    /// Opens the log, creating the change table and the triggers where they are missing. An error is one line for
    /// the operator.
    pub fn open(
        path: &Path,
        catalogue: &Catalogue,
        rhythm: Rhythm,
        lifecycle: &Lifecycle,
        faults: &Faults,
    ) -> Result<Self, String> {
        let cannot = |e: &dyn std::fmt::Display| format!("source.url: cannot follow {}: {e}", path.display());
        let file = Watched::new(path).map_err(|e| cannot(&e))?;
        let open = || {
            let connection = connect(path)?;
            // Readers and writers do not wait for each other in this mode; it stays with the file.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            let tables: Vec<_> = catalogue.routes.iter().map(Table::of).collect();
            // Before the triggers are looked at: DDL in between must be looked at again.
            let schema_version = schema_version(&connection)?;
            let log = triggers::install(&connection, &tables)?;
            let shape = shape(&connection, &tables)?;
            let at = Place { log, offset: 0, data_version: -1, schema_version, shape };
            let (lifecycle, faults) = (lifecycle.clone(), faults.clone());
            Ok(Self {
                rhythm,
                lifecycle,
                faults,
                connection,
                file,
                tables,
                at,
                kept_rows: KEPT_ROWS,
                pruned_to: 0,
            })
        };
        open().map_err(|e: rusqlite::Error| cannot(&e))
    }

    /// The number of the last change ever written, pruned or not.
    fn last_offset(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'forecourt_changes'), 0)";
        let offset: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(offset.unsigned_abs())
    }

    /// Whether the log still holds everything behind `position`.
    pub fn holds(&self, position: &Position) -> rusqlite::Result<bool> {
        let Some((log, offset)) = parse(position) else { return Ok(false) };
        let end = self.last_offset()?;
        let sql = "SELECT coalesce(min(id), 0) FROM forecourt_changes";
        let first: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        let complete = offset == end || (first > 0 && first.unsigned_abs() <= offset + 1);
        Ok(log == self.at.log && offset <= end && complete)
    }

    /// What has been committed since the last call; `None` when nothing was and no heartbeat is due.
    fn next_batch(&mut self, beat: bool) -> anyhow::Result<Option<Batch>> {
        // The clock is read before the log: what is committed before this instant is visible to the reads below.
        let now_ms = clock::unix_ms();
        let data_version = self.data_version()?;
        if data_version == self.at.data_version {
            if !beat {
                return Ok(None);
            }
            if !self.file.is_in_place() {
                anyhow::bail!(
                    "{} is another file now or gone; start again to read it",
                    self.file.path.display()
                );
            }
            // Only in quiet times, a little at a time, and never waiting: no other program shall find the database
            // locked because of old changes.
            self.prune().context("prune old changes")?;
            let heartbeat =
                Batch { position: self.position(), complete_until_ms: Some(now_ms), ..Batch::default() };
            return Ok(Some(heartbeat));
        }
        let mut at = self.at.clone();
        let mut changes = self.check_schema(&mut at)?;
        let complete = self.read(&mut at, &mut changes)? < BATCH_ROWS_MAX;
        if complete {
            at.data_version = data_version;
        }
        self.at = at;
        // The log is a table of the same file: whoever reads the cars after it sees what it tells of.
        changes.iter_mut().for_each(|change| change.origin = Some(Origin::default()));
        Ok(Some(Batch { changes, position: self.position(), complete_until_ms: complete.then_some(now_ms) }))
    }

    /// Grows when another connection has committed.
    fn data_version(&self) -> rusqlite::Result<i64> {
        self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
    }

    fn position(&self) -> Position {
        Position(format!("{}:{}", self.at.log, self.at.offset))
    }

    /// DDL drops triggers with their tables and fires none: look after them whenever the schema has changed.
    fn check_schema(&self, at: &mut Place) -> anyhow::Result<Vec<Change>> {
        let version = schema_version(&self.connection)?;
        let name = triggers::name(&self.connection)?;
        if version == at.schema_version && name.as_ref() == Some(&at.log) {
            return Ok(Vec::new());
        }
        let before = (std::mem::take(&mut at.log), at.shape);
        at.log = triggers::install(&self.connection, &self.tables).context("install triggers")?;
        at.shape = shape(&self.connection, &self.tables)?;
        // The version from before: what was changed since is looked at once more.
        at.schema_version = version;
        // A table that nobody follows is nobody's business.
        Ok(if before == (at.log.clone(), at.shape) { Vec::new() } else { self.all_tables() })
    }

    /// Something happened that the log does not tell.
    fn all_tables(&self) -> Vec<Change> {
        self.tables.iter().map(|table| Change::whole_table(&table.name, "not in the log")).collect()
    }

    /// Appends the next changes, returns their number.
    fn read(&self, at: &mut Place, changes: &mut Vec<Change>) -> rusqlite::Result<usize> {
        let last = self.last_offset()?;
        if last < at.offset {
            // The database is an older one: restored while it was followed.
            changes.extend(self.all_tables());
            at.offset = last;
        }
        let sql = "SELECT id, table_name, op, \"before\", \"after\" FROM forecourt_changes \
                   WHERE id > ?1 ORDER BY id LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query((at.offset.cast_signed(), BATCH_ROWS_MAX as i64))?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let id = row.get::<_, i64>(0)?.unsigned_abs();
            let table = String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned();
            if id != at.offset + 1 {
                // Somebody pruned what was not read yet.
                changes.extend(self.all_tables());
            }
            changes
                .push(self.decode(row, &table).unwrap_or_else(|| Change::whole_table(&table, "unreadable")));
            at.offset = id;
            read += 1;
        }
        if read < BATCH_ROWS_MAX && at.offset < last {
            // The same, and nothing is left behind the gap.
            changes.extend(self.all_tables());
            at.offset = last;
        }
        Ok(read)
    }

    fn prune(&mut self) -> rusqlite::Result<()> {
        let keep_from = self.at.offset.saturating_sub(self.kept_rows);
        if keep_from < self.pruned_to + PRUNE_ROWS {
            return Ok(());
        }
        let sql = "DELETE FROM forecourt_changes WHERE id IN \
                   (SELECT id FROM forecourt_changes WHERE id <= ?1 ORDER BY id LIMIT ?2)";
        self.connection.busy_timeout(Duration::ZERO)?;
        let deleted = self.connection.execute(sql, (keep_from.cast_signed(), PRUNE_ROWS.cast_signed()));
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        match deleted {
            Ok(deleted) if (deleted as u64) < PRUNE_ROWS => self.pruned_to = keep_from,
            Ok(_) => {}
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// `None` when the row is not what our triggers write.
    fn decode(&self, row: &rusqlite::Row<'_>, table: &str) -> Option<Change> {
        let columns = &self.tables.iter().find(|known| known.name == table)?.columns;
        let op = match row.get_ref(2).ok()?.as_str().ok()? {
            "insert" => Op::Insert,
            "update" => Op::Update,
            "delete" => Op::Delete,
            _ => return None,
        };
        let image = |i| match row.get_ref(i).ok()?.as_bytes_or_null().ok()? {
            None => Some(None),
            Some(text) => image::parse(text, columns).map(Some),
        };
        Some(Change::row(table, op, image(3)?, image(4)?))
    }
}

impl ChangeLog for ChangeTable {
    async fn resume(&mut self, position: &Position) -> anyhow::Result<bool> {
        let resumed = self.holds(position)?;
        self.at.offset = match parse(position) {
            Some((_, offset)) if resumed => offset,
            _ => self.last_offset()?,
        };
        Ok(resumed)
    }

    fn begin(&self) -> Position {
        self.position()
    }

    /// Reads without giving way: for a thread of its own.
    async fn follow(mut self, batches: Sender<Batch>) {
        let Rhythm { interval, heartbeat } = self.rhythm;
        let mut beat_at = clock::now();
        while !self.lifecycle.is_stopping() && !batches.is_closed() {
            let batch = match self.next_batch(clock::now().duration_since(beat_at) >= heartbeat) {
                Ok(batch) => batch,
                Err(error) => {
                    let reason = format!("cannot read the change log: {error:#}");
                    if self.faults.put("relay", &reason, clock::unix_ms()) {
                        tracing::error!("{reason}; trying again");
                    }
                    tokio::time::sleep(RETRY_AFTER).await;
                    continue;
                }
            };
            self.faults.clear("relay");
            let Some(batch) = batch else {
                tokio::time::sleep(interval).await;
                continue;
            };
            beat_at = clock::now();
            if batches.send(batch).await.is_err() {
                return;
            }
        }
    }
}

/// `log:offset`
fn parse(position: &Position) -> Option<(&str, u64)> {
    let (log, offset) = position.0.rsplit_once(':')?;
    Some((log, offset.parse().ok()?))
}

fn shape(connection: &Connection, tables: &[Table]) -> rusqlite::Result<u64> {
    let mut statement =
        connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let mut rows = statement.query([])?;
    let mut shape = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if kind == "view" || tables.iter().any(|table| table.name == name) {
            shape.extend_from_slice(sql.unwrap_or_default().as_bytes());
        }
    }
    Ok(xxhash_rust::xxh3::xxh3_64(&shape))
}

fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "schema_version", |row| row.get(0))
}

#[cfg(test)]
mod tests;
