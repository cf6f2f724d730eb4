//! Follows the binlog of a MySQL or MariaDB server, as a replica would.
//!
//! The server sends each transaction when it is committed; nothing is asked for. Reading goes on behind the last whole
//! transaction, by GTID where the server has them, so also at a replica that has taken over, else by file and position. A
//! second connection asks where the log ends: once that is read, everything committed before the question is.
//!
//! | file | what |
//! |---|---|
//! | `stream` | asking for the log, waiting for its events, what goes wrong with that |
//! | `reader` | events to changes: transactions, rotation, statements |
//! | `table`, `value`, `text` | rows to JSON |
//! | `statement`, `words` | DDL |
//! | `place`, `gtid` | where to go on |
//! | `server`, `probe` | what the server says of itself, and where its log ends |
//! | `preflight` | settings and privileges, checked before the start |

mod gtid;
mod place;
mod preflight;
mod probe;
mod reader;
mod server;
mod statement;
mod stream;
mod table;
mod tables;
mod text;
mod value;
mod words;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

use mysql_async::Opts;
use tokio::sync::mpsc::{self, Sender};

use self::place::{Place, Spot};
use self::probe::{Marks, RETRY_AFTER, probe};
use self::reader::Reader;
use self::server::{Server, connect};
use self::stream::{Client, Failure, Log};
use self::tables::Watched;
pub use self::{preflight::preflight, tables::Tables};
use crate::change::{ALL_TABLES, Batch, Change, ChangeLog, Position};
use crate::clock;
use crate::faults::Faults;
use crate::lifecycle::{Lifecycle, Phase};

/// Changes handed over at once; bounds memory when a transaction touched every row.
const BATCH_ROWS_MAX: usize = 1_000;
/// The same for rows that are large, in bytes of the log.
const BATCH_BYTES_MAX: u64 = 4 << 20;
/// How long a transaction may stand still before its first changes are handed over.
const STALL_MAX: Duration = Duration::from_millis(5);
/// Heartbeats missed before the connection counts as dead.
const HEARTBEATS_MISSED_MAX: u32 = 3;
/// At least so long: a busy machine or a large event on a slow link is no dead connection.
const SILENCE_MAX: Duration = Duration::from_secs(2);
/// How often an event may fail before it is passed over.
const BROKEN_MAX: u32 = 2;
/// The same for failures that may as well be the network's.
const LOST_MAX: u32 = 6;
/// Between two times that reading went on from the end.
const JUMP_INTERVAL: Duration = Duration::from_secs(2);

/// What to follow.
#[derive(Clone, Debug)]
pub struct Settings {
    pub opts: Opts,
    pub database: String,
    pub tables: Tables,
    /// Our own number among the server's replicas, unique there; 0: one by chance.
    pub server_id: u32,
    /// How often the server is asked where its log ends, and how often it shows that it is alive.
    pub heartbeat: Duration,
}

#[derive(Debug)]
pub struct Binlog {
    client: Client,
    database: String,
    tables: Tables,
    lifecycle: Lifecycle,
    faults: Faults,
    /// `None` before the first [`ChangeLog::resume`].
    place: Option<Place>,
    /// Where reading failed, and how often there.
    failed: Option<(Place, u64, u32)>,
    jumped_at: Option<std::time::Instant>,
}

impl Binlog {
    /// Asks nothing yet.
    pub fn new(settings: Settings, lifecycle: &Lifecycle, faults: &Faults) -> Self {
        let Settings { opts, database, tables, server_id, heartbeat } = settings;
        let server_id = if server_id == 0 { random_server_id() } else { server_id };
        let client = Client { opts, server_id, heartbeat };
        let (lifecycle, faults) = (lifecycle.clone(), faults.clone());
        Self { client, database, tables, lifecycle, faults, place: None, failed: None, jumped_at: None }
    }

    /// Whether the log goes on behind `place`: `false` is logged with its reason.
    async fn holds(&self, place: &Place) -> anyhow::Result<bool> {
        // Asked for once more by `follow`: that may be on another thread.
        match Log::open(&self.client, place).await {
            Ok(_) => Ok(true),
            Err(Failure::Gone(reason)) => {
                tracing::warn!("cannot go on reading the binlog where it was left: {reason}");
                Ok(false)
            }
            Err(failure) => Err(anyhow::anyhow!("read the binlog: {}", failure.reason())),
        }
    }

