//! The spool: leads on this machine's disk, durable before anybody is thanked.
//!
//! Segments of a fixed size, `leads/0000000001.spool` and so on in `data.dir`, whose room is taken in advance: a disk that
//! others fill still takes the leads of a while. A batch is appended with one write and one `fdatasync`. What the kernel
//! could not write is never tried again on the same file, since it may forget the error and the pages with it: the segment
//! is left as it is and the batch goes to a new one. A process that starts never appends to what another has written.
//!
//! - `frame`: bytes that tell whether they are whole; `disk`: the system calls, and those that fail in tests
//! - `read`: segments back into records, whoever writes them meanwhile; `cursor`: how far they are delivered
//! - `recover`: what a process finds when it starts

mod cursor;
mod disk;
mod frame;
mod read;
mod recover;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::clock;

pub use cursor::Cursor;
pub use disk::{Disk, Files, RealFiles};
pub use read::{Found, Reader, Step};
pub use recover::{Recovered, recover};

/// Where a record ends. Positions grow with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub segment: u64,
    pub offset: u64,
}

/// Room that is taken at once.
const SEGMENT_BYTES: u64 = 1 << 20;
/// After a failure that a new segment did not get over, nothing is tried for so long.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// How soon a spool that is crowded may not be any more.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const DIRECTORY: &str = "leads";
const EXTENSION: &str = "spool";
const MAGIC: &[u8; 8] = b"FCLEAD01";
const HEADER_BYTES: u64 = 16;

/// Why a batch is not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("cannot write to {0}: {1}")]
    Disk(PathBuf, io::Error),
    #[error("the spool holds the {0} bytes that lead.spool_bytes_max allows, none of which are delivered")]
    Full(u64),
    #[error("the last attempt was a moment ago")]
    Paused,
}

pub struct Spool {
    directory: PathBuf,
    files: Box<dyn Files>,
    bytes_max: u64,
    keep: Duration,
    current: Option<Segment>,
    /// Of the next segment.
    next: u64,
    retry_at: Option<Instant>,
    /// Of all segments, and of those that are not delivered, when they were last looked at.
    bytes: u64,
    undelivered: u64,
    look_at: Instant,
}

struct Segment {
    number: u64,
    path: PathBuf,
    disk: Box<dyn Disk>,
    /// Up to here it is on the disk.
    end: u64,
    /// Something of it was once on the disk.
    holds: bool,
}

pub fn directory(data: &Path) -> PathBuf {
    data.join(DIRECTORY)
}

fn path_of(directory: &Path, segment: u64) -> PathBuf {
    directory.join(format!("{segment:010}.{EXTENSION}"))
}

