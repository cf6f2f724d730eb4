//! Addresses of pictures: production photos by storage key, or the built-in illustrations.
//!
//! Built-in files are named `/assets/{name}.{hash}.{ext}` with a hash of their content, so they never change. Pictures
//! are drawn when they are asked for; only their names are kept.
//!
//! Where production photos are found, each also has a JPEG of 1200 by 630 for links that are sent: `{key}-1200x630.jpg`.

use std::collections::HashMap;
use std::sync::Arc;

use forecourt_views::illustration::{self, BODY_TYPES, COLOURS, VIEWS};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::compress::hash;
use super::files::File;
use super::plan::Target;
use super::share::{Picture, Pictures, SharePicture};
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
    photos_pattern: String,
    /// By file name.
    files: HashMap<String, Target, foldhash::fast::RandomState>,
    icon: String,
    script: String,
    /// Addresses by body type, colour, view.
    illustrations: Vec<String>,
    pictures: Arc<Pictures>,
}

impl Assets {
    pub fn new(photos_url: &str, photos_pattern: &str) -> Self {
        let all = Asset::all();
        // One hash for all of them: a page names fifty, and what repeats costs nothing in a compressed page.
        let drawn: Vec<String> = all.iter().map(|asset| asset.draw()).collect();
        let edition = hash(drawn.concat().as_bytes());
        let name = |asset: &Asset| format!("{}.{:08x}.svg", asset.name(), edition >> 32);
        let drawn = all.iter().map(|asset| (name(asset), Target::Asset(*asset)));
        let files = drawn.chain(File::ALL.map(|file| (file.file_name(), Target::File(file)))).collect();
        let url = |asset: &Asset| format!("/assets/{}", name(asset));
        let (icon, illustrations) = (url(&all[0]), all[1..].iter().map(url).collect());
        let photos_pattern = if photos_pattern.is_empty() { "{base}/{key}" } else { photos_pattern };
        Self {
            photos_url: photos_url.trim_end_matches('/').to_owned(),
            photos_pattern: photos_pattern.to_owned(),
            files,
            icon,
            script: File::Script.address(),
            illustrations,
            pictures: Arc::new(Pictures::new(edition)),
        }
    }

    pub fn icon(&self) -> &str {
        &self.icon
    }

    pub fn script(&self) -> &str {
        &self.script
    }

    /// The file of that name; `None` also when its hash is not today's.
    pub fn file(&self, name: &str) -> Option<Target> {
        self.files.get(name).cloned()
    }

    /// The same of pictures that have to be drawn first.
    pub fn picture(&self, name: &str) -> Option<Picture> {
        Pictures::named(&self.pictures, name)
    }

    /// What stands beside a link to this car.
    pub(super) fn share(&self, base_url: &str, car: &Details) -> SharePicture {
        match car.photos.first().filter(|_| !self.photos_url.is_empty()) {
            Some(photo) => {
                let key = utf8_percent_encode(&photo.storage_key, ESCAPED);
                SharePicture::jpeg(format!("{}/{key}-1200x630.jpg", self.photos_url))
            }
            None => {
                let body_type = place(BODY_TYPES, &car.model.body_type, "Sedan");
                let colour = place(COLOURS, &car.colour, "Grey");
                SharePicture::png(format!("{base_url}{}", self.pictures.address(body_type, colour)))
            }
        }
    }

    /// What stands beside a link to any other page.
    pub(super) fn share_site(&self, base_url: &str) -> SharePicture {
        SharePicture::png(format!("{base_url}{}", self.pictures.address_of_site()))
    }

    /// The same as a whole URL.
    pub(super) fn photo_url(&self, base_url: &str, car: &Details, photo: &Photo) -> String {
        let address = self.photo(car, photo).src;
        if address.starts_with('/') { format!("{base_url}{address}") } else { address }
    }

    /// Whether there are photos, which other programs can show, or only drawings.
    pub(super) fn has_photos(&self) -> bool {
        !self.photos_url.is_empty()
    }

