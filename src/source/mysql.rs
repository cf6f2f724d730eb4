//! The source most marketplaces have: MySQL 8 or later, MariaDB 10.6 or later, Percona Server.
//!
//! A fetch is split over a few connections. Each reads its cars in one consistent snapshot, which shows every change the
//! log has told of, or says that it may not (`guard`).

mod check;
mod guard;
mod options;
mod session;
mod value;

use std::fmt;
use std::sync::Arc;

use futures_util::future::join_all;
pub use mysql_async::Opts;
use mysql_async::Value as Sql;

pub use self::options::{address, database, opts};
pub use self::session::line;

use self::check::Misfit;
use self::session::{Failure, Session};
use super::catalogue::Catalogue;
use super::listed::{Listed, Strange};
use super::route::{self, Ask, Plan};
use super::{Error, Fetched, Source};
use crate::car::CarId;
use crate::change::{Change, Op, Reach};

/// Fewer cars than this are not worth another connection's round trips.
const CARS_PER_CONNECTION: usize = 16;

pub struct MysqlSource {
    opts: Opts,
    catalogue: Arc<Catalogue>,
    sessions: Vec<Session>,
    strange: Strange,
}

/// Why a source is not open; each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    /// Somebody has to change something.
    #[error("{0}")]
    Refused(String),
    /// It may be there later.
    #[error("{0}")]
    Away(String),
}

impl MysqlSource {
    /// Checks the catalogue against the schema, on a connection that is closed again: those for fetching belong to the
    /// runtime that fetches.
    pub async fn open(opts: Opts, catalogue: Arc<Catalogue>, connections: usize) -> Result<Self, Unopened> {
        if database(&opts).is_none() {
            let line = "source.url: expected the name of a database, as in mysql://host/cars";
            return Err(Unopened::Refused(line.to_owned()));
        }
        let sessions = (0..connections.max(1)).map(|_| Session::new(opts.clone())).collect();
        let source = Self { opts, catalogue, sessions, strange: Strange::default() };
        match source.check().await {
            Ok(()) => Ok(source),
            Err(Misfit::Catalogue(line)) => Err(Unopened::Refused(line)),
            Err(Misfit::Failure(failure)) => {
                let mut line = format!("source.url: cannot use {}: {failure}", address(&source.opts));
                if let Some(account) = failure.denied_account() {
                    let grant = check::grant_to(database(&source.opts).unwrap_or_default(), account);
                    line = format!("{line}: {grant}");
                }
                let is_refusal = failure.into_error(String::new(), &source.opts).is_refusal;
                Err(if is_refusal { Unopened::Refused(line) } else { Unopened::Away(line) })
            }
        }
    }

    async fn check(&self) -> Result<(), Misfit> {
        let mut on = session::connect(&self.opts).await?;
        check::check(&mut on, &self.catalogue).await?;
        // It has done what it was for; how it ends does not matter.
        let _ = session::within(on.disconnect()).await;
        Ok(())
    }

    /// The schema may be another one now: statements are prepared anew.
    async fn check_again(&mut self) -> Result<(), Error> {
        self.sessions.iter_mut().for_each(Session::close);
        let what = "check the schema".to_owned();
        match self.check().await {
            Ok(()) => Ok(()),
            Err(Misfit::Catalogue(cause)) => Err(Error { what, cause, is_refusal: true }),
            Err(Misfit::Failure(failure)) => Err(failure.into_error(what, &self.opts)),
        }
    }

    async fn ids(&mut self, text: &str, values: &[Sql]) -> Result<Listed, Failure> {
        self.sessions[0].ids(text, values).await
    }
}

impl Source for MysqlSource {
    async fn car_ids(&mut self) -> Result<Vec<CarId>, Error> {
        let catalogue = Arc::clone(&self.catalogue);
        let listed = self.ids(&catalogue.ids, &[]).await;
        let listed = listed.map_err(|failure| failure.into_error("list the cars".to_owned(), &self.opts))?;
        Ok(self.strange.cars(listed))
    }

    async fn fetch(&mut self, cars: &[CarId], reach: &Reach) -> Result<Fetched, Error> {
        let mut fetched = Fetched::new(true);
        if cars.is_empty() {
            return Ok(fetched);
        }
        let n_used = cars.len().div_ceil(CARS_PER_CONNECTION).min(self.sessions.len());
        let chunks = cars.chunks(cars.len().div_ceil(n_used));
        let reads = self.sessions.iter_mut().zip(chunks);
        let reads = reads.map(|(session, cars)| session.fetch(&self.catalogue, cars, reach));
        for read in join_all(reads).await {
            let what = || format!("fetch {} cars", cars.len());
            fetched.extend(read.map_err(|failure| failure.into_error(what(), &self.opts))?);
        }
        Ok(fetched)
    }

    async fn route(&mut self, changes: &[Change]) -> Result<Option<Vec<CarId>>, Error> {
        if changes.iter().any(|change| change.op == Op::Table) {
            self.check_again().await?;
        }
        let catalogue = Arc::clone(&self.catalogue);
        let Some(Plan { mut cars, asks }) = route::plan(&catalogue, changes) else { return Ok(None) };
        for Ask { sql, values, must_find } in asks {
            let values: Vec<_> = values.into_iter().map(value::bind).collect();
            let found = self.ids(&sql.with(|_| "?".to_owned()), &values).await;
            let found = found
                .map_err(|failure| failure.into_error("route changes to cars".to_owned(), &self.opts))?
                .cars;
            if must_find && found.is_empty() {
                return Ok(None);
            }
            cars.extend(found);
        }
        Ok(Some(cars))
    }
}

impl fmt::Debug for MysqlSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MysqlSource({})", address(&self.opts))
    }
}

#[cfg(test)]
pub(crate) mod tests;
