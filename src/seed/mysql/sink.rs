//! Rows on their way: gathered table by table, and inserted many at once.

use anyhow::{Result, anyhow};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Params, Value as Sql};
use tokio::runtime::Runtime;

use super::told;
use crate::seed::table::{Cell, RowSink, TABLES, Table};

/// Rows gathered of all tables together, before they are inserted parents first.
const ROWS_GATHERED: usize = 16_384;
/// Rows of one statement at most; shorter ones have a power of two, so that few statements are prepared. A statement takes
/// 65,535 values.
const ROWS_INSERTED: usize = 512;

pub(super) struct MysqlSink<'a> {
    runtime: &'a Runtime,
    on: &'a mut Conn,
    /// The values of each of `TABLES`, row after row.
    gathered: [Vec<Sql>; TABLES.len()],
    n_gathered: usize,
    /// Told at the end: it is of a row that was taken a while ago, not of the one at hand.
    failed: Option<anyhow::Error>,
}

impl<'a> MysqlSink<'a> {
    pub(super) fn new(runtime: &'a Runtime, on: &'a mut Conn) -> Self {
        Self { runtime, on, gathered: Default::default(), n_gathered: 0, failed: None }
    }

    pub(super) fn finish(mut self) -> Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.flush(),
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.n_gathered = 0;
        for (nth, table) in TABLES.iter().enumerate() {
            let values = std::mem::take(&mut self.gathered[nth]);
            let mut values = values.as_slice();
            while !values.is_empty() {
                let rows = values.len() / table.columns.len();
                let rows = if rows >= ROWS_INSERTED { ROWS_INSERTED } else { 1 << rows.ilog2() };
                let (these, rest) = values.split_at(rows * table.columns.len());
                self.insert_many(table, these)?;
                values = rest;
            }
        }
        Ok(())
    }

    fn insert_many(&mut self, table: &Table, values: &[Sql]) -> Result<()> {
        let width = table.columns.len();
        match self.execute(table, values) {
            Ok(()) => Ok(()),
            // The server undoes the statement and keeps the transaction: row by row it is found which one it was.
            Err(Error::Server(_)) if values.len() > width => {
                values.chunks(width).try_for_each(|row| self.insert_many(table, row))
            }
            Err(Error::Server(answer)) => {
                let (column, key) = (table.columns[0].name, values[0].as_sql(true));
                Err(anyhow!("{} with {column} {key}: {}", table.name, answer.message))
            }
            Err(error) => Err(told(error).context(format!("cannot insert into {}", table.name))),
        }
    }

    fn execute(&mut self, table: &Table, values: &[Sql]) -> Result<(), Error> {
        let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        let row = format!("({})", vec!["?"; columns.len()].join(", "));
        let rows = vec![row.as_str(); values.len() / columns.len()].join(", ");
        let text = format!("INSERT INTO {} ({}) VALUES {rows}", table.name, columns.join(", "));
        self.runtime.block_on(self.on.exec_drop(text, Params::Positional(values.to_vec())))
    }
}

impl RowSink for MysqlSink<'_> {
    fn insert(&mut self, table: &'static Table, row: &[Cell<'_>]) -> Result<()> {
        if self.failed.is_some() {
            return Ok(());
        }
        let nth = TABLES.iter().position(|known| std::ptr::eq(*known, table));
        let gathered = &mut self.gathered[nth.expect("a row belongs to one of the tables")];
        gathered.extend(row.iter().map(|cell| match cell {
            Cell::Null => Sql::NULL,
            Cell::Int(value) => Sql::Int(*value),
            Cell::Real(value) => Sql::Double(*value),
            Cell::Text(text) => Sql::Bytes(text.as_bytes().to_vec()),
        }));
        self.n_gathered += 1;
        if self.n_gathered == ROWS_GATHERED {
            self.failed = self.flush().err();
        }
        Ok(())
    }
}
