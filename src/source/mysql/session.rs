//! One connection to the server: made when it is needed, given up with its first error, and never waited for without end.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, Params, Row, Value as Sql};

use super::guard::{self, Shown};
use super::{options, value};
use crate::car::CarId;
use crate::change::Reach;
use crate::source::catalogue::{Catalogue, Part};
use crate::source::listed::Listed;
use crate::source::{Error, Fetched};

/// For connecting, and for each statement: a half-open connection says nothing for ever.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Answers that the same statement may not get again: locks, shutdown, limits, a table that was altered under a snapshot.
const PASSING: &[u16] = &[
    1040, 1053, 1077, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1290, 1317, 1412, 1615, 1836, 1927,
    1969, 3024, 3572, 4031,
];

const SNAPSHOT: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

#[derive(Debug)]
pub(super) enum Failure {
    TimedOut,
    /// While connecting: whatever it says, the next attempt may find another server.
    Connecting(mysql_async::Error),
    Asking(mysql_async::Error),
    /// The query no longer returns this column.
    Column(Part, &'static str),
}

pub(super) async fn within<T>(
    answer: impl Future<Output = Result<T, mysql_async::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(Failure::Asking),
        Err(_) => Err(Failure::TimedOut),
    }
}

/// A connection with the settings every one of ours has: reads only, and each transaction sees one state.
pub(super) async fn connect(opts: &Opts) -> Result<Conn, Failure> {
    let connecting = |failure| match failure {
        Failure::Asking(error) => Failure::Connecting(error),
        other => other,
    };
    let mut on = within(Conn::new(opts.clone())).await.map_err(connecting)?;
    for setting in [
        "SET NAMES utf8mb4",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET SESSION TRANSACTION READ ONLY",
    ] {
        within(on.query_drop(setting)).await.map_err(connecting)?;
    }
    Ok(on)
}

pub(super) struct Session {
    opts: Opts,
    /// Absent while it is used: what is dropped in between is not used again.
    connection: Option<Conn>,
}

impl Session {
    pub(super) fn new(opts: Opts) -> Self {
        Self { opts, connection: None }
    }

    pub(super) fn close(&mut self) {
        self.connection = None;
    }

    /// A connection, and whether it was there already.
    async fn take(&mut self) -> Result<(Conn, bool), Failure> {
        match self.connection.take() {
            Some(on) => Ok((on, true)),
            None => Ok((connect(&self.opts).await?, false)),
        }
    }

    /// The car ids in the first column of a query's result.
    pub(super) async fn ids(&mut self, text: &str, values: &[Sql]) -> Result<Listed, Failure> {
        loop {
            let (mut on, held) = self.take().await?;
            match within(on.exec::<Row, _, _>(text, Params::from(values.to_vec()))).await {
                Ok(rows) => {
                    self.connection = Some(on);
                    let mut listed = Listed::default();
                    for id in rows.iter().filter_map(|row| row.as_ref(0)) {
                        listed.push(value::car_id(id), || value::value(id.clone()));
                    }
                    return Ok(listed);
                }
                // It was closed while it was idle.
                Err(failure) if held && failure.is_broken() => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Everything of some cars, in one snapshot.
    pub(super) async fn fetch(
        &mut self,
        catalogue: &Catalogue,
        cars: &[CarId],
        reach: &Reach,
    ) -> Result<Fetched, Failure> {
        loop {
            let (mut on, held) = self.take().await?;
            match fetch(&mut on, catalogue, cars, reach).await {
                Ok(fetched) => {
                    self.connection = Some(on);
                    return Ok(fetched);
                }
                Err(failure) if held && failure.is_broken() => {}
                Err(failure) => return Err(failure),
            }
        }
    }
}

async fn fetch(
    on: &mut Conn,
    catalogue: &Catalogue,
    cars: &[CarId],
    reach: &Reach,
) -> Result<Fetched, Failure> {
    let mut shown = guard::await_gtids(on, reach).await?;
    let mut waits = guard::WAITS.into_iter();
    loop {
        within(on.query_drop(SNAPSHOT)).await?;
        if shown == Shown::Yes {
            break;
        }
        shown = guard::shows_place(on, reach).await?;
        let (Shown::NotYet, Some(wait)) = (shown, waits.next()) else { break };
        metrics::counter!("forecourt_source_early_reads_total").increment(1);
        within(on.query_drop("ROLLBACK")).await?;
        tokio::time::sleep(wait).await;
    }
    let mut fetched = Fetched::new(shown == Shown::Yes);
    for part in Part::ALL {
        fetch_part(on, catalogue, part, cars, &mut fetched).await?;
    }
    within(on.query_drop("COMMIT")).await?;
    Ok(fetched)
}

async fn fetch_part(
    on: &mut Conn,
    catalogue: &Catalogue,
    part: Part,
    cars: &[CarId],
    fetched: &mut Fetched,
) -> Result<(), Failure> {
    let Some(&last) = cars.last() else { return Ok(()) };
    // Few widths make few statements to prepare: the last id fills the list up.
    let width = cars.len().next_power_of_two();
    let text = catalogue.part(part).with(|_| vec!["?"; width].join(","));
    let ids = cars.iter().copied().chain(std::iter::repeat(last)).take(width).map(value::id);
    let rows: Vec<Row> = within(on.exec(text, Params::Positional(ids.collect()))).await?;
    let Some(first) = rows.first() else { return Ok(()) };
    let places = places(first.columns_ref(), part).map_err(|name| Failure::Column(part, name))?;
    for mut row in rows {
        let Some(car) = row.as_ref(places[0]).and_then(value::car_id) else { continue };
        let values = places[1..].iter().map(|&i| value::value(row.take(i).unwrap_or(Sql::NULL)));
        fetched.push(car, part, values.collect());
    }
    Ok(())
}

/// Where a result has a part's columns, `car_id` first; or the name of one that it lacks.
pub(super) fn places(returned: &[mysql_async::Column], part: Part) -> Result<Vec<usize>, &'static str> {
    let wanted = std::iter::once(&"car_id").chain(part.columns());
    let place = |name: &&'static str| {
        let place = returned.iter().position(|column| column.name_str().eq_ignore_ascii_case(name));
        place.ok_or(*name)
    };
    wanted.map(place).collect()
}

impl Failure {
    /// The connection is gone.
    fn is_broken(&self) -> bool {
        matches!(self, Self::Asking(error) if error.is_fatal())
    }