    async fn end(&self) -> anyhow::Result<Place> {
        let mut conn = connect(&self.client.opts).await?;
        Server::ask(&mut conn).await?.end(&mut conn).await
    }

    /// Reads until something fails.
    async fn read(&mut self, place: Place, batches: &Sender<Batch>) -> Failure {
        let log = match Log::open(&self.client, &place).await {
            Ok(log) => log,
            Err(failure) => return failure,
        };
        self.faults.clear("relay");
        let by_gtid = log.server.begins_by_gtid(&place);
        let watched = Watched {
            database: self.database.clone(),
            tables: self.tables.clone(),
            flavour: log.server.flavour,
            ignores_case: log.server.ignores_case,
        };
        let mut place = place;
        if place.server != log.server.identity {
            tracing::info!("reading the binlog of {} from {} on", log.server, place.gtids);
            place = Place { server: log.server.identity.clone(), spot: Spot::default(), gtids: place.gtids };
        }
        let mut reader = Reader::new(watched, place, log.files.clone(), by_gtid);
        let (sender, marks) = mpsc::channel(1);
        let marks = Marks::new(marks);
        let Client { opts, heartbeat, .. } = &self.client;
        let failure = tokio::select! {
            failure = follow(log, &mut reader, marks, *heartbeat, batches) => failure,
            () = probe(opts, *heartbeat, &self.faults, sender) => Failure::Lost("the probe has ended".to_owned()),
        };
        self.place = Some(reader.place.clone());
        self.count(&failure, reader)
    }

    /// Turns a failure into [`Failure::Gone`] when it was met too often at the same event.
    fn count(&mut self, failure: &Failure, reader: Reader) -> Failure {
        let max = match failure {
            Failure::Gone(reason) => return Failure::Gone(reason.clone()),
            Failure::Broken(_) => BROKEN_MAX,
            Failure::Lost(_) => LOST_MAX,
        };
        let n = match self.failed.take() {
            // Outside a transaction the connection is idle, and may well end.
            Some((place, n_events, n)) if place == reader.place && n_events == reader.n_events => n + 1,
            _ => 1,
        };
        let reason = failure.reason();
        if n >= max && (matches!(failure, Failure::Broken(_)) || !reader.is_between()) {
            return Failure::Gone(format!("an event that cannot be read is passed over: {reason}"));
        }
        self.failed = Some((reader.place, reader.n_events, n));
        Failure::Lost(reason.to_owned())
    }

    fn fault(&self, reason: &str) {
        if self.faults.put("relay", reason, clock::unix_ms()) {
            tracing::error!("{reason}; trying again");
        }
    }

    /// Goes on from the log's end: what lies between is told as "everything may have changed".
    async fn jump(&mut self, reason: &str, batches: &Sender<Batch>) {
        let reason = format!("changes are missing from the binlog, every car is fetched again: {reason}");
        self.faults.put("relay", &reason, clock::unix_ms());
        tracing::error!("{reason}");
        metrics::counter!("forecourt_relay_gaps_total").increment(1);
        if let Some(at) = self.jumped_at {
            tokio::time::sleep(JUMP_INTERVAL.saturating_sub(clock::now().duration_since(at))).await;
        }
        let place = loop {
            match self.end().await {
                Ok(place) => break place,
                Err(error) => self.fault(&format!("cannot read the binlog: {error:#}")),
            }
            tokio::time::sleep(RETRY_AFTER).await;
        };
        self.jumped_at = Some(clock::now());
        let (changes, position) = (vec![Change::whole_table(ALL_TABLES, &reason)], place.position());
        self.place = Some(place);
        send(batches, Batch { changes, position, complete_until_ms: None }).await;
    }