/// The segments that are there, in order.
pub fn segments(directory: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_segment = path.extension().is_some_and(|extension| extension == EXTENSION);
        let number: Option<u64> = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        numbers.extend(number.filter(|_| is_segment));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

impl Spool {
    /// Behind `last`, the last segment there is. `keep`: how long what is delivered stays.
    pub fn new(directory: PathBuf, files: Box<dyn Files>, bytes_max: u64, keep: Duration, last: u64) -> Self {
        let (current, next, retry_at, look_at) = (None, last + 1, None, clock::now());
        let (bytes, undelivered) = (0, 0);
        let mut own =
            Self { directory, files, bytes_max, keep, current, next, retry_at, bytes, undelivered, look_at };
        // As if nothing were delivered; who finds it crowded looks again.
        own.look(0);
        own
    }

    /// Of all segments.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Half of the room is taken by what is not delivered. What looks like a program's gets no more of it.
    pub fn is_crowded(&mut self, delivered: u64, now: Instant) -> bool {
        let is_crowded = |own: &Self| own.undelivered > own.bytes_max / 2;
        if is_crowded(self) && now >= self.look_at {
            self.look_at = now + LOOK_EVERY;
            self.look(delivered);
        }
        is_crowded(self)
    }

    /// The sizes of all segments.
    fn look(&mut self, delivered: u64) -> Vec<(u64, fs::Metadata)> {
        let segments = segments(&self.directory).unwrap_or_default().into_iter();
        let sized =
            |segment| fs::metadata(path_of(&self.directory, segment)).ok().map(|sized| (segment, sized));
        let all: Vec<_> = segments.filter_map(sized).collect();
        self.bytes = all.iter().map(|(_, metadata)| metadata.len()).sum();
        let undelivered = all.iter().filter(|(segment, _)| *segment >= delivered);
        self.undelivered = undelivered.map(|(_, metadata)| metadata.len()).sum();
        all
    }

    /// Makes a batch durable: all of it or, as far as anybody is told, nothing. Answers where each record ends.
    /// `delivered`: everything in segments before this one is.
    pub fn append(
        &mut self,
        records: &[&[u8]],
        delivered: u64,
        now: Instant,
    ) -> Result<Vec<Position>, NotKept> {
        if self.retry_at.is_some_and(|at| now < at) {
            return Err(NotKept::Paused);
        }
        let frames: Vec<_> = records.iter().map(|record| frame::of(record)).collect();
        let appended = self.append_frames(&frames, delivered);
        self.retry_at = appended.is_err().then(|| now + RETRY_AFTER);
        appended
    }

    fn append_frames(&mut self, frames: &[Vec<u8>], delivered: u64) -> Result<Vec<Position>, NotKept> {
        let bytes = frames.concat();
        let room = |segment: &Segment| segment.end + bytes.len() as u64 <= SEGMENT_BYTES;
        let first = match self.current.take() {
            // Somebody has taken it away: what is written to it nobody finds.
            Some(segment) if !segment.path.exists() => {
                Err((segment.path, io::Error::from(io::ErrorKind::NotFound)))
            }
            Some(segment) if room(&segment) => self.write(segment, &bytes),
            Some(segment) => {
                // It stays the current one until there is another.
                let next = self.begin(delivered, bytes.len());
                match next {
                    Ok(next) => {
                        segment.close();
                        self.write(next, &bytes)
                    }
                    Err(why) => {
                        self.current = Some(segment);
                        return Err(why);
                    }
                }
            }
            None => {
                let next = self.begin(delivered, bytes.len())?;
                self.write(next, &bytes)
            }
        };
        let (number, start) = match first {
            Ok(place) => place,
            Err((path, error)) => {
                tracing::error!("leads: {} is given up: {error}; going on in a new segment", path.display());
                metrics::counter!("forecourt_leads_segments_given_up_total").increment(1);
                let next = self.begin(delivered, bytes.len())?;
                self.write(next, &bytes).map_err(|(path, error)| NotKept::Disk(path, error))?
            }
        };
        let ends = frames.iter().scan(start, |offset, frame| {
            *offset += frame.len() as u64;
            Some(Position { segment: number, offset: *offset })
        });
        Ok(ends.collect())
    }

    /// Where the bytes begin. On failure the segment is not the current one any more.
    fn write(&mut self, mut segment: Segment, bytes: &[u8]) -> Result<(u64, u64), (PathBuf, io::Error)> {
        let written = segment.disk.write_at(bytes, segment.end).and_then(|()| segment.disk.sync());
        match written {
            Ok(()) => {
                let place = (segment.number, segment.end);
                segment.end += bytes.len() as u64;
                segment.holds = true;
                self.current = Some(segment);
                Ok(place)
            }
            Err(error) => {
                let path = segment.path.clone();
                if !segment.holds {
                    // Nobody was told that anything is in it.
                    let _ = fs::remove_file(&path);
                }
                Err((path, error))
            }
        }
    }

    /// A new segment, durable as far as it is a file of that name.
    fn begin(&mut self, delivered: u64, wanted: usize) -> Result<Segment, NotKept> {
        self.make_room(delivered)?;
        let path = path_of(&self.directory, self.next);
        let fail = |error| NotKept::Disk(path.clone(), error);
        self.files.directory(&self.directory).map_err(fail)?;
        let mut disk =
            self.files.create(&path, SEGMENT_BYTES.max(HEADER_BYTES + wanted as u64)).map_err(fail)?;
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&self.next.to_le_bytes());
        let begun = disk
            .write_at(&header, 0)
            .and_then(|()| disk.sync())
            .and_then(|()| self.files.sync_directory(&self.directory));
        if let Err(error) = begun {
            let _ = fs::remove_file(&path);
            return Err(fail(error));
        }
        let segment = Segment { number: self.next, path, disk, end: HEADER_BYTES, holds: false };
        self.next += 1;
        self.bytes += SEGMENT_BYTES;
        Ok(segment)
    }

    /// Removes delivered segments: those that are old, and then, from the oldest on, those that stand in the way.
    fn make_room(&mut self, delivered: u64) -> Result<(), NotKept> {
        for (segment, metadata) in self.look(delivered) {
            let age = metadata.modified().ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
            let is_full = self.bytes + SEGMENT_BYTES > self.bytes_max;
            let goes = segment < delivered && (age > self.keep || is_full);
            if goes && fs::remove_file(path_of(&self.directory, segment)).is_ok() {
                self.bytes -= metadata.len();
            }
        }
        if self.bytes + SEGMENT_BYTES > self.bytes_max { Err(NotKept::Full(self.bytes)) } else { Ok(()) }
    }

    /// For a process that ends: gives back the room that is not used.
    pub fn close(&mut self) {
        if let Some(segment) = self.current.take() {
            segment.close();
        }
    }
}

impl Segment {
    fn close(mut self) {
        // What fails here costs room, nothing else.
        let _ = self.disk.cut(self.end);
    }
}

#[cfg(test)]
mod tests;
