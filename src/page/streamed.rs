//! What is too long to be kept: texts of a snapshot, written piece by piece while they are sent, so that their memory does
//! not grow with the catalogue.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use http::header::HeaderValue;

use crate::car::CarId;
use crate::http::Encoding;
use crate::snapshot::{Slot, Snapshot, bits};

/// Cars written at once: a worker's other requests wait for no longer than that takes.
pub(super) const CHUNK_CARS: usize = 64;

/// Fast: what is sent once is not worth more.
const LEVEL: u32 = 4;

pub struct Streamed {
    texts: Box<dyn Iterator<Item = String> + Send>,
    gzip: Option<Compress>,
}

impl Streamed {
    pub(super) fn new(texts: impl Iterator<Item = String> + Send + 'static, encoding: Encoding) -> Self {
        let gzip = (encoding == Encoding::Gzip).then(|| Compress::new_gzip(Compression::new(LEVEL), 15));
        Self { texts: Box::new(texts), gzip }
    }

    /// The coding that is used for who takes these.
    pub fn encoding(takes_gzip: bool) -> Encoding {
        if takes_gzip { Encoding::Gzip } else { Encoding::Identity }
    }

    /// As long as it is the same, so are all texts of this snapshot. Of this process: others know nothing of its
    /// generations.
    pub fn etag(snapshot: &Snapshot, encoding: Encoding) -> HeaderValue {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
        let text = format!("\"{:016x}-{}-{}\"", *PROCESS, snapshot.generation(), encoding.as_str());
        HeaderValue::try_from(text).expect("digits and letters are header characters")
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streamed")
    }
}

impl Iterator for Streamed {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            let text = self.texts.next();
            let Some(gzip) = &mut self.gzip else { return text.map(Bytes::from) };
            let is_last = text.is_none();
            let out = compressed(gzip, text.unwrap_or_default().as_bytes(), is_last);
            if is_last {
                self.gzip = None;
                self.texts = Box::new(std::iter::empty());
            }
            if !out.is_empty() {
                return Some(Bytes::from(out));
            }
        }
    }
}

/// What comes out when a text is put in. The rest comes with the last.
fn compressed(gzip: &mut Compress, text: &[u8], is_last: bool) -> Vec<u8> {
    let flush = if is_last { FlushCompress::Finish } else { FlushCompress::None };
    let began = gzip.total_in();
    let mut out = Vec::with_capacity(text.len() / 4 + 1024);
    loop {
        let read = usize::try_from(gzip.total_in() - began).unwrap_or(usize::MAX);
        let status = gzip
            .compress_vec(&text[read.min(text.len())..], &mut out, flush)
            .expect("deflate has no input it cannot compress");
        let is_read = gzip.total_in() - began == text.len() as u64;
        if status == Status::StreamEnd || !is_last && is_read && out.len() < out.capacity() {
            return out;
        }
        out.reserve(out.capacity().max(1024));
    }
}

/// The live cars by id: the same in every instance.
pub(super) fn live(snapshot: &Snapshot) -> Vec<Slot> {
    let columns = snapshot.columns();
    let mut slots: Vec<_> = bits::slots(columns.live()).collect();
    slots.sort_unstable_by_key(|slot| columns.ids()[slot.0 as usize]);
    slots
}

/// The next of these cars that have details, some at once.
pub(super) fn chunk<'a>(
    snapshot: &'a Snapshot,
    slots: &'a [Slot],
) -> impl Iterator<Item = (CarId, &'a crate::car::Details)> {
    slots.iter().filter_map(|&slot| {
        let document = snapshot.document(slot);
        Some((document.id, document.state.details()?))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::{Encoding, Streamed};

    proptest! {
        #[test]
        fn pieces_are_the_whole_in_either_coding(texts in prop::collection::vec("(?s).{0,5000}", 0..20)) {
            let whole = texts.concat();
            let joined = |encoding| Streamed::new(texts.clone().into_iter(), encoding).collect::<Vec<_>>().concat();
            prop_assert_eq!(joined(Encoding::Identity), whole.as_bytes());
            let bytes = joined(Encoding::Gzip);
            let mut decoder = flate2::bufread::GzDecoder::new(&bytes[..]);
            let mut text = String::new();
            decoder.read_to_string(&mut text).unwrap();
            prop_assert!(decoder.into_inner().is_empty());
            prop_assert_eq!(text, whole);
        }
    }
}
