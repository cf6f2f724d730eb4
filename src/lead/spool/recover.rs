//! What a process finds when it starts: leads that are not delivered, and the end of a batch that never was one.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use super::{Cursor, Found, HEADER_BYTES, Position, Reader, Step, path_of, segments};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// No segment has a higher number.
    pub last: u64,
    /// Behind the last record there is.
    pub end: Position,
    /// Everything up to here is delivered.
    pub delivered: Position,
    /// Bytes at the end that were no whole record, and are cut off.
    pub torn_bytes: u64,
}

/// Looks at every record that is not delivered, and at those of segments that were written since `since_ms`; cuts what the
/// last process did not finish. For the one process that writes here.
pub fn recover(directory: &Path, since_ms: u64, mut each: impl FnMut(&Found)) -> io::Result<Recovered> {
    let delivered = Cursor::new(directory).read().unwrap_or_default();
    let mut found = Recovered { last: delivered.segment, delivered, ..Recovered::default() };
    if !directory.is_dir() {
        return Ok(found);
    }
    let numbers = segments(directory)?;
    let Some(&last) = numbers.last() else { return Ok(found) };
    found.last = last.max(delivered.segment);
    let is_recent = |segment: u64| {
        let modified = path_of(directory, segment).metadata().and_then(|metadata| metadata.modified());
        let ms =
            modified.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        ms.as_millis() >= u128::from(since_ms)
    };
    let first = numbers.iter().copied().find(|&segment| segment >= delivered.segment || is_recent(segment));
    let mut reader = Reader::new(directory, Position { segment: first.unwrap_or(last), offset: 0 });
    found.end = Position { segment: last, offset: HEADER_BYTES };
    loop {
        match reader.next(Position { segment: last, offset: u64::MAX })? {
            Step::Record(record) => {
                found.end = record.end;
                each(&record);
            }
            // In what is delivered nobody misses anything.
            Step::Unreadable(path, bytes) if path == path_of(directory, last) => found.torn_bytes += bytes,
            Step::Unreadable(path, bytes) => {
                tracing::error!("leads: {bytes} bytes of {} are damaged", path.display())
            }
            Step::End => break,
        }
    }
    found.end = found.end.max(Position { segment: last, offset: HEADER_BYTES });
    if found.torn_bytes > 0 {
        let (bytes, path) = (found.torn_bytes, path_of(directory, last));
        tracing::warn!(
            "leads: cut {bytes} bytes off {}: a batch that nobody was thanked for",
            path.display()
        );
    }
    // Gives back the room that was taken as well.
    let file = OpenOptions::new().write(true).open(path_of(directory, last))?;
    file.set_len(found.end.offset)?;
    file.sync_data()?;
    Ok(found)
}
