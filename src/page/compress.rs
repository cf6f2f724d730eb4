//! Compression, once per page and coding, on the request that first needs it. The levels are what fits beside the
//! rendering in half a millisecond; `loadtest/figures` shows it.

use std::cell::RefCell;
use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use xxhash_rust::xxh3::xxh3_64;

use super::brotli;
use crate::http::Encoding;

const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 4;
const ZSTD_LEVEL_MAX: i32 = 19;

/// The content's name in an ETag or a file name.
pub(super) fn hash(content: &[u8]) -> u64 {
    xxh3_64(content)
}

/// Bytes of exactly the length they have: they are kept, ten thousands of them.
pub(super) fn compress(content: &[u8], encoding: Encoding) -> Bytes {
    SCRATCH.with_borrow_mut(|out| {
        out.clear();
        match encoding {
            Encoding::Identity => return Bytes::copy_from_slice(content),
            Encoding::Gzip => gzip(content, out),
            Encoding::Zstd => zstd(content, out),
            Encoding::Brotli => brotli::compress(content, brotli::QUALITY, out),
        }
        Bytes::copy_from_slice(out)
    })
}

/// As small as it gets, however long it takes: for what is made once and sent for ever.
pub(super) fn compress_once(content: &[u8], encoding: Encoding) -> Bytes {
    let mut out = Vec::new();
    match encoding {
        Encoding::Identity => out.extend_from_slice(content),
        Encoding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(&mut out, Compression::best());
            writer.write_all(content).expect("a vector takes every byte");
            writer.finish().expect("a vector takes every byte");
        }
        Encoding::Zstd => {
            out = zstd::bulk::compress(content, ZSTD_LEVEL_MAX).expect("the level is one zstd knows");
        }
        Encoding::Brotli => brotli::compress(content, brotli::QUALITY_MAX, &mut out),
    }
    Bytes::from(out)
}

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Compressors are large and made once a thread.
    static GZIP: RefCell<Compress> = RefCell::new(Compress::new_gzip(Compression::new(GZIP_LEVEL), 15));
    static ZSTD: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

fn gzip(content: &[u8], out: &mut Vec<u8>) {
    GZIP.with_borrow_mut(|gzip| {
        gzip.reset();
        out.reserve(content.len() / 2 + 1024);
        loop {
            let read = usize::try_from(gzip.total_in()).unwrap_or(usize::MAX);
            match gzip.compress_vec(&content[read..], out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return,
                Ok(Status::Ok | Status::BufError) => out.reserve(out.capacity()),
                Err(error) => unreachable!("deflate has no input it cannot compress: {error}"),
            }
        }
    });
}

fn zstd(content: &[u8], out: &mut Vec<u8>) {
    ZSTD.with_borrow_mut(|compressor| {
        let compressor = compressor.get_or_insert_with(|| {
            zstd::bulk::Compressor::new(ZSTD_LEVEL).expect("the level is one zstd knows")
        });
        out.reserve(zstd::zstd_safe::compress_bound(content.len()));
        compressor.compress_to_buffer(content, out).expect("the buffer is as large as zstd asks for");
    });
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Encoding, compress, compress_once};

    #[test]
    fn every_coding_gives_the_content_back() {
        for len in [0, 1, 1000, 200_000] {
            let content: Vec<u8> = (0..len).map(|i: u32| (i.wrapping_mul(i) / 7 % 251) as u8).collect();
            let ways = [compress, compress_once].into_iter();
            for (way, encoding) in ways.flat_map(|way| Encoding::ALL.map(|encoding| (way, encoding))) {
                let bytes = way(&content, encoding);
                let mut back = Vec::new();
                let mut read = |mut decoder: Box<dyn Read + '_>| decoder.read_to_end(&mut back).unwrap();
                let length = match encoding {
                    Encoding::Identity => read(Box::new(&*bytes)),
                    Encoding::Gzip => read(Box::new(flate2::read::GzDecoder::new(&*bytes))),
                    Encoding::Zstd => read(Box::new(zstd::stream::Decoder::new(&*bytes).unwrap())),
                    Encoding::Brotli => read(Box::new(::brotli::Decompressor::new(&*bytes, 4096))),
                };
                assert_eq!(length, content.len());
                assert!(back == content, "{} of {len} bytes", encoding.as_str());
            }
        }
    }
}
