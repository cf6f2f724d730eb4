//! Frames: a record with what tells whether it is whole.
//!
//! ```text
//! "LEAD" (4) | length (4, little endian) | CRC32C of length and record (4) | record
//! ```
//!
//! A file that was not written to its end has zeros there (its room is taken in advance) or a frame that is not whole.
//! The mark lets a reader go on behind bytes that a disk has lost.

pub(super) const HEAD_BYTES: usize = 12;
const MARK: &[u8; 4] = b"LEAD";
/// Longer ones are no records.
const RECORD_BYTES_MAX: usize = 1 << 18;

pub(super) fn of(record: &[u8]) -> Vec<u8> {
    let length = (record.len() as u32).to_le_bytes();
    let mut frame = Vec::with_capacity(HEAD_BYTES + record.len());
    frame.extend_from_slice(MARK);
    frame.extend_from_slice(&length);
    frame.extend_from_slice(&checksum(length, record).to_le_bytes());
    frame.extend_from_slice(record);
    frame
}

fn checksum(length: [u8; 4], record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), record)
}

/// The record at the beginning of these bytes, if a whole one is there.
pub(super) fn first(bytes: &[u8]) -> Option<&[u8]> {
    let (mark, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let n = u32::from_le_bytes(*length) as usize;
    let record = rest.get(..n).filter(|_| mark == MARK && (1..=RECORD_BYTES_MAX).contains(&n))?;
    (checksum(*length, record) == u32::from_le_bytes(*sum)).then_some(record)
}

/// Where the next whole frame begins.
pub(super) fn next(bytes: &[u8]) -> Option<usize> {
    let places = bytes.windows(MARK.len()).enumerate().filter(|(_, window)| window == MARK);
    places.map(|(place, _)| place).find(|&place| first(&bytes[place..]).is_some())
}

#[cfg(test)]
mod tests {
    use super::{first, next, of};

    #[test]
    fn only_a_whole_frame_is_one() {
        let frame = of(b"a record");
        assert_eq!(first(&frame), Some(&b"a record"[..]));
        for n in 0..frame.len() {
            assert_eq!(first(&frame[..n]), None, "cut at {n}");
            let mut damaged = frame.clone();
            damaged[n] ^= 1;
            assert_eq!(first(&damaged), None, "byte {n}");
        }
        assert_eq!((first(&[0; 64]), first(&of(b""))), (None, None));
    }

    #[test]
    fn a_reader_finds_what_stands_behind_damage() {
        let bytes = [&b"LEADLEAD garbage"[..], &of(b"LEAD within"), &of(b"b")].concat();
        assert_eq!(next(&bytes), Some(16));
        assert_eq!(next(b"LEAD garbage"), None);
    }
}
