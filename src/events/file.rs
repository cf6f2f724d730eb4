//! Without Kafka: `events.jsonl` in `data.dir`, a line each. A file that is full becomes `events.jsonl.1`, and so on; the
//! oldest goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::run::Sink;
use super::{Counts, Line, Outcome};

const NAME: &str = "events.jsonl";
const BYTES_MAX: u64 = 64 << 20;
/// Files kept beside the one that is written.
const OLD_MAX: usize = 4;

#[derive(Debug)]
pub struct FileSink {
    file: PathBuf,
    bytes_max: u64,
    counts: Counts,
    /// It was said that nothing can be written.
    said: bool,
}

impl FileSink {
    pub fn new(directory: &Path, counts: Counts) -> Self {
        Self { file: directory.join(NAME), bytes_max: BYTES_MAX, counts, said: false }
    }

    #[cfg(test)]
    pub(super) fn with_bytes_max(mut self, bytes_max: u64) -> Self {
        self.bytes_max = bytes_max;
        self
    }

    /// Opened for each batch, so that whoever takes the file away or cleans up finds a new one begun.
    fn open(&self) -> io::Result<(File, u64)> {
        // For nobody else to read.
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.file)?;
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    }

    /// All of it or nothing.
    fn append(&self, mut lines: Vec<u8>) -> io::Result<()> {
        let (mut file, mut bytes) = self.open()?;
        if bytes > 0 && bytes + lines.len() as u64 > self.bytes_max {
            self.rotate()?;
            (file, bytes) = self.open()?;
        }
        if bytes > 0 && last_byte(&mut file)? != b'\n' {
            // The machine went down in the middle of a line, which costs that one only.
            lines.insert(0, b'\n');
        }
        let written = file.write_all(&lines);
        if written.is_err() {
            // Half a line would spoil the next. If even this fails, the newline above saves it.
            let _ = file.set_len(bytes);
        }
        written
    }

    fn rotate(&self) -> io::Result<()> {
        let old = |n: usize| match n {
            0 => self.file.clone(),
            n => self.file.with_file_name(format!("{NAME}.{n}")),
        };
        for n in (0..OLD_MAX).rev() {
            match fs::rename(old(n), old(n + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn last_byte(file: &mut File) -> io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

impl Sink for FileSink {
    async fn room(&mut self) -> usize {
        usize::MAX
    }

    /// Blocks this thread, which is the role's own.
    async fn put(&mut self, lines: Vec<Line>) {
        let n = lines.len();
        let text = lines.into_iter().fold(Vec::new(), |mut text, line| {
            text.extend_from_slice(&line.json);
            text.push(b'\n');
            text
        });
        match self.append(text) {
            Ok(()) => {
                self.counts.add(Outcome::Sent, n);
                if std::mem::take(&mut self.said) {
                    tracing::info!("events are written again");
                }
            }
            Err(error) => {
                self.counts.add(Outcome::Dropped, n);
                if !std::mem::replace(&mut self.said, true) {
                    let file = self.file.display();
                    tracing::error!("events are dropped: cannot write to {file}: {error}; pages are served");
                }
            }
        }
    }

    async fn end(&mut self) {}
}
