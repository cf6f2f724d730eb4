//! Pictures for where somebody has sent a link: 1200 by 630, what every messenger and network shows.
//!
//! Production photos have theirs beside them. The built-in ones are drawn, some ten milliseconds each, on a thread that
//! has no requests to answer, when they are first asked for; there is one for each body type and colour, so that all of
//! them stay.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use forecourt_views as views;
use forecourt_views::illustration::share::{HEIGHT, WIDTH};
use forecourt_views::illustration::{self, BODY_TYPES, COLOURS};
use resvg::{tiny_skia, usvg};

/// By body type and colour, then the site's own.
#[derive(Debug)]
pub(super) struct Pictures {
    names: Vec<String>,
    drawn: Vec<OnceLock<Bytes>>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Picture {
    pictures: Arc<Pictures>,
    place: usize,
}

/// The site's.
const SITE: usize = BODY_TYPES.len() * COLOURS.len();

impl Pictures {
    /// `edition` changes with the drawings.
    pub(super) fn new(edition: u64) -> Self {
        let name = |name: &str| format!("{name}.{:08x}.png", edition >> 32).to_ascii_lowercase();
        let cars = BODY_TYPES.iter().flat_map(|body_type| {
            COLOURS.iter().map(move |colour| name(&format!("{body_type}-{colour}-share")))
        });
        let names: Vec<_> = cars.chain([name("share")]).collect();
        Self { drawn: names.iter().map(|_| OnceLock::new()).collect(), names }
    }

    /// `None` also when its hash is not today's.
    pub(super) fn named(pictures: &Arc<Self>, name: &str) -> Option<Picture> {
        let place = pictures.names.iter().position(|own| own == name)?;
        Some(Picture { pictures: Arc::clone(pictures), place })
    }

    pub(super) fn address(&self, body_type: usize, colour: usize) -> String {
        format!("/assets/{}", self.names[body_type * COLOURS.len() + colour])
    }

    pub(super) fn address_of_site(&self) -> String {
        format!("/assets/{}", self.names[SITE])
    }
}

impl Picture {
    /// The PNG, if it is drawn.
    pub fn drawn(&self) -> Option<Bytes> {
        self.pictures.drawn[self.place].get().cloned()
    }

    /// The PNG. Takes its time, unless it is drawn.
    pub fn draw(&self) -> Bytes {
        let drawing = || match self.place {
            SITE => illustration::share_site(),
            place => illustration::share(BODY_TYPES[place / COLOURS.len()], COLOURS[place % COLOURS.len()]),
        };
        self.pictures.drawn[self.place].get_or_init(|| png(&drawing())).clone()
    }
}

/// Of a drawing of ours; tests draw them all.
fn png(drawing: &str) -> Bytes {
    let tree = usvg::Tree::from_str(drawing, &usvg::Options::default()).expect("a drawing is SVG");
    let mut pixels = tiny_skia::Pixmap::new(WIDTH, HEIGHT).expect("the size is not zero");
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixels.as_mut());
    Bytes::from(pixels.encode_png().expect("memory takes every byte"))
}

/// Where such a picture is, as a page's head tells of it.
#[derive(Debug)]
pub(super) struct SharePicture {
    pub(super) url: String,
    media_type: &'static str,
}

impl SharePicture {
    pub(super) fn png(url: String) -> Self {
        Self { url, media_type: "image/png" }
    }

    pub(super) fn jpeg(url: String) -> Self {
        Self { url, media_type: "image/jpeg" }
    }

    pub(super) fn props<'a>(&'a self, alt: &'a str) -> views::SharePicture<'a> {
        let Self { url: src, media_type } = self;
        views::SharePicture { src, media_type, alt, width: WIDTH, height: HEIGHT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width and height of a PNG: the first fields of its first chunk.
    fn size(png: &[u8]) -> [u32; 2] {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()))
    }

    #[test]
    fn every_picture_is_drawn_once_and_small_enough_for_messengers() {
        let pictures = Arc::new(Pictures::new(1 << 40));
        let mut all = std::collections::HashSet::new();
        // Every body type, every colour, and the site's.
        let shown =
            (0..=SITE).filter(|place| place % COLOURS.len() == place / COLOURS.len() || place % 4 == 0);
        for place in shown {
            let picture = Pictures::named(&pictures, &pictures.names[place]).unwrap();
            assert_eq!(picture.drawn(), None);
            let png = picture.draw();
            assert_eq!(size(&png), [1200, 630]);
            assert!(png.len() < 300_000, "{} bytes", png.len());
            assert_eq!(picture.drawn().unwrap().as_ptr(), png.as_ptr());
            assert!(all.insert(png), "{} looks like another", pictures.names[place]);
        }
        assert!(Pictures::named(&pictures, "suv-red-share.00000000.png").is_none());
    }
}
