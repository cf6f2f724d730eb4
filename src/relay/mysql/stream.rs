//! The log as it arrives: asking for it, waiting for its events, and what goes wrong with that.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{FutureExt as _, Stream as _};
use mysql_async::binlog::events::{Event, TableMapEvent};
use mysql_async::binlog::{BinlogChecksumAlg, EventType};
use mysql_async::prelude::Queryable as _;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, DriverError, Error, IoError, Opts};

use super::place::{Flavour, Place};
use super::server::{ANSWER_TIMEOUT, Held, Server, answer, connect};

/// What the server answers when it has not got what was asked for.
const ER_MASTER_FATAL_ERROR_READING_BINLOG: u16 = 1236;
/// A reader that is slow has to be waited for this long.
const WRITE_TIMEOUT_S: u32 = 3_600;

#[derive(Debug)]
pub(super) enum Failure {
    /// The connection or the server: try again.
    Lost(String),
    /// The log has not got what is behind the place.
    Gone(String),
    /// An event that cannot be read.
    Broken(String),
}

impl Failure {
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Lost(reason) | Self::Gone(reason) | Self::Broken(reason) => reason,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let reason = format!("{error:#}");
        match error.downcast_ref::<Error>() {
            Some(error) => kind(error)(reason),
            None => Self::Lost(reason),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        kind(&error)(error.to_string())
    }
}

fn kind(error: &Error) -> fn(String) -> Failure {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other};
    match error {
        // Also said to whoever is pushed out by another of the same number, which is no loss.
        Error::Server(error) if error.message.contains("same server_uuid/server_id") => Failure::Lost,
        Error::Server(error) if error.code == ER_MASTER_FATAL_ERROR_READING_BINLOG => Failure::Gone,
        Error::Driver(DriverError::ConnectionClosed) => Failure::Lost,
        Error::Driver(_) | Error::Other(_) => Failure::Broken,
        Error::Io(IoError::Io(error)) if matches!(error.kind(), InvalidData | InvalidInput | Other) => {
            Failure::Broken
        }
        Error::Io(_) | Error::Server(_) | Error::Url(_) => Failure::Lost,
    }
}

/// How to present ourselves to the server.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) opts: Opts,
    pub(super) server_id: u32,
    pub(super) heartbeat: Duration,
}

pub(super) struct Log {
    pub(super) server: Server,
    /// The names of the log's files when it was opened.
    pub(super) files: Vec<String>,
    stream: BinlogStream,
    /// Events read by [`Log::open`].
    first: Vec<Event>,
    /// Whether events carry checksums, which is known from the first FORMAT_DESCRIPTION on.
    is_described: bool,
    /// Inside a transaction that was compressed as a whole: no checksums there.
    is_unpacking: bool,
}

impl Log {
    /// Asks for everything behind `place`, and waits until the server has agreed to it.
    pub(super) async fn open(client: &Client, place: &Place) -> Result<Self, Failure> {
        let mut conn = connect(&client.opts).await?;
        let server = Server::ask(&mut conn).await?;
        if let Held::No(reason) = server.holds(&mut conn, place).await? {
            return Err(Failure::Gone(reason));
        }
        let files = server.files(&mut conn).await?;
        let by_gtid = server.begins_by_gtid(place);
        introduce(&mut conn, client, &server, by_gtid.then_some(place)).await?;
        let request = BinlogStreamRequest::new(client.server_id);
        let sids = place.gtids.sids();
        let request = match (by_gtid, server.flavour) {
            (true, Flavour::MariaDb) => request.with_filename(b"").with_pos(4_u64),
            (true, Flavour::MySql) => {
                let sids = sids.context("read the position's GTIDs")?;
                request.with_gtid().with_gtid_set(sids).with_pos(4_u64)
            }
            (false, _) => request.with_filename(place.spot.file.as_bytes()).with_pos(place.spot.pos),
        };
        let stream = answer(conn.get_binlog_stream(request)).await?;
        let mut log =
            Self { server, files, stream, first: Vec::new(), is_described: false, is_unpacking: false };
        let mut first = Vec::new();
        while !log.is_described {
            match log.next(ANSWER_TIMEOUT).await? {
                Some(event) => first.push(event),
                None => return Err(Failure::Lost("the server sends nothing".to_owned())),
            }
        }
        first.reverse();
        log.first = first;
        Ok(log)
    }

