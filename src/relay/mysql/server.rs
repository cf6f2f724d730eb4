//! The server whose binlog is read: connecting, and what it says of itself.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Row};

use super::place::{Flavour, Place, Spot};

/// For anything that is asked of a server.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// The protocol's own bound; an event is at most one row or a transaction that was compressed as a whole.
const PACKET_BYTES_MAX: usize = 1 << 30;
/// How long a server may take to count what it has logged.
const COUNT_TRIES: u32 = 10;
const COUNT_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) flavour: Flavour,
    /// Tells it from every other server, its own replicas included.
    pub(super) identity: String,
    /// Whether places can be told by transactions.
    pub(super) has_gtids: bool,
    /// Whether names are compared without their case.
    pub(super) ignores_case: bool,
}

/// Of [`Server::holds`].
pub(super) enum Held {
    Yes,
    /// The reason.
    No(String),
}

pub(super) async fn connect(opts: &Opts) -> anyhow::Result<Conn> {
    let address = format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port());
    let opts = OptsBuilder::from_opts(opts.clone())
        .db_name(None::<String>)
        .prefer_socket(false)
        .max_allowed_packet(Some(PACKET_BYTES_MAX))
        .wait_timeout(Some(28_800));
    answer(Conn::new(opts)).await.with_context(|| format!("connect to {address}"))
}

/// Not longer than [`ANSWER_TIMEOUT`].
pub(super) async fn answer<T>(question: impl Future<Output = mysql_async::Result<T>>) -> anyhow::Result<T> {
    match tokio::time::timeout(ANSWER_TIMEOUT, question).await {
        Ok(answer) => Ok(answer?),
        Err(_) => anyhow::bail!("no answer within {} s", ANSWER_TIMEOUT.as_secs()),
    }
}

/// The first column of the first row.
pub(super) async fn value(conn: &mut Conn, sql: &str) -> anyhow::Result<Option<String>> {
    let row: Option<Row> = answer(conn.query_first(sql)).await.with_context(|| format!("ask {sql}"))?;
    Ok(row.and_then(|row| text(&row, 0)))
}

/// NULL is none.
pub(super) fn text(row: &Row, i: usize) -> Option<String> {
    row.get_opt::<Option<String>, _>(i)?.ok()?
}

impl Server {
    pub(super) async fn ask(conn: &mut Conn) -> anyhow::Result<Self> {
        let version = value(conn, "SELECT VERSION()").await?.unwrap_or_default();
        let is_mariadb = version.contains("MariaDB");
        let flavour = if is_mariadb { Flavour::MariaDb } else { Flavour::MySql };
        let identity = if is_mariadb {
            value(conn, "SELECT CONCAT_WS('/', @@hostname, @@port, @@server_id, @@datadir)").await?
        } else {
            value(conn, "SELECT @@server_uuid").await?
        };
        let identity = identity.unwrap_or_default();
        let has_gtids =
            is_mariadb || value(conn, "SELECT @@gtid_mode").await?.is_some_and(|mode| mode == "ON");
        let ignores_case =
            value(conn, "SELECT @@lower_case_table_names").await?.is_some_and(|mode| mode != "0");
        Ok(Self { flavour, identity, has_gtids, ignores_case })
    }

    /// Where the log ends: everything committed before this is asked is in front of it.
    pub(super) async fn end(&self, conn: &mut Conn) -> anyhow::Result<Place> {
        // Before the position, so that it never claims more than the position does; a little may be read twice.
        let gtids = match self.flavour {
            Flavour::MariaDb => value(conn, "SELECT @@GLOBAL.gtid_binlog_pos").await?,
            Flavour::MySql => value(conn, "SELECT @@GLOBAL.gtid_executed").await?,
        };
        let gtids = gtids.unwrap_or_default();
        let row = self.status(conn).await?;
        let file = text(&row, 0).context("the binlog has no file")?;
        let pos: u64 = row.get_opt(1).context("the binlog has no position")??;
        let gtids =
            self.flavour.gtids(&gtids).with_context(|| format!("read the server's GTIDs {gtids:?}"))?;
        Ok(Place { server: self.identity.clone(), spot: Spot { file, pos }, gtids })
    }

    async fn status(&self, conn: &mut Conn) -> anyhow::Result<Row> {
        let (renamed, old) = ("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS");
        // 8.2 renamed it, 8.4 dropped the old name.
        let sql =
            if self.flavour == Flavour::MySql && conn.server_version() >= (8, 2, 0) { renamed } else { old };
        let row: Option<Row> = answer(conn.query_first(sql)).await.with_context(|| format!("ask {sql}"))?;
        row.context("the server keeps no binlog: start it with log_bin")
    }

    /// The names of the log's files, oldest first.
    pub(super) async fn files(&self, conn: &mut Conn) -> anyhow::Result<Vec<String>> {
        let rows: Vec<Row> = answer(conn.query("SHOW BINARY LOGS")).await.context("ask SHOW BINARY LOGS")?;
        Ok(rows.iter().filter_map(|row| text(row, 0)).collect())
    }

    /// Whether reading is to begin by GTID rather than by file.
    pub(super) fn begins_by_gtid(&self, place: &Place) -> bool {
        self.has_gtids && !place.gtids.is_empty()
    }

    /// Whether the log still has everything behind `place`, as far as that can be told without reading it.
    pub(super) async fn holds(&self, conn: &mut Conn, place: &Place) -> anyhow::Result<Held> {
        if self.flavour != place.flavour() {
            return Ok(Held::No("the position is one of another kind of server".to_owned()));
        }
        if self.begins_by_gtid(place) {
            if self.flavour == Flavour::MariaDb {
                // Asking for the log tells.
                return Ok(Held::Yes);
            }
            let ask = async |conn: &mut Conn, name: &str| {
                let text = value(conn, &format!("SELECT @@GLOBAL.{name}")).await?.unwrap_or_default();
                self.flavour.gtids(&text).with_context(|| format!("read {name} {text:?}"))
            };
            if !place.gtids.contains(&ask(conn, "gtid_purged").await?) {
                return Ok(Held::No("the server has purged transactions that were not read".to_owned()));
            }
            // The log has a transaction a moment before the server counts it as executed.
            for _ in 0..COUNT_TRIES {
                if ask(conn, "gtid_executed").await?.contains(&place.gtids) {
                    return Ok(Held::Yes);
                }
                tokio::time::sleep(COUNT_INTERVAL).await;
            }
            return Ok(Held::No("the server lacks transactions that were read".to_owned()));
        }
        if place.server != self.identity {
            return Ok(Held::No("the position is one of another server, and has no GTID".to_owned()));
        }
        if !self.files(conn).await?.contains(&place.spot.file) {
            return Ok(Held::No(format!("the server has purged {}", place.spot.file)));
        }
        Ok(Held::Yes)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flavour = match self.flavour {
            Flavour::MariaDb => "MariaDB",
            Flavour::MySql => "MySQL",
        };
        write!(f, "{flavour} {}", self.identity)
    }
}
