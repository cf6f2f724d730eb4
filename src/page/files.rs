//! Files that are the same in every process of this build: the pages' script, the app's icons and pictures.

use std::sync::LazyLock;

use bytes::Bytes;

use super::compress::{compress_once, hash};
use super::script;
use crate::http::Encoding;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    Script,
    Icon192,
    Icon512,
    /// With room around it, for systems that cut icons to a shape of their own.
    Maskable512,
    Narrow,
    Wide,
}

impl File {
    pub(super) const ALL: [Self; 6] =
        [Self::Script, Self::Icon192, Self::Icon512, Self::Maskable512, Self::Narrow, Self::Wide];

    /// Each by its own content: one that stays as it is keeps its address.
    pub(super) fn file_name(self) -> String {
        let (name, edition) = (self.name(), hash(self.content()) >> 32);
        format!("{name}.{edition:08x}.{}", if self == Self::Script { "js" } else { "png" })
    }

    pub(super) fn address(self) -> String {
        format!("/assets/{}", self.file_name())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Script => "app",
            Self::Icon192 => "icon-192",
            Self::Icon512 => "icon-512",
            Self::Maskable512 => "icon-maskable-512",
            Self::Narrow => "screenshot-narrow",
            Self::Wide => "screenshot-wide",
        }
    }

    pub(super) fn content(self) -> &'static [u8] {
        match self {
            Self::Script => script::of_pages().as_bytes(),
            Self::Icon192 => include_bytes!("../../assets/icon-192.png"),
            Self::Icon512 => include_bytes!("../../assets/icon-512.png"),
            Self::Maskable512 => include_bytes!("../../assets/icon-maskable-512.png"),
            Self::Narrow => include_bytes!("../../assets/screenshot-narrow.png"),
            Self::Wide => include_bytes!("../../assets/screenshot-wide.png"),
        }
    }

    /// Pixels, of pictures.
    pub(super) fn size(self) -> (u32, u32) {
        // The first chunk of a PNG begins with both, big-endian (RFC 2083, section 4.1.1).
        let number = |at: usize| {
            let bytes = self.content().get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u32::from_be_bytes)
        };
        (number(16), number(20))
    }
}

/// A text in every coding, each as small as it gets: made once, sent for ever.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) hash: u64,
    bodies: [Bytes; Encoding::ALL.len()],
}

impl Packed {
    pub(super) fn new(text: &str) -> Self {
        let bodies = Encoding::ALL.map(|encoding| compress_once(text.as_bytes(), encoding));
        Self { hash: hash(text.as_bytes()), bodies }
    }

    pub(super) fn body(&self, encoding: Encoding) -> Bytes {
        self.bodies[encoding as usize].clone()
    }

    /// Of the pages' script, which every site of this build has in common.
    pub(super) fn script() -> &'static Self {
        static SCRIPT: LazyLock<Packed> = LazyLock::new(|| Packed::new(script::of_pages()));
        &SCRIPT
    }
}
