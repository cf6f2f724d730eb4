//! How far the spool is delivered, in a small file beside it. One that is lost or damaged means that everything is
//! delivered again, under the ids it had.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Position;

const NAME: &str = "cursor";

/// `segment offset checksum`, a line of text.
#[derive(Clone, Debug)]
pub struct Cursor(PathBuf);

impl Cursor {
    pub fn new(directory: &Path) -> Self {
        Self(directory.join(NAME))
    }

    /// `None`: nothing is known to be delivered.
    pub fn read(&self) -> Option<Position> {
        let text = fs::read_to_string(&self.0).ok()?;
        let (numbers, sum) = text.trim_end().rsplit_once(' ')?;
        let (segment, offset) = numbers.split_once(' ')?;
        let position = Position { segment: segment.parse().ok()?, offset: offset.parse().ok()? };
        (sum.parse() == Ok(crc32c::crc32c(numbers.as_bytes()))).then_some(position)
    }

    pub fn write(&self, position: Position) -> io::Result<()> {
        let numbers = format!("{} {}", position.segment, position.offset);
        let text = format!("{numbers} {}\n", crc32c::crc32c(numbers.as_bytes()));
        let new = self.0.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, &self.0)?;
        self.0.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Position};

    #[test]
    fn a_damaged_cursor_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let cursor = Cursor::new(directory.path());
        assert_eq!(cursor.read(), None);
        let position = Position { segment: 12, offset: 345 };
        cursor.write(position).unwrap();
        assert_eq!(cursor.read(), Some(position));
        let text = std::fs::read(directory.path().join("cursor")).unwrap();
        for n in 0..text.len() - 1 {
            std::fs::write(directory.path().join("cursor"), &text[..n]).unwrap();
            assert_eq!(cursor.read(), None, "cut at {n}");
        }
    }
}
