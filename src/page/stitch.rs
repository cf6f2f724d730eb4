//! Gzip pages put together from pieces that were compressed before: a page for one visitor costs a copy.
//!
//! A piece is deflated alone and ends at a byte (zlib's sync flush), so that any sequence of pieces is a deflate stream
//! (RFC 1951); around it stand gzip's header and trailer (RFC 1952). The trailer's check sum of the whole follows from
//! those of the pieces: appending n bytes multiplies the sum so far by x^8n, modulo CRC-32's polynomial.

use std::cell::RefCell;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use forecourt_views as views;

use super::compress::hash;

#[derive(Clone, Debug)]
pub(super) struct Piece {
    deflated: Bytes,
    /// Of the text.
    len: u32,
    sum: Sum,
    hash: u64,
}

/// CRC-32 of a text, and what appending it does to the sum before.
#[derive(Clone, Copy, Debug)]
struct Sum {
    crc: u32,
    /// x^8n for its length n.
    shift: u32,
}

const LEVEL: u32 = 6;
/// Magic, deflate, no flags, no time, no hints, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// A last block of nothing.
const END: [u8; 2] = [3, 0];
/// That, the check sum and the length.
const TRAILER_BYTES: usize = END.len() + 8;
/// A stored block: not the last, its length and that inverted.
const STORED_MAX: usize = u16::MAX as usize;

impl Piece {
    pub(super) fn new(text: &str) -> Self {
        let text = text.as_bytes();
        let deflated = DEFLATE.with_borrow_mut(|deflate| {
            deflate.reset();
            deflated(deflate, text)
        });
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { deflated: Bytes::from(deflated.into_boxed_slice()), len, sum: Sum::of(text), hash: hash(text) }
    }

    pub(super) fn bytes(&self) -> usize {
        self.deflated.len()
    }
}

thread_local! {
    /// Large, and made once a thread.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
}

fn deflated(deflate: &mut Compress, text: &[u8]) -> Vec<u8> {
    // Deflate can grow by some bytes a block.
    let mut out = Vec::with_capacity(text.len() / 2 + 256);
    loop {
        let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        deflate
            .compress_vec(&text[read.min(text.len())..], &mut out, FlushCompress::Sync)
            .expect("deflate has no input it cannot compress");
        // A flush that was not whole fills the buffer.
        if deflate.total_in() == text.len() as u64 && out.len() < out.capacity() {
            return out;
        }
        out.reserve(text.len() / 2 + 1024);
    }
}

/// What all documents begin with is compressed once; the rest of each is another half.
pub(super) fn gzip_document(text: &str) -> Option<Bytes> {
    static OPENING: LazyLock<Piece> = LazyLock::new(|| Piece::new(views::opening()));
    let rest = Piece::new(text.strip_prefix(views::opening())?);
    let mut page = Stitched::new(HEADER.len() + OPENING.bytes() + rest.bytes() + TRAILER_BYTES);
    page.push(&OPENING);
    page.push(&rest);
    Some(page.finish().0)
}

/// A page in the making.
#[derive(Debug)]
pub(super) struct Stitched {
    bytes: Vec<u8>,
    crc: u32,
    len: u32,
    hashes: Vec<u8>,
}

impl Stitched {
    pub(super) fn new(bytes_hint: usize) -> Self {
        let mut bytes = Vec::with_capacity(bytes_hint);
        bytes.extend_from_slice(&HEADER);
        Self { bytes, crc: 0, len: 0, hashes: Vec::with_capacity(160) }
    }

    pub(super) fn push(&mut self, piece: &Piece) {
        self.bytes.extend_from_slice(&piece.deflated);
        self.note(piece.sum, piece.len, piece.hash);
    }

    /// A short text that nobody else gets: not worth compressing.
    pub(super) fn push_text(&mut self, text: &str) {
        for part in text.as_bytes().chunks(STORED_MAX) {
            let len = part.len() as u16;
            self.bytes.push(0);
            self.bytes.extend_from_slice(&len.to_le_bytes());
            self.bytes.extend_from_slice(&(!len).to_le_bytes());
            self.bytes.extend_from_slice(part);
        }
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.note(Sum::of(text.as_bytes()), len, hash(text.as_bytes()));
    }

    fn note(&mut self, sum: Sum, len: u32, hash: u64) {
        self.crc = multiply(sum.shift, self.crc) ^ sum.crc;
        self.len = self.len.wrapping_add(len);
        self.hashes.extend_from_slice(&hash.to_le_bytes());
    }

    /// The bytes, and the name of their content.
    pub(super) fn finish(mut self) -> (Bytes, u64) {
        self.bytes.extend_from_slice(&END);
        self.bytes.extend_from_slice(&self.crc.to_le_bytes());
        self.bytes.extend_from_slice(&self.len.to_le_bytes());
        (Bytes::from(self.bytes), hash(&self.hashes))
    }
}

/// CRC-32's polynomial; the highest bit is the coefficient of x^0.
const POLYNOMIAL: u32 = 0xEDB8_8320;
const ONE: u32 = 1 << 31;

impl Sum {
    fn of(text: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(text);
        // x^8, to the power of the length by squaring.
        let (mut shift, mut square, mut n) = (ONE, ONE >> 8, text.len());
        while n > 0 {
            if n & 1 == 1 {
                shift = multiply(shift, square);
            }
            square = multiply(square, square);
            n >>= 1;
        }
        Self { crc: crc.sum(), shift }
    }
}

/// Of two polynomials, modulo CRC-32's.
fn multiply(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for bit in (0..32).rev() {
        product ^= b & 0u32.wrapping_sub(a >> bit & 1);
        b = b >> 1 ^ POLYNOMIAL & 0u32.wrapping_sub(b & 1);
    }
    product
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::{Piece, Stitched};

    proptest! {
        #[test]
        fn any_sequence_of_pieces_is_gzip(parts in prop::collection::vec((any::<bool>(), "(?s).{0,3000}"), 0..20)) {
            let mut page = Stitched::new(0);
            for (whole, text) in &parts {
                if *whole { page.push(&Piece::new(text)) } else { page.push_text(text) }
            }
            let (bytes, _) = page.finish();
            let mut text = String::new();
            // Checks the trailer too, and that nothing stands behind it.
            let mut decoder = flate2::bufread::GzDecoder::new(&bytes[..]);
            decoder.read_to_string(&mut text).unwrap();
            prop_assert!(decoder.into_inner().is_empty());
            prop_assert_eq!(text, parts.iter().map(|(_, text)| text.as_str()).collect::<String>());
        }
    }

    #[test]
    fn a_document_is_gzip_of_exactly_its_size() {
        let text = format!("{}<title>one</title>", forecourt_views::opening());
        let bytes = super::gzip_document(&text).unwrap();
        let mut back = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut back).unwrap();
        assert!(back == text);
        assert!(super::gzip_document("<title>a fragment</title>").is_none());
    }

    #[test]
    fn long_texts_are_pieces_too() {
        let long: String =
            (0..200_000u32).map(|i| char::from(b'a' + (i.wrapping_mul(i) / 7 % 26) as u8)).collect();
        let mut page = Stitched::new(0);
        page.push(&Piece::new(&long));
        page.push_text(&long);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&page.finish().0[..]).read_to_string(&mut text).unwrap();
        assert!(text == long.repeat(2));
    }
}
