//! How a document is stored: a line of text that scripts can read, then the compressed rest.
//!
//! `<FORMAT> <epoch>.<sequence>\n`, then zstd (with a checksum) of postcard of the state.

use crate::car::{CarId, Document, FORMAT, State};

/// Some 10 us for a car; a higher level saves little of what is two kilobytes to begin with.
const LEVEL: i32 = 1;
/// A state that claims to be larger is damage, not data.
const STATE_BYTES_MAX: usize = 16 << 20;
/// A line that is longer is not ours.
const HEADER_BYTES_MAX: usize = 64;

/// Compresses one document after the other.
pub(super) struct Encoder(zstd::bulk::Compressor<'static>);

impl Encoder {
    pub(super) fn new() -> std::io::Result<Self> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        Ok(Self(compressor))
    }

    pub(super) fn encode(&mut self, document: &Document) -> std::io::Result<Vec<u8>> {
        let mut value = format!("{FORMAT} {}\n", document.version).into_bytes();
        let state = postcard::to_stdvec(&document.state).map_err(std::io::Error::other)?;
        value.extend_from_slice(&self.0.compress(&state)?);
        Ok(value)
    }
}

/// `None`: it is damaged, of another layout, or not ours at all.
pub(super) fn decode(id: CarId, value: &[u8]) -> Option<Document> {
    let end = value.iter().take(HEADER_BYTES_MAX).position(|&byte| byte == b'\n')?;
    let (format, version) = std::str::from_utf8(&value[..end]).ok()?.split_once(' ')?;
    if format.parse() != Ok(FORMAT) {
        return None;
    }
    let (version, packed) = (version.parse().ok()?, &value[end + 1..]);
    let length = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
    let length = usize::try_from(length).ok().filter(|&length| length <= STATE_BYTES_MAX)?;
    let state = zstd::bulk::decompress(packed, length).ok()?;
    let (state, rest) = postcard::take_from_bytes::<State>(&state).ok()?;
    rest.is_empty().then_some(Document { id, version, state })
}

#[cfg(test)]
mod tests {
    use super::{Encoder, decode};
    use crate::car::{CarId, Document, State, Version};
    use crate::snapshot::catalogue_tests::live;

    #[test]
    fn a_document_comes_back_as_it_was_and_damage_does_not() {
        let mut encoder = Encoder::new().unwrap();
        let hidden = Document {
            id: CarId(8),
            version: Version { epoch: u64::MAX, sequence: 7 },
            state: State::Hidden,
        };
        for document in [hidden, (*live(9, 3, 904_000, 1)).clone()] {
            let value = encoder.encode(&document).unwrap();
            assert_eq!(decode(document.id, &value).as_ref(), Some(&document));
            let body = value.iter().position(|&byte| byte == b'\n').unwrap() + 1;
            for place in body..value.len() {
                let mut damaged = value.clone();
                damaged[place] ^= 0x55;
                assert_eq!(decode(document.id, &damaged), None, "byte {place}");
                assert_eq!(decode(document.id, &value[..place]), None, "cut at {place}");
            }
        }
        for foreign in [&b""[..], b"\n", b"hello", b"1 1.1", b"2 1.1\nx", b"1 1\nx", b"1 -1.1\nx"] {
            assert_eq!(decode(CarId(1), foreign), None);
        }
        assert_eq!("12.3".parse::<Version>().ok(), Some(Version { epoch: 12, sequence: 3 }));
    }
}