    /// The server has answered.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Asking(mysql_async::Error::Server(_)))
    }

    /// The account may not: a database, a table, a column.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::Asking(mysql_async::Error::Server(answer)) if [1044, 1142, 1143].contains(&answer.code))
    }

    /// The account that may not use the database at all, as the server writes it: `'user'@'host'`.
    pub(super) fn denied_account(&self) -> Option<&str> {
        let Self::Connecting(mysql_async::Error::Server(answer)) = self else { return None };
        let (_, behind) = answer.message.split_once(" for user ").filter(|_| answer.code == 1044)?;
        behind.split_once(" to database ").map(|(account, _)| account)
    }

    /// MariaDB says so when it prepares; MySQL when it executes.
    pub(super) fn is_write(&self) -> bool {
        const READ_ONLY_TRANSACTION: u16 = 1792;
        matches!(self, Self::Asking(mysql_async::Error::Server(answer)) if answer.code == READ_ONLY_TRANSACTION)
    }

    fn is_refusal(&self) -> bool {
        match self {
            Self::Asking(mysql_async::Error::Server(answer))
            | Self::Connecting(mysql_async::Error::Server(answer)) => !PASSING.contains(&answer.code),
            Self::Column(..) => true,
            Self::TimedOut | Self::Connecting(_) | Self::Asking(_) => false,
        }
    }

    pub(super) fn into_error(self, what: String, opts: &Opts) -> Error {
        let is_refusal = self.is_refusal();
        let cause = if is_refusal { self.to_string() } else { format!("{}: {self}", options::address(opts)) };
        Error { what, cause, is_refusal }
    }
}

/// One line, without the statement and without a password.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => write!(f, "no answer within {} s", TIMEOUT.as_secs()),
            Self::Column(part, name) => {
                write!(f, "queries.{}: expected a column `{name}` in its result", part.as_str())
            }
            Self::Connecting(error) | Self::Asking(error) => f.write_str(&line(error)),
        }
    }
}

/// What the server or the system says, without the statement, its numbers and a password.
pub fn line(error: &mysql_async::Error) -> String {
    use mysql_async::{Error, IoError};
    let text = match error {
        Error::Server(answer) => answer.message.clone(),
        Error::Io(IoError::Io(error)) => error.to_string(),
        Error::Io(IoError::Tls(error)) => format!("TLS: {error}"),
        Error::Driver(error) => error.to_string(),
        other => other.to_string(),
    };
    text.replace(['\n', '\r'], " ")
}
