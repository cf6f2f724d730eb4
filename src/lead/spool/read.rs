//! Segments back into records: for delivery, for operators, for a process that starts. Reads beside whoever writes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::{HEADER_BYTES, MAGIC, Position, frame, path_of, segments};
use crate::lead::Record;

/// A record, and where it ends.
pub struct Found {
    pub record: Record,
    pub end: Position,
}

/// What is next.
pub enum Step {
    Record(Box<Found>),
    /// So many bytes of the segment are no records: the rest of a batch that was never finished, or damage.
    Unreadable(PathBuf, u64),
    /// Nothing, for now.
    End,
}

/// Goes through the segments from a position on.
pub struct Reader {
    directory: PathBuf,
    at: Position,
    /// The bytes of the segment that is read, from its beginning.
    bytes: Vec<u8>,
    loaded: Option<u64>,
    is_whole: bool,
}

impl Reader {
    pub fn new(directory: &Path, from: Position) -> Self {
        Self { directory: directory.to_owned(), at: from, bytes: Vec::new(), loaded: None, is_whole: false }
    }

    pub fn position(&self) -> Position {
        self.at
    }

    /// The next record that ends at or before `until`. A segment is read once when it is complete, and as far as it goes
    /// while it is written.
    pub fn next(&mut self, until: Position) -> io::Result<Step> {
        loop {
            if self.at >= until {
                return Ok(Step::End);
            }
            let is_last = self.at.segment == until.segment;
            let limit = if is_last { until.offset } else { u64::MAX };
            self.load(limit)?;
            self.at.offset = self.at.offset.max(HEADER_BYTES);
            let from = usize::try_from(self.at.offset).unwrap_or(usize::MAX);
            let rest = self.bytes.get(from..).unwrap_or_default();
            if let Some(bytes) = frame::first(rest) {
                let record = Record::of_bytes(bytes);
                let n = frame::HEAD_BYTES + bytes.len();
                self.at.offset += n as u64;
                return Ok(match record {
                    Some(record) => Step::Record(Box::new(Found { record, end: self.at })),
                    None => Step::Unreadable(self.path(), n as u64),
                });
            }
            if let Some(skipped) = frame::next(rest) {
                self.at.offset += skipped as u64;
                return Ok(Step::Unreadable(self.path(), skipped as u64));
            }
            // Room that was taken and never used is no damage.
            let lost = rest.iter().rposition(|&byte| byte != 0).map_or(0, |last| last as u64 + 1);
            let path = self.path();
            let end = Position { segment: self.at.segment, offset: from as u64 + rest.len() as u64 };
            if is_last {
                self.at = until.max(end);
            } else {
                self.at = Position { segment: self.following(until.segment)?, offset: 0 };
            }
            if lost > 0 {
                return Ok(Step::Unreadable(path, lost));
            }
        }
    }

    fn path(&self) -> PathBuf {
        path_of(&self.directory, self.at.segment)
    }

    /// The next segment that is there.
    fn following(&self, last: u64) -> io::Result<u64> {
        let later = segments(&self.directory)?.into_iter().find(|&segment| segment > self.at.segment);
        Ok(later.unwrap_or(last).min(last))
    }

    /// Reads on to `limit`, or to the end of a segment that nobody writes to any more.
    fn load(&mut self, limit: u64) -> io::Result<()> {
        if self.loaded != Some(self.at.segment) {
            self.bytes.clear();
            (self.loaded, self.is_whole) = (Some(self.at.segment), false);
        }
        if self.is_whole || self.bytes.len() as u64 >= limit {
            return Ok(());
        }
        let is_first = self.bytes.is_empty();
        match File::open(self.path()) {
            Ok(file) => read_on(&file, &mut self.bytes, file.metadata()?.len().min(limit))?,
            // Removed, or never there: there is nothing in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if is_first && !self.bytes.is_empty() && !self.bytes.starts_with(MAGIC) {
            tracing::error!("leads: {} does not begin as a segment does", self.path().display());
        }
        self.is_whole = limit == u64::MAX;
        Ok(())
    }
}

/// As much as is there: it may be cut meanwhile.
fn read_on(file: &File, bytes: &mut Vec<u8>, until: u64) -> io::Result<()> {
    let mut n = bytes.len();
    bytes.resize(n.max(usize::try_from(until).unwrap_or(usize::MAX)), 0);
    while n < bytes.len() {
        match file.read_at(&mut bytes[n..], n as u64) {
            Ok(0) => break,
            Ok(read) => n += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                bytes.truncate(n);
                return Err(error);
            }
        }
    }
    bytes.truncate(n);
    Ok(())
}
