//! From the log's events to changes: a machine that knows where transactions begin and end, and asks nobody.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mysql_async::binlog::EventType;
use mysql_async::binlog::events::{Event, EventData, GtidEvent, QueryEvent, RowsEventData, TableMapEvent};

use super::gtid::Gtid;
use super::place::{Place, Spot, is_file};
use super::statement::Statement;
use super::table::Table;
use super::tables::Watched;
use crate::change::{ALL_TABLES, Change, Origin};

/// Table descriptions kept; a transaction that needs more asks for them again.
const TABLES_MAX: usize = 256;

/// Log lines on what cannot be read, for each connection.
const COMPLAINTS_MAX: usize = 50;
/// What makes a reason another one: statements may stand behind.
const REASON_CHARS: usize = 40;

/// MariaDB's own kinds of events.
mod mariadb {
    pub(super) const GTID: u8 = 162;
    /// ANNOTATE_ROWS, BINLOG_CHECKPOINT, GTID_LIST, START_ENCRYPTION.
    pub(super) const IGNORED: [u8; 4] = [160, 161, 163, 164];
    pub(super) const QUERY_COMPRESSED: u8 = 165;
    /// Rows events that are compressed, WRITE to DELETE, of both versions.
    pub(super) const ROWS_COMPRESSED: std::ops::RangeInclusive<u8> = 166..=171;
    /// The transaction is this one event.
    pub(super) const STANDALONE: u8 = 1;
}

/// "Whoever does not know this event may leave it out."
const LOG_EVENT_IGNORABLE_F: u16 = 0x80;

pub(super) struct Reader {
    watched: Watched,
    /// Behind the last transaction that was read.
    pub(super) place: Place,
    /// Behind the last event that was read.
    pub(super) seen: Spot,
    pub(super) changes: Vec<Change>,
    /// Events since the place.
    pub(super) n_events: u64,
    transaction: Option<Transaction>,
    tables: HashMap<u64, Option<Table>>,
    /// Names of the files when the log was opened, until the first FORMAT_DESCRIPTION.
    files: Option<Vec<String>>,
    /// In front of the event that is being read.
    before_pos: u64,
    /// Table and beginning of the reason, of what was logged.
    complaints: HashSet<(String, String)>,
    /// Of what is inside a transaction that was compressed as a whole, positions mean nothing.
    is_unpacking: bool,
}

#[derive(Default)]
struct Transaction {
    gtid: Option<Gtid>,
    /// Unix ms, where the log says it finer than by the second.
    committed_ms: Option<u64>,
    /// The next statement is all of it.
    is_standalone: bool,
}

impl Reader {
    /// For a log that was opened anew behind `place`, at which reading goes on.
    pub(super) fn new(watched: Watched, place: Place, files: Vec<String>, by_gtid: bool) -> Self {
        let seen = if by_gtid { Spot::default() } else { place.spot.clone() };
        Self {
            watched,
            place,
            seen,
            changes: Vec::new(),
            n_events: 0,
            transaction: None,
            tables: HashMap::new(),
            files: Some(files),
            before_pos: 0,
            complaints: HashSet::new(),
            is_unpacking: false,
        }
    }

    pub(super) fn is_between(&self) -> bool {
        self.transaction.is_none()
    }