    /// The next event; `None` when none came within `wait`. With no time to wait: what is there already.
    pub(super) async fn next(&mut self, wait: Duration) -> Result<Option<Event>, Failure> {
        if let Some(event) = self.first.pop() {
            return Ok(Some(event));
        }
        let next = self.receive();
        let event =
            if wait.is_zero() { next.now_or_never() } else { tokio::time::timeout(wait, next).await.ok() };
        let Some(event) = event.transpose()? else { return Ok(None) };
        self.check(&event)?;
        Ok(Some(event))
    }

    async fn receive(&mut self) -> Result<Event, Failure> {
        let next = poll_fn(|cx| {
            // mysql_common trusts lengths it reads here and there; a panic is to cost the event, not the reader.
            match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.stream).poll_next(cx))) {
                Ok(poll) => poll.map(|event| event.map(|event| event.map_err(Failure::from))),
                Err(_) => Some(Err(Failure::Broken("an event that cannot be read".to_owned()))).into(),
            }
        });
        next.await.unwrap_or_else(|| Err(Failure::Lost("the server has ended the log".to_owned())))
    }

    /// The driver cuts checksums off without a look at them.
    fn check(&mut self, event: &Event) -> Result<(), Failure> {
        let is = |kind: EventType| event.header().event_type_raw() == kind as u8;
        if is(EventType::FORMAT_DESCRIPTION_EVENT) {
            self.is_described = true;
        } else if self.is_described && !self.is_unpacking && event.footer().get_checksum_alg() == CRC32 {
            let alg = BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32;
            if event.checksum().map(u32::from_le_bytes) != Some(event.calc_checksum(alg)) {
                return Err(Failure::Broken("an event whose checksum is wrong".to_owned()));
            }
        }
        if is(EventType::TRANSACTION_PAYLOAD_EVENT) {
            self.is_unpacking = true;
        } else if is(EventType::XID_EVENT) || is(EventType::GTID_EVENT) || is(EventType::ANONYMOUS_GTID_EVENT)
        {
            self.is_unpacking = false;
        }
        Ok(())
    }

    pub(super) fn table(&self, id: u64) -> Option<&TableMapEvent<'static>> {
        self.stream.get_tme(id)
    }
}

/// What `get_checksum_alg` says of events with one.
const CRC32: Result<Option<BinlogChecksumAlg>, mysql_async::binlog::UnknownChecksumAlg> =
    Ok(Some(BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32));

/// The session variables that a replica would set.
async fn introduce(
    conn: &mut Conn,
    client: &Client,
    server: &Server,
    gtids: Option<&Place>,
) -> Result<(), Failure> {
    let period = client.heartbeat.as_nanos();
    // Told again by each connection, so that the server ends the one before it, should it still believe in it.
    let uuid = format!("f04ec047-0000-4000-8000-{:012x}", client.server_id);
    let mut sql = format!(
        "SET @master_heartbeat_period = {period}, @source_heartbeat_period = {period}, \
         @slave_uuid = '{uuid}', @replica_uuid = '{uuid}', @source_binlog_checksum = 'CRC32', \
         SESSION net_write_timeout = {WRITE_TIMEOUT_S}"
    );
    if server.flavour == Flavour::MariaDb {
        // Without it GTIDs are left out, and some servers spoil the log in doing so (MDEV-30620, 10.6.12).
        sql.push_str(", @mariadb_slave_capability = 4");
        if let Some(place) = gtids {
            let state = &place.gtids;
            let strict = "@slave_gtid_strict_mode = 1, @slave_gtid_ignore_duplicates = 0";
            sql.push_str(&format!(", @slave_connect_state = '{state}', {strict}"));
        }
    }
    answer(conn.query_drop(sql)).await?;
    Ok(())
}
