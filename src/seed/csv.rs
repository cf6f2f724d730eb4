//! A catalogue in a directory of CSV files, one per table, with a header row that names the columns in any order.
//!
//! An empty cell is NULL where the column may be NULL. Everything else that does not fit ends the reading with an error that
//! names file, line and column: the reader of that error has an export of twelve thousand cars to mend.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::table::{Cell, Column, Kind, RowSink, TABLES, Table};

/// Reads all tables of a directory into `sink`. All files are opened and their headers checked before the first row.
pub(super) fn write(directory: &Path, sink: &mut dyn RowSink) -> Result<()> {
    let files: Vec<_> =
        TABLES.iter().map(|table| TableFile::open(directory, table)).collect::<Result<_>>()?;
    files.into_iter().try_for_each(|file| file.write(sink))
}

/// About how many rows a directory holds, by its line ends: for progress. Files that cannot be read count as empty here, and
/// are an error when their turn comes.
pub(super) fn rows_about(directory: &Path) -> u64 {
    let lines = TABLES.iter().map(|table| lines(&path(directory, table)).unwrap_or(0).saturating_sub(1));
    lines.sum()
}

fn lines(path: &Path) -> std::io::Result<u64> {
    let (mut file, mut buffer, mut lines) = (File::open(path)?, vec![0; 1 << 18], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(lines),
            read => lines += buffer[..read].iter().filter(|&&byte| byte == b'\n').count() as u64,
        }
    }
}

fn path(directory: &Path, table: &Table) -> PathBuf {
    directory.join(format!("{}.csv", table.name))
}

/// A table's file, its header read.
struct TableFile {
    table: &'static Table,
    path: PathBuf,
    reader: Reader<File>,
    /// How many fields the header has, and so each row.
    fields: usize,
    /// For each column of the table, where it stands in the file.
    places: Vec<usize>,
}

impl TableFile {
    fn open(directory: &Path, table: &'static Table) -> Result<Self> {
        let path = path(directory, table);
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        // `flexible`, since a row with too few or too many fields is told here in our words.
        let mut reader = ReaderBuilder::new().flexible(true).buffer_capacity(1 << 16).from_reader(file);
        let header =
            reader.byte_headers().with_context(|| format!("cannot read {}", path.display()))?.clone();
        let places = places(table, &header).map_err(|reason| anyhow!("{}:1: {reason}", path.display()))?;
        Ok(Self { table, path, reader, fields: header.len(), places })
    }

    fn write(mut self, sink: &mut dyn RowSink) -> Result<()> {
        let mut record = ByteRecord::new();
        loop {
            let more = self.reader.read_byte_record(&mut record);
            if !more.with_context(|| format!("cannot read {}", self.path.display()))? {
                return Ok(());
            }
            let line = record.position().map_or(0, csv::Position::line);
            let at = || format!("{}:{line}", self.path.display());
            if record.len() != self.fields {
                bail!("{}: {} fields, but the header has {}", at(), record.len(), self.fields);
            }
            let cells = self.table.columns.iter().zip(&self.places).map(|(column, &place)| {
                cell(column, &record[place])
                    .map_err(|reason| anyhow!("{}: column {}: {reason}", at(), column.name))
            });
            let row: Vec<Cell<'_>> = cells.collect::<Result<_>>()?;
            sink.insert(self.table, &row).with_context(at)?;
        }
    }
}

/// Where each column of the table stands in the header.
fn places(table: &Table, header: &ByteRecord) -> Result<Vec<usize>, String> {
    let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    for (nth, name) in names.iter().enumerate() {
        if table.position(name).is_none() {
            let known: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            return Err(format!("column {name} is unknown; {} has {}", table.name, known.join(", ")));
        }
        if names[..nth].contains(name) {
            return Err(format!("column {name} stands twice"));
        }
    }
    let place = |column: &Column| {
        let found = names.iter().position(|name| name == column.name);
        found.ok_or_else(|| format!("column {} is missing", column.name))
    };
    table.columns.iter().map(place).collect()
}

fn cell<'a>(column: &Column, field: &'a [u8]) -> Result<Cell<'a>, String> {
    let text = std::str::from_utf8(field).map_err(|_| "is not valid UTF-8".to_owned())?;
    if text.is_empty() {
        return if column.nullable { Ok(Cell::Null) } else { Err("is empty".to_owned()) };
    }
    let cell = match column.kind {
        Kind::Int => text.parse().ok().map(Cell::Int),
        Kind::Real => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Cell::Real),
        Kind::Text => Some(text.into()),
        Kind::DateTime => is_datetime(field).then(|| text.into()),
    };
    cell.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is not {}", column.kind.described())
    })
}

impl Kind {
    fn described(self) -> &'static str {
        match self {
            Self::Int => "a whole number",
            Self::Real => "a number",
            Self::Text => "text",
            Self::DateTime => "a time like 2026-11-20 06:00:00",
        }
    }
}

/// `YYYY-MM-DD HH:MM:SS` with each part in its range. The 31st of a short month is left to the database.
fn is_datetime(field: &[u8]) -> bool {
    let two = |at: usize| {
        let (tens, ones) = (field[at].wrapping_sub(b'0'), field[at + 1].wrapping_sub(b'0'));
        if tens < 10 && ones < 10 { tens * 10 + ones } else { u8::MAX }
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    field.len() == 19
        && separators.iter().all(|&(at, separator)| field[at] == separator)
        && two(0) < 100
        && two(2) < 100
        && (1..=12).contains(&two(5))
        && (1..=31).contains(&two(8))
        && two(11) < 24
        && two(14) < 60
        && two(17) < 60
}

#[cfg(test)]
mod tests;