    /// Never fails: what cannot be read becomes a change of a whole table, or of all.
    pub(super) fn read<'a>(
        &mut self,
        event: &Event,
        table: impl Fn(u64) -> Option<&'a TableMapEvent<'static>>,
    ) {
        self.n_events += 1;
        let n_changes = self.changes.len();
        self.before_pos = self.seen.pos;
        self.advance(event);
        let read = catch_unwind(AssertUnwindSafe(|| self.interpret(event, &table)));
        let error = match read {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some("the reader panicked".to_owned()),
        };
        if let Some(error) = error {
            let kind = event.header().event_type_raw();
            self.unreadable(ALL_TABLES, &format!("event {kind} cannot be read: {error}"));
        }
        let origin = self.origin(event);
        for (row, change) in self.changes[n_changes..].iter_mut().enumerate() {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            change.origin = Some(Origin { row, ..origin.clone() });
        }
        self.end_if_over(event);
    }

    /// Moves the byte position on.
    fn advance(&mut self, event: &Event) {
        let header = event.header();
        let kind = header.event_type_raw();
        // Events that are made up for us have the position 0, or one of their own.
        let is_made_up = header.timestamp() == 0 && kind != EventType::HEARTBEAT_EVENT as u8;
        if self.is_unpacking || header.log_pos() == 0 || is_made_up || kind == EventType::ROTATE_EVENT as u8 {
            return;
        }
        if kind == EventType::HEARTBEAT_EVENT as u8 && event.data() != self.seen.file.as_bytes() {
            return;
        }
        // The header has 32 bits of it; one huge transaction makes a file longer.
        let low = u64::from(header.log_pos());
        let mut pos = (self.seen.pos & !0xffff_ffff) | low;
        if pos < self.seen.pos && self.seen.pos - pos > 1 << 31 {
            pos += 1 << 32;
        }
        self.seen.pos = pos.max(self.seen.pos);
    }

    fn interpret<'a>(
        &mut self,
        event: &Event,
        table: &impl Fn(u64) -> Option<&'a TableMapEvent<'static>>,
    ) -> Result<(), String> {
        let header = event.header();
        match header.event_type_raw() {
            mariadb::GTID => return self.begin_mariadb(event),
            kind if mariadb::IGNORED.contains(&kind) => return Ok(()),
            kind if mariadb::ROWS_COMPRESSED.contains(&kind) => {
                let id = event.data().first_chunk::<6>().ok_or("too short")?;
                let id = id.iter().rev().fold(0, |id, &byte| id << 8 | u64::from(byte));
                if let Some(name) = self.table(id, table)?.map(|table| table.name.clone()) {
                    self.unreadable(&name, "compressed rows (log_bin_compress)");
                }
                return Ok(());
            }
            _ => {}
        }
        match event.read_data().map_err(|e| e.to_string())? {
            Some(EventData::GtidEvent(gtid)) => self.begin_mysql(&gtid),
            Some(EventData::AnonymousGtidEvent(_)) => {
                self.begin(Transaction { is_standalone: true, ..Transaction::default() })
            }
            Some(EventData::QueryEvent(query)) => self.query(&query),
            Some(EventData::TableMapEvent(map)) => {
                if self.tables.len() >= TABLES_MAX {
                    self.tables.clear();
                }
                self.tables.insert(map.table_id(), self.watched.table(&map));
            }
            Some(EventData::RowsEvent(rows)) => self.rows(&rows, table)?,
            Some(EventData::RotateEvent(rotate)) => {
                self.rotate(&rotate.name(), rotate.name_raw(), rotate.position())
            }
            Some(EventData::FormatDescriptionEvent(_)) => self.files = None,
            Some(EventData::TransactionPayloadEvent(_)) => self.is_unpacking = true,
            Some(EventData::IncidentEvent(_)) => {
                self.unreadable(ALL_TABLES, "the server has lost part of its log")
            }
            Some(EventData::BeginLoadQueryEvent(_) | EventData::ExecuteLoadQueryEvent(_)) => {
                self.unreadable(ALL_TABLES, "LOAD DATA as a statement (binlog_format is not ROW)");
            }
            Some(
                EventData::UnknownEvent
                | EventData::PreGaWriteRowsEvent(_)
                | EventData::PreGaUpdateRowsEvent(_)
                | EventData::PreGaDeleteRowsEvent(_)
                | EventData::LoadEvent(_)
                | EventData::NewLoadEvent(_)
                | EventData::ExecLoadEvent(_),
            ) => return Err("of an old kind".to_owned()),
            // What says nothing of data.
            Some(_) => {}
            None if header.flags_raw() & LOG_EVENT_IGNORABLE_F != 0
                || header.event_type_raw() == HEARTBEAT_2 => {}
            None => return Err("of an unknown kind".to_owned()),
        }
        Ok(())
    }

    fn begin(&mut self, transaction: Transaction) {
        // One that did not end in words known here has ended all the same, in front of this event.
        self.end(self.before_pos);
        self.transaction = Some(transaction);
    }

    fn begin_mariadb(&mut self, event: &Event) -> Result<(), String> {
        // u64 number, u32 domain, u8 flags.
        let data = event.data().first_chunk::<13>().ok_or("too short")?;
        let [n @ .., _, _, _, _, _] = *data;
        let [_, _, _, _, _, _, _, _, domain @ .., flags] = *data;
        let (domain, n) = (u32::from_le_bytes(domain), u64::from_le_bytes(n));
        let gtid = Some(Gtid::MariaDb { domain, server: event.header().server_id(), n });
        let is_standalone = flags & mariadb::STANDALONE != 0;
        self.begin(Transaction { gtid, is_standalone, committed_ms: None });
        Ok(())
    }

    fn begin_mysql(&mut self, gtid: &GtidEvent) {
        let hex = data_encoding::HEXLOWER.encode(&gtid.sid());
        let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        let source = gtid.tag().map_or(uuid.clone(), |tag| format!("{uuid}:{}", tag.as_str()));
        let committed_us = gtid.immediate_commit_timestamp();
        self.begin(Transaction {
            gtid: Some(Gtid::MySql { source, n: gtid.gno() }),
            committed_ms: (committed_us > 0).then_some(committed_us / 1_000),
            // Until BEGIN says otherwise.
            is_standalone: true,
        });
    }

    fn query(&mut self, query: &QueryEvent<'_>) {
        let (sql, schema) = (query.query(), query.schema());
        let statement = Statement::parse(&sql);
        match &statement {
            Statement::Begin => {
                let transaction = self.transaction.get_or_insert_default();
                transaction.is_standalone = false;
            }
            Statement::Commit | Statement::Rollback | Statement::Inside | Statement::Nothing => {}
            Statement::XaCommit => self.unreadable(ALL_TABLES, "XA COMMIT of changes that were told before"),
            Statement::Tables(names) => {
                for name in names {
                    let database = name.database.as_deref().unwrap_or(&schema);
                    if let Some(table) = self.watched.name(database, &name.table) {
                        self.changes.push(self.whole_table(table, &sql));
                    }
                }
            }
            Statement::Database(name) => {
                if self.watched.is_database(name.as_deref().unwrap_or(&schema)) {
                    self.changes.push(self.whole_table(ALL_TABLES, &sql));
                }
            }
            Statement::Rows | Statement::Unknown => {
                if self.watched.is_database(&schema) || self.watched.is_named_in(&sql) {
                    let note = format!("a statement instead of rows (binlog_format is not ROW): {sql}");
                    self.unreadable(ALL_TABLES, &note);
                }
            }
        }
        let ends = matches!(statement, Statement::Commit | Statement::Rollback | Statement::XaCommit);
        let stays = matches!(statement, Statement::Begin | Statement::Inside);
        if ends || (!stays && self.transaction.as_ref().is_none_or(|transaction| transaction.is_standalone)) {
            self.end_behind_query();
        }
    }

    /// The event's own changes still need the transaction's GTID: see [`Self::end_if_over`].
    fn end_behind_query(&mut self) {
        self.transaction.get_or_insert_default().is_standalone = true;
    }

    fn end_if_over(&mut self, event: &Event) {
        let is = |kind: EventType| event.header().event_type_raw() == kind as u8;
        let is_standalone = || self.transaction.as_ref().is_some_and(|transaction| transaction.is_standalone);
        let is_query =
            is(EventType::QUERY_EVENT) || event.header().event_type_raw() == mariadb::QUERY_COMPRESSED;
        if is(EventType::XID_EVENT) || is(EventType::XA_PREPARE_LOG_EVENT) || (is_query && is_standalone()) {
            self.end(self.seen.pos);
        }
    }

    /// The transaction is read, up to `pos`.
    fn end(&mut self, pos: u64) {
        let Some(transaction) = self.transaction.take() else { return };
        self.is_unpacking = false;
        if let Some(gtid) = &transaction.gtid {
            self.place.gtids.add(gtid);
        }
        self.place.spot.file.clone_from(&self.seen.file);
        self.place.spot.pos = pos;
        self.n_events = 0;
    }

    fn table<'a>(
        &mut self,
        id: u64,
        map: &impl Fn(u64) -> Option<&'a TableMapEvent<'static>>,
    ) -> Result<Option<&Table>, String> {
        if !self.tables.contains_key(&id) {
            let map = map(id).ok_or("rows of a table that was not described")?;
            self.tables.insert(id, self.watched.table(map));
        }
        Ok(self.tables.get(&id).and_then(Option::as_ref))
    }

    fn rows<'a>(
        &mut self,
        rows: &RowsEventData<'_>,
        map: &impl Fn(u64) -> Option<&'a TableMapEvent<'static>>,
    ) -> Result<(), String> {
        // The mark of a statement's end, which describes no table and has no rows.
        if rows.rows_data().is_empty() {
            return Ok(());
        }
        let Some(table) = self.table(rows.table_id(), map)?.cloned() else { return Ok(()) };
        let n_changes = self.changes.len();
        let read = catch_unwind(AssertUnwindSafe(|| table.read(rows, &mut self.changes)));
        let read = read.unwrap_or_else(|_| Err("a row that makes the reader panic".to_owned()));
        if let Err(reason) = read {
            self.changes.truncate(n_changes);
            self.unreadable(&table.name, &reason);
        }
        Ok(())
    }

    fn rotate(&mut self, name: &str, raw: &[u8], pos: u64) {
        let mut name = name.to_owned();
        if let Some(files) = &self.files
            && !files.contains(&name)
        {
            // The driver does not know yet that there are checksums, and takes this one for a part of the name.
            let cut = String::from_utf8_lossy(&raw[..raw.len().saturating_sub(4)]).into_owned();
            if files.contains(&cut) || !is_file(&name) {
                name = cut;
            }
        }
        if name == self.seen.file {
            return;
        }
        // What is not over at the end of a file was cut off by a crash, and rolled back.
        self.transaction = None;
        self.is_unpacking = false;
        let is_first = self.seen.file.is_empty();
        self.seen = Spot::new(&name, pos);
        if !is_first {
            self.place.spot.clone_from(&self.seen);
        }
    }

    fn unreadable(&mut self, table: &str, reason: &str) {
        metrics::counter!("forecourt_relay_unreadable_total").increment(1);
        // A server that is set up wrongly has such an event for every statement.
        let known = (table.to_owned(), reason.chars().take(REASON_CHARS).collect::<String>());
        if self.complaints.len() < COMPLAINTS_MAX && self.complaints.insert(known) {
            let Spot { file, pos } = &self.seen;
            tracing::warn!(table, file, pos, "the binlog has something unreadable: {reason}");
        }
        let is_same = |change: &Change| change.table == table && change.note.as_deref() == Some(reason);
        if !self.changes.last().is_some_and(is_same) {
            self.changes.push(self.whole_table(table, reason));
        }
    }

    fn whole_table(&self, table: &str, note: &str) -> Change {
        Change { origin: Some(self.here()), ..Change::whole_table(table, note) }
    }

    fn origin(&self, event: &Event) -> Origin {
        let here = self.here();
        let (header, committed_ms) = (event.header(), here.ts_ms);
        let ts_ms = if committed_ms > 0 { committed_ms } else { u64::from(header.timestamp()) * 1_000 };
        Origin { server_id: header.server_id(), ts_ms, ..here }
    }

    /// Of the event being read, as far as only its transaction tells.
    fn here(&self) -> Origin {
        let transaction = self.transaction.as_ref();
        Origin {
            gtid: transaction.and_then(|transaction| transaction.gtid.as_ref()).map(ToString::to_string),
            file: self.seen.file.clone(),
            pos: self.seen.pos,
            ts_ms: transaction.and_then(|transaction| transaction.committed_ms).unwrap_or(0),
            ..Origin::default()
        }
    }
}

/// HEARTBEAT_LOG_EVENT_V2.
const HEARTBEAT_2: u8 = 41;
