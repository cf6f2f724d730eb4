//! Addresses of pictures: production photos by storage key, or the built-in illustrations.
//!
//! Built-in files are named `/assets/{name}.{hash}.{ext}` with the hash of their content, so they never change. They
//! are drawn when they are asked for; only their hashes are kept.

use std::collections::HashMap;

use forecourt_views::illustration::{self, BODY_TYPES, COLOURS, VIEWS};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::compress::hash;
use crate::car::{Details, Photo};

/// What a storage key may hold and a path may not.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'%');

/// A file that is drawn on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asset {
    Icon,
    Illustration { body_type: u8, colour: u8, view: u8 },
}

#[derive(Debug)]
pub struct Assets {
    photos_url: String,
    /// By file name.
    files: HashMap<String, Asset, foldhash::fast::RandomState>,
    icon: String,
    /// Addresses by body type, colour, view.
    illustrations: Vec<String>,
}

impl Assets {
    pub fn new(photos_url: &str) -> Self {
        let mut files = HashMap::default();
        let mut add = |name: &str, asset: Asset| {
            let file = format!("{name}.{:016x}.svg", hash(asset.draw().as_bytes()));
            let url = format!("/assets/{file}");
            files.insert(file, asset);
            url
        };
        let icon = add("icon", Asset::Icon);
        let mut illustrations = Vec::with_capacity(BODY_TYPES.len() * COLOURS.len() * VIEWS.len());
        for (body_type, body_word) in (0u8..).zip(BODY_TYPES) {
            for (colour, colour_word) in (0u8..).zip(COLOURS) {
                for (view, view_word) in (0u8..).zip(VIEWS) {
                    let name = format!("{body_word}-{colour_word}-{view_word}").to_ascii_lowercase();
                    illustrations.push(add(&name, Asset::Illustration { body_type, colour, view }));
                }
            }
        }
        Self { photos_url: photos_url.trim_end_matches('/').to_owned(), files, icon, illustrations }
    }

    pub fn icon(&self) -> &str {
        &self.icon
    }

    /// The file of that name; `None` also when its hash is not today's.
    pub fn file(&self, name: &str) -> Option<Asset> {
        self.files.get(name).copied()
    }

    pub fn photo(&self, car: &Details, photo: &Photo) -> String {
        if self.photos_url.is_empty() {
            let body_type = place(BODY_TYPES, &car.model.body_type, "Sedan");
            let colour = place(COLOURS, &car.colour, "Grey");
            let view = place(VIEWS, &photo.kind, "detail");
            return self.illustrations[(body_type * COLOURS.len() + colour) * VIEWS.len() + view].clone();
        }
        let escaped = utf8_percent_encode(&photo.storage_key, ESCAPED);
        format!("{}/{escaped}", self.photos_url)
    }
}

impl Asset {
    pub fn draw(self) -> String {
        match self {
            Self::Icon => illustration::icon(),
            Self::Illustration { body_type, colour, view } => illustration::photo(
                BODY_TYPES[usize::from(body_type)],
                COLOURS[usize::from(colour)],
                VIEWS[usize::from(view)],
            ),
        }
    }
}

/// Where a word stands among those that can be drawn; words of other schemas take the place of `fallback`.
fn place(words: &[&str], word: &str, fallback: &str) -> usize {
    let of = |word: &str| words.iter().position(|known| known.eq_ignore_ascii_case(word));
    of(word).or_else(|| of(fallback)).unwrap_or(0)
}