    /// Where a photo is found.
    pub fn photo(&self, car: &Details, photo: &Photo) -> PhotoUrls {
        if self.photos_url.is_empty() {
            let body_type = place(BODY_TYPES, &car.model.body_type, "Sedan");
            let colour = place(COLOURS, &car.colour, "Grey");
            let view = place(VIEWS, &photo.kind, "detail");
            return PhotoUrls::one(
                &self.illustrations[(body_type * COLOURS.len() + colour) * VIEWS.len() + view],
            );
        }
        let key = utf8_percent_encode(&photo.storage_key, ESCAPED).to_string();
        let whole = self.photos_pattern.replace("{base}", &self.photos_url).replace("{key}", &key);
        if !whole.contains("{width}") {
            return PhotoUrls::one(&whole);
        }
        let of = |format: &str, width: u32| {
            whole.replace("{width}", &width.to_string()).replace("{format}", format)
        };
        let set = |format: &str| {
            let widths = PHOTO_WIDTHS.map(|width| format!("{} {width}w", of(format, width)));
            widths.join(",")
        };
        let [small, .., large] = PHOTO_WIDTHS;
        PhotoUrls {
            src: of("webp", PHOTO_WIDTHS[2]),
            small: of("webp", small),
            large: of("webp", large),
            sets: Some([set("avif"), set("webp")]),
        }
    }
}

/// Widths in which photos are kept, in pixels: two of each of a phone's at most.
const PHOTO_WIDTHS: [u32; 4] = [360, 480, 720, 960];

/// The addresses of one photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoUrls {
    pub src: String,
    pub small: String,
    pub large: String,
    /// `srcset` in AVIF and in WebP, if there is more than one file.
    pub sets: Option<[String; 2]>,
}

impl PhotoUrls {
    fn one(url: &str) -> Self {
        Self { src: url.to_owned(), small: url.to_owned(), large: url.to_owned(), sets: None }
    }
}

impl Asset {
    /// The icon, then the illustrations by body type, colour, view.
    fn all() -> Vec<Self> {
        let mut all = vec![Self::Icon];
        for (body_type, _) in (0..).zip(BODY_TYPES) {
            for (colour, _) in (0..).zip(COLOURS) {
                all.extend((0..).zip(VIEWS).map(|(view, _)| Self::Illustration { body_type, colour, view }));
            }
        }
        all
    }

    fn name(self) -> String {
        match self {
            Self::Icon => "icon".to_owned(),
            Self::Illustration { body_type, colour, view } => format!(
                "{}-{}-{}",
                BODY_TYPES[usize::from(body_type)],
                COLOURS[usize::from(colour)],
                VIEWS[usize::from(view)]
            )
            .to_ascii_lowercase(),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::{Assets, PhotoUrls};
    use crate::snapshot::catalogue_tests::details;

    fn urls(base: &str, pattern: &str) -> PhotoUrls {
        let mut car = details(1, 1);
        car.photos[0].storage_key = "cars/1/a b".into();
        Assets::new(base, pattern).photo(&car, &car.photos[0])
    }

    #[test]
    fn photos_come_in_the_widths_and_formats_of_the_pattern() {
        let of = urls("https://p.example/", "{base}/{key}-{width}.{format}");
        let [avif, webp] = of.sets.unwrap();
        assert!(avif.starts_with("https://p.example/cars/1/a%20b-360.avif 360w,"), "{avif}");
        assert!(webp.ends_with("https://p.example/cars/1/a%20b-960.webp 960w"), "{webp}");
        assert_eq!(
            (of.src.as_str(), of.small.as_str(), of.large.as_str()),
            (
                "https://p.example/cars/1/a%20b-720.webp",
                "https://p.example/cars/1/a%20b-360.webp",
                "https://p.example/cars/1/a%20b-960.webp",
            )
        );
        let of = urls("https://p.example", "{base}/{key}.jpg");
        assert_eq!((of.src.as_str(), of.sets), ("https://p.example/cars/1/a%20b.jpg", None));
        let of = urls("", "{base}/{key}");
        assert!(
            of.src.starts_with("/assets/suv-red-front-left.") && of.src == of.small && of.src == of.large
        );
    }
}
