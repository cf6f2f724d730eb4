//! What the spool asks of the system.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// One segment that is written.
pub trait Disk: Send {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Everything written is on the disk. An error may be told once only, to whoever asks first.
    fn sync(&mut self) -> io::Result<()>;

    /// Makes it no longer than this.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

pub trait Files: Send {
    /// A new file with this much room.
    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn Disk>>;

    /// Makes it where it is missing.
    fn directory(&self, path: &Path) -> io::Result<()>;

    /// Its names are on the disk.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

#[derive(Clone, Copy, Debug)]
pub struct RealFiles;

impl Files for RealFiles {
    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn Disk>> {
        // For nobody else to read. What stands there under this name was never told to be there.
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            // A file system that cannot takes the room as it goes.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(Box::new(file)),
            Err(error) => {
                let _ = fs::remove_file(path);
                Err(error.into())
            }
        }
    }

    fn directory(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        path.parent().map_or(Ok(()), |parent| self.sync_directory(parent))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl Disk for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)?;
        self.sync_data()
    }
}
