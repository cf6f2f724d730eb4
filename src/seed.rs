//! Fills an empty source database with a catalogue: from a directory of CSV files, or a generated one.
//!
//! - [`table`]: the thirteen tables of the reference schema, and [`RowSink`], where rows go
//! - `generated`, `csv`: where rows come from
//! - `sqlite`, `mysql`: the database they go to, all of them in one transaction
//! - `tally`, `progress`: what is counted and told on the way
//!
//! Seeding never adds to a database that holds cars, and leaves nothing behind when it fails.

mod csv;
mod generated;
mod mysql;
mod progress;
mod sqlite;
pub mod table;
mod tally;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use indicatif::HumanCount;

pub use self::table::{Cell, RowSink, Table};
use self::{mysql::MysqlTarget, progress::Progress, sqlite::SqliteTarget, tally::Tally};
use crate::clock;

/// The seed of the catalogue that an embedded start makes for itself.
pub const DEFAULT_SEED: u64 = 2026;

/// What to seed from, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    pub from: Origin,
    /// `sqlite:PATH` or `mysql://user:password@host:port/db`.
    pub to: String,
    /// Tell on standard error how far it is, and at the end what was done.
    pub progress: bool,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Thirteen CSV files.
    Directory(PathBuf),
    /// A made-up catalogue: `cars` live ones, with sold and hidden ones on top. The same seed gives the same rows.
    Generated { cars: u32, seed: u64 },
}

/// What was seeded. Its `Display` is one line for people.
#[derive(Debug, Clone)]
pub struct Summary {
    pub cars_live: u64,
    pub cars_sold: u64,
    pub cars_hidden: u64,
    pub rows: u64,
    pub elapsed: Duration,
    /// Where the time went.
    pub phases: Phases,
}

/// The parts of a seeding's time; they add up to all of it, nearly.
#[derive(Debug, Clone)]
pub struct Phases {
    /// Reading or making rows, and inserting them.
    pub rows: Duration,
    pub indexes: Duration,
    pub commit: Duration,
}

/// Seeds an empty database. A database that holds cars is an error, and stays as it is.
pub fn run(options: &Options) -> Result<Summary> {
    let mut target = open(&options.to)?;
    match fill(target.as_mut(), &options.from, options.progress)? {
        Outcome::Seeded(summary) => Ok(summary),
        Outcome::Holds { cars } => {
            bail!(
                "{} already holds {} cars; choose an empty database",
                target.name(),
                HumanCount(cars.into())
            )
        }
    }
}

/// Seeds the SQLite database at `path` with a generated catalogue of `cars` live cars, unless it holds cars already: then
/// answers `None`. Creates the directory that the file is in.
pub fn ensure_generated(path: &Path, cars: u32, progress: bool) -> Result<Option<Summary>> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
    }
    let origin = Origin::Generated { cars, seed: DEFAULT_SEED };
    match fill(&mut SqliteTarget::open(path)?, &origin, progress)? {
        Outcome::Seeded(summary) => Ok(Some(summary)),
        Outcome::Holds { .. } => Ok(None),
    }
}

enum Outcome {
    Seeded(Summary),
    Holds { cars: u32 },
}

/// A database to be seeded. Dropped before `commit`, it leaves nothing behind.
trait Target {
    /// For people: without a password.
    fn name(&self) -> String;

    /// Keeps other seedings out, and answers how many cars are there already.
    fn begin(&mut self) -> Result<u32>;

    /// Creates the tables that are not there, and lets `rows` write.
    fn write(&mut self, rows: &mut dyn FnMut(&mut dyn RowSink) -> Result<()>) -> Result<()>;

    fn index(&mut self) -> Result<()>;

    fn commit(&mut self) -> Result<()>;
}

fn open(url: &str) -> Result<Box<dyn Target>> {
    const EXPECTED: &str = "use sqlite:PATH or mysql://user:password@host:port/db";
    // The rest of a URL may hold a password: only its scheme is told.
    match url.split_once(':') {
        Some(("sqlite", "")) => bail!("sqlite: needs the path of a file, as in sqlite:forecourt.sqlite"),
        Some(("sqlite", path)) => Ok(Box::new(SqliteTarget::open(Path::new(path))?)),
        Some(("mysql", _)) => Ok(Box::new(MysqlTarget::open(url)?)),
        Some((scheme, _)) => bail!("cannot seed a {scheme}: database; {EXPECTED}"),
        None => bail!("that is no database to seed; {EXPECTED}"),
    }
}

fn fill(target: &mut dyn Target, origin: &Origin, progress: bool) -> Result<Outcome> {
    let started = clock::now();
    let held = target.begin()?;
    if held > 0 {
        return Ok(Outcome::Holds { cars: held });
    }
    let mut progress = if progress { Progress::start(origin.rows_about()) } else { Progress::Silent };

    let mut counted = [0; 4];
    target.write(&mut |sink| {
        let mut tally = Tally::new(sink, &mut progress);
        origin.write(&mut tally)?;
        counted = [tally.rows, tally.live, tally.sold, tally.hidden];
        Ok(())
    })?;
    let [rows, live, sold, hidden] = counted;
    let written = clock::now();

    progress.stage("building indexes");
    target.index()?;
    let indexed = clock::now();

    progress.stage("committing");
    target.commit()?;
    let committed = clock::now();

    let summary = Summary {
        cars_live: live,
        cars_sold: sold,
        cars_hidden: hidden,
        rows,
        elapsed: committed - started,
        phases: Phases { rows: written - started, indexes: indexed - written, commit: committed - indexed },
    };
    progress.finish(&target.name(), &summary);
    Ok(Outcome::Seeded(summary))
}

impl Origin {
    fn rows_about(&self) -> u64 {
        match self {
            Self::Directory(directory) => csv::rows_about(directory),
            Self::Generated { cars, .. } => generated::Counts::of(*cars).rows_about(),
        }
    }

    fn write(&self, sink: &mut dyn RowSink) -> Result<()> {
        match self {
            Self::Directory(directory) => csv::write(directory, sink),
            Self::Generated { cars, seed } => generated::write(*cars, *seed, sink),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [live, sold, hidden, rows] =
            [self.cars_live, self.cars_sold, self.cars_hidden, self.rows].map(HumanCount);
        let Phases { rows: writing, indexes, commit } = &self.phases;
        write!(f, "{live} live, {sold} sold and {hidden} hidden cars, {rows} rows in {:.2?} ", self.elapsed)?;
        write!(f, "(rows {writing:.2?}, indexes {indexes:.2?}, commit {commit:.2?})")
    }
}

#[cfg(test)]
mod tests;
