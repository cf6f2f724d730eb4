//! Brotli, documents in two parts: what all of them begin with is compressed once, as small as it gets; the rest of each is
//! another half, and the only one that costs its request anything.
//!
//! A stream is a window size, then meta-blocks, the last of which is marked (RFC 7932, section 9). The opening has the window
//! size and ends at a byte without a last block, "bare". The rest has no window size and can stand behind anything,
//! "catable": it refers to nothing before itself, and not to the dictionary either, whose words lie before the text.

use std::sync::LazyLock;

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use forecourt_views as views;

/// What fits beside the rendering in half a millisecond.
pub(super) const QUALITY: i32 = 3;
pub(super) const QUALITY_MAX: i32 = 11;
/// Windows larger than a page only cost memory to clear.
const WINDOW_BITS: i32 = 16;
/// A last block of nothing.
const END: u8 = 3;

static OPENING: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut out = Vec::new();
    let bare = BrotliEncoderParams { appendable: true, bare_stream: true, ..settings(QUALITY_MAX) };
    append(views::opening().as_bytes(), bare, &mut out);
    out
});

/// Compresses the opening, which takes long, before somebody's request needs it.
pub(super) fn prepare() {
    LazyLock::force(&OPENING);
}

/// `None`: not a document but a part of one.
pub(super) fn document(text: &str) -> Option<Bytes> {
    let rest = text.strip_prefix(views::opening())?;
    let mut out = Vec::with_capacity(OPENING.len() + rest.len() / 3);
    out.extend_from_slice(&OPENING);
    append(
        rest.as_bytes(),
        BrotliEncoderParams { catable: true, bare_stream: true, ..settings(QUALITY) },
        &mut out,
    );
    out.push(END);
    Some(Bytes::from(out.into_boxed_slice()))
}

pub(super) fn compress(content: &[u8], quality: i32, out: &mut Vec<u8>) {
    append(content, settings(quality), out);
}

fn settings(quality: i32) -> BrotliEncoderParams {
    BrotliEncoderParams { quality, lgwin: WINDOW_BITS, ..BrotliEncoderParams::default() }
}

fn append(mut content: &[u8], mut settings: BrotliEncoderParams, out: &mut Vec<u8>) {
    settings.size_hint = content.len();
    brotli::BrotliCompress(&mut content, out, &settings).expect("a vector takes every byte");
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;

    fn check(rest: &str) {
        let text = format!("{}{rest}", views::opening());
        let bytes = document(&text).unwrap();
        let mut back = String::new();
        let mut decoder = brotli::Decompressor::new(&bytes[..], 4096);
        decoder.read_to_string(&mut back).unwrap();
        assert!(back == text, "{} of {} bytes", back.len(), text.len());
        assert!(decoder.into_inner().is_empty(), "nothing stands behind the end");
    }

    proptest! {
        #[test]
        fn any_document_comes_back(rest in "(?s).{0,3000}") {
            check(&rest);
        }
    }

    #[test]
    fn documents_come_back_that_say_the_same_again_and_are_longer_than_the_window() {
        for rest in ["", "a", "<title>", views::opening(), &views::opening().repeat(5)] {
            check(rest);
        }
        assert_eq!(document("<title>a fragment</title>"), None);
    }
}