    async fn run(mut self, batches: &Sender<Batch>) {
        loop {
            let Some(place) = self.place.clone() else {
                match self.end().await {
                    Ok(place) => self.place = Some(place),
                    Err(error) => {
                        self.fault(&format!("cannot read the binlog: {error:#}"));
                        tokio::time::sleep(RETRY_AFTER).await;
                    }
                }
                continue;
            };
            match self.read(place, batches).await {
                Failure::Gone(reason) => self.jump(&reason, batches).await,
                Failure::Lost(reason) | Failure::Broken(reason) => {
                    self.fault(&format!("cannot read the binlog: {reason}"));
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }
}

impl ChangeLog for Binlog {
    async fn resume(&mut self, position: &Position) -> anyhow::Result<bool> {
        if let Some(place) = Place::parse(position)
            && self.holds(&place).await?
        {
            self.place = Some(place);
            return Ok(true);
        }
        self.place = Some(self.end().await?);
        Ok(false)
    }

    fn begin(&self) -> Position {
        self.place.as_ref().map(Place::position).unwrap_or_default()
    }

    async fn follow(self, batches: Sender<Batch>) {
        let lifecycle = self.lifecycle.clone();
        tokio::select! {
            biased;
            () = lifecycle.reached(Phase::Stopping) => {}
            () = batches.closed() => {}
            () = self.run(&batches) => {}
        }
    }
}

/// Waits while the receiver is behind; for ever when it is gone, which [`ChangeLog::follow`] notices.
async fn send(batches: &Sender<Batch>, batch: Batch) {
    if batches.send(batch).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn follow(
    mut log: Log,
    reader: &mut Reader,
    mut marks: Marks,
    heartbeat: Duration,
    batches: &Sender<Batch>,
) -> Failure {
    let silence_max = (heartbeat * HEARTBEATS_MISSED_MAX).max(SILENCE_MAX);
    let mut heard_at = clock::now();
    let mut n_bytes = 0;
    loop {
        let idle = silence_max.saturating_sub(clock::now().duration_since(heard_at));
        // What is there already goes into one batch; nothing is waited for, but the rest of a transaction a moment.
        let wait = match (reader.changes.is_empty(), reader.is_between()) {
            (true, _) => idle,
            (false, true) => Duration::ZERO,
            (false, false) => STALL_MAX,
        };
        let event = tokio::select! {
            biased;
            event = log.next(wait) => event,
            () = marks.receive() => {
                if reader.changes.is_empty() {
                    tell_complete(reader, &mut marks, batches).await;
                }
                continue;
            }
        };
        match event {
            Ok(Some(event)) => {
                heard_at = clock::now();
                reader.read(&event, |id| log.table(id));
                n_bytes = if reader.changes.is_empty() {
                    0
                } else {
                    n_bytes + u64::from(event.header().event_size())
                };
                if reader.changes.len() >= BATCH_ROWS_MAX || n_bytes >= BATCH_BYTES_MAX {
                    flush(reader, &mut marks, batches).await;
                    n_bytes = 0;
                    heard_at = clock::now();
                } else if reader.changes.is_empty() && reader.is_between() {
                    tell_complete(reader, &mut marks, batches).await;
                }
            }
            Ok(None) if reader.changes.is_empty() => {
                let ms = silence_max.as_millis();
                return Failure::Lost(format!("no event and no heartbeat for {ms} ms"));
            }
            Ok(None) => {
                flush(reader, &mut marks, batches).await;
                n_bytes = 0;
                heard_at = clock::now();
            }
            Err(failure) => return failure,
        }
    }
}

async fn tell_complete(reader: &Reader, marks: &mut Marks, batches: &Sender<Batch>) {
    if let Some(complete_until_ms) = marks.take_read(reader) {
        let (changes, position) = (Vec::new(), reader.place.position());
        send(batches, Batch { changes, position, complete_until_ms: Some(complete_until_ms) }).await;
    }
}

/// Hands everything over. The position stays in front of a transaction until it is read as a whole.
async fn flush(reader: &mut Reader, marks: &mut Marks, batches: &Sender<Batch>) {
    let position = reader.place.position();
    let mut rest = std::mem::take(&mut reader.changes);
    while rest.len() > BATCH_ROWS_MAX {
        let later = rest.split_off(BATCH_ROWS_MAX);
        let changes = std::mem::replace(&mut rest, later);
        send(batches, Batch { changes, position: position.clone(), complete_until_ms: None }).await;
    }
    let complete_until_ms = marks.take_read(reader);
    send(batches, Batch { changes: rest, position, complete_until_ms }).await;
}

/// High, where nobody numbers servers by hand.
fn random_server_id() -> u32 {
    // A new state begins with a key by chance.
    let chance = RandomState::new().hash_one(std::process::id());
    0x4000_0000 | (chance as u32 >> 2)
}

#[cfg(test)]
mod tests;
