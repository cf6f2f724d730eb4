//! Seeding MySQL or MariaDB: all rows in one transaction.
//!
//! DDL is not part of a transaction, so what was created for it, tables and perhaps the database, is dropped again when
//! seeding fails. A killed process leaves empty tables at most: the server rolls the rows back.

mod sink;

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Opts, OptsBuilder};
use tokio::runtime::Runtime;

use self::sink::MysqlSink;
use super::Target;
use super::table::{RowSink, TABLES};
use crate::source::mysql;

const SCHEMA: &str = include_str!("../../config/schema.sql");

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Each of `sink`'s statements stays prepared: thirteen tables, ten widths.
const STATEMENTS: usize = 160;

const UNKNOWN_DATABASE: u16 = 1049;

/// What does not fit a column is an error and not shortened, whatever the server's default is. Two seedings of one database
/// do not run at once.
const SETTINGS: &[&str] = &[
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
    "SET SESSION TRANSACTION READ WRITE",
    "SET SESSION unique_checks = 0",
];

/// A database to be seeded. Dropped before `commit`, it leaves nothing.
pub(super) struct MysqlTarget {
    runtime: Runtime,
    on: Conn,
    database: String,
    address: String,
    created_database: bool,
    created_tables: Vec<&'static str>,
    is_committed: bool,
}

impl MysqlTarget {
    /// Creates the database if there is none. Errors do not tell the password.
    pub(super) fn open(url: &str) -> Result<Self> {
        let opts = mysql::opts(url, None, None).map_err(|line| anyhow!("{line}"))?;
        let Some(database) = mysql::database(&opts).map(str::to_owned) else {
            bail!("mysql: needs the name of a database, as in mysql://user:password@host/cars");
        };
        let address = mysql::address(&opts);
        let opts: Opts = OptsBuilder::from_opts(opts).stmt_cache_size(STATEMENTS).into();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connected = runtime.block_on(connect(&opts, &database));
        let (on, created_database) =
            connected.with_context(|| format!("cannot open {database} at {address}"))?;
        let (created_tables, is_committed) = (Vec::new(), false);
        Ok(Self { runtime, on, database, address, created_database, created_tables, is_committed })
    }

    fn run(&mut self, statement: &str) -> Result<()> {
        self.runtime.block_on(self.on.query_drop(statement)).map_err(told)
    }

    fn number(&mut self, query: &str) -> Result<u32> {
        let number: Option<u32> = self.runtime.block_on(self.on.query_first(query)).map_err(told)?;
        Ok(number.unwrap_or_default())
    }

    fn tables(&mut self) -> Result<Vec<String>> {
        let names = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
        self.runtime.block_on(self.on.query(names)).map_err(told)
    }

    fn create_tables(&mut self) -> Result<()> {
        let there = self.tables()?;
        let text: String =
            SCHEMA.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
        for (table, statement) in TABLES.iter().zip(text.split(';')) {
            self.run(statement).with_context(|| format!("cannot create the table {}", table.name))?;
            if !there.iter().any(|name| name == table.name) {
                self.created_tables.push(table.name);
            }
        }
        Ok(())
    }

    fn undo(&mut self) -> Result<()> {
        // It fails if the connection is what failed; then the server has rolled back itself.
        let _ = self.run("ROLLBACK");
        for table in self.created_tables.clone().into_iter().rev() {
            self.run(&format!("DROP TABLE {table}"))?;
        }
        if self.created_database {
            let database = quoted(&self.database);
            self.run(&format!("DROP DATABASE {database}"))?;
        }
        Ok(())
    }
}

impl Target for MysqlTarget {
    fn name(&self) -> String {
        format!("mysql://{}/{}", self.address, self.database)
    }

    fn begin(&mut self) -> Result<u32> {
        for setting in SETTINGS {
            self.run(setting)?;
        }
        if self.number("SELECT GET_LOCK(CONCAT('forecourt seed ', DATABASE()), 10)")? == 0 {
            bail!("another process is seeding it");
        }
        let there = self.tables()?.iter().any(|name| name == "cars");
        if there { self.number("SELECT COUNT(*) FROM cars") } else { Ok(0) }
    }

    fn write(&mut self, rows: &mut dyn FnMut(&mut dyn RowSink) -> Result<()>) -> Result<()> {
        self.create_tables()?;
        self.run("START TRANSACTION")?;
        let mut sink = MysqlSink::new(&self.runtime, &mut self.on);
        rows(&mut sink)?;
        sink.finish()
    }

    /// The schema's tables have theirs from the beginning.
    fn index(&mut self) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.run("COMMIT").context("cannot commit the rows")?;
        self.is_committed = true;
        // Until the server has counted by itself, its plans are those for empty tables. It need not be allowed to us.
        let names: Vec<_> = TABLES.iter().map(|table| table.name).collect();
        let _ = self.run(&format!("ANALYZE NO_WRITE_TO_BINLOG TABLE {}", names.join(", ")));
        Ok(())
    }
}

impl Drop for MysqlTarget {
    fn drop(&mut self) {
        let nothing_done = self.created_tables.is_empty() && !self.created_database;
        if !self.is_committed
            && !nothing_done
            && let Err(error) = self.undo()
        {
            tracing::error!("cannot drop what was created in {}: {error:#}", self.database);
        }
    }
}

async fn connect(opts: &Opts, database: &str) -> Result<(Conn, bool)> {
    let open = async |opts: Opts| match tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(opts)).await {
        Ok(connected) => Ok(connected),
        Err(_) => bail!("no answer within {} s", CONNECT_TIMEOUT.as_secs()),
    };
    match open(opts.clone()).await? {
        Ok(on) => return Ok((on, false)),
        Err(Error::Server(answer)) if answer.code == UNKNOWN_DATABASE => {}
        Err(error) => return Err(told(error)),
    }
    let mut on =
        open(OptsBuilder::from_opts(opts.clone()).db_name(None::<String>).into()).await?.map_err(told)?;
    let name = quoted(database);
    let create = format!("CREATE DATABASE {name} DEFAULT CHARACTER SET utf8mb4");
    on.query_drop(create).await.map_err(told).context("there is none, and it cannot be created")?;
    on.query_drop(format!("USE {name}")).await.map_err(told)?;
    Ok((on, true))
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// The server's own sentence, without its numbers.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn told(error: Error) -> anyhow::Error {
    anyhow!(mysql::line(&error))
}

#[cfg(test)]
mod tests;
