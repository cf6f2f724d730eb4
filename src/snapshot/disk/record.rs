//! Framed records: length, checksum, postcard bytes.

use std::io::{Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use super::Ignored;

/// A record larger than this is damage, not data.
const RECORD_BYTES_MAX: u32 = 1 << 30;

/// Appends one record to `out`; returns its length in bytes.
pub(super) fn write(out: &mut impl Write, record: &impl Serialize) -> std::io::Result<u64> {
    let payload = postcard::to_stdvec(record).map_err(std::io::Error::other)?;
    let length = u32::try_from(payload.len()).map_err(std::io::Error::other)?;
    let mut framed = Vec::with_capacity(payload.len() + 12);
    framed.extend_from_slice(&length.to_le_bytes());
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
        let mut frame = [0; 12];
        match self.fill(&mut frame) {
            0 => return Next::End,
            12 => {}
            _ => return Next::Torn,
        }
        let [l0, l1, l2, l3, checksum @ ..] = frame;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if length > RECORD_BYTES_MAX {
            return Next::Damaged;
        }
        let length = length as usize;
        self.payload.clear();
        let read = (&mut self.from).take(length as u64).read_to_end(&mut self.payload);
        if read.is_err() || self.payload.len() < length {
            return Next::Torn;
        }
        if xxh3_64(&self.payload) != u64::from_le_bytes(checksum) {
            return Next::Damaged;
        }
        self.bytes += frame.len() as u64 + length as u64;
        postcard::from_bytes(&self.payload).map_or(Next::Damaged, Next::Record)
    }

    /// Reads until `buffer` is full or the file ends; returns the number of bytes read.
    fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.from.read(&mut buffer[filled..]) {
                Ok(0) | Err(_) => break,
                Ok(n) => filled += n,
            }
        }
        filled
    }
}
