//! Framed records: length, its checksum, the content's checksum, postcard bytes. A length that is wrong must not pass for
//! a file that ends early.

use std::io::{Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use super::Ignored;

/// A record larger than this is damage, not data.
const RECORD_BYTES_MAX: u32 = 1 << 30;

const FRAME: usize = 4 + 4 + 8;

fn length_check(length: u32) -> u32 {
    // Half of the hash is enough for four bytes.
    xxh3_64(&length.to_le_bytes()) as u32
}

/// Appends one record to `out`; returns its length in bytes.
pub(super) fn write(out: &mut impl Write, record: &impl Serialize) -> std::io::Result<u64> {
    let payload = postcard::to_stdvec(record).map_err(std::io::Error::other)?;
    let length = u32::try_from(payload.len()).map_err(std::io::Error::other)?;
    let mut framed = Vec::with_capacity(payload.len() + FRAME);
    framed.extend_from_slice(&length.to_le_bytes());
    framed.extend_from_slice(&length_check(length).to_le_bytes());
    framed.extend_from_slice(&xxh3_64(&payload).to_le_bytes());
    framed.extend_from_slice(&payload);
    // One write, so that a killed process leaves at most the last record torn.
    out.write_all(&framed)?;
    Ok(framed.len() as u64)
}

pub(super) struct Records<R> {
    from: R,
    payload: Vec<u8>,
    bytes: u64,
}

pub(super) enum Next<T> {
    Record(T),
    /// Nothing follows.
    End,
    /// The file ends within the record.
    Torn,
    Damaged,
}

impl<R: Read> Records<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, payload: Vec::new(), bytes: 0 }
    }

    /// The length of the whole records read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A record that must be there and whole.
    pub(super) fn whole<T: DeserializeOwned>(&mut self) -> Result<T, Ignored> {
        match self.next() {
            Next::Record(record) => Ok(record),
            Next::End | Next::Torn | Next::Damaged => Err(Ignored::Damaged),
        }
    }

    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Next<T> {
        let mut frame = [0; FRAME];
        match self.fill(&mut frame) {
            Ok(0) => return Next::End,
            Ok(FRAME) => {}
            Ok(_) => return Next::Torn,
            Err(_) => return Next::Damaged,
        }
        let [l0, l1, l2, l3, c0, c1, c2, c3, checksum @ ..] = frame;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if length > RECORD_BYTES_MAX || length_check(length) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Next::Damaged;
        }
        let length = length as usize;
        self.payload.clear();
        match (&mut self.from).take(length as u64).read_to_end(&mut self.payload) {
            Ok(read) if read == length => {}
            Ok(_) => return Next::Torn,
            Err(_) => return Next::Damaged,
        }
        if xxh3_64(&self.payload) != u64::from_le_bytes(checksum) {
            return Next::Damaged;
        }
        self.bytes += frame.len() as u64 + length as u64;
        postcard::from_bytes(&self.payload).map_or(Next::Damaged, Next::Record)
    }

    /// Reads until `buffer` is full or the file ends; returns the number of bytes read.
    fn fill(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.from.read(&mut buffer[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        Ok(filled)
    }
}
