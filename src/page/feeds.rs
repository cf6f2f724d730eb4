//! Inventory feeds: all live cars as the ad platforms read them, written from memory like the sitemap.
//!
//! A price here is the price of the page, from the same document. Links carry no parameters: platforms append their own.
//! The reference schema has no vehicle identification numbers, so there is no column for them.

mod google;
mod meta;

use std::sync::Arc;

use super::cards::path;
use super::streamed::{CHUNK_CARS, chunk, live};
use super::{Site, Streamed, car};
use crate::car::{CarId, Details};
use crate::http::Encoding;
use crate::http::route::Feed;
use crate::page::assets::Assets;
use crate::snapshot::Snapshot;

/// Photos beside the first.
const MORE_PHOTOS_MAX: usize = 9;

/// A car, with the texts that all feeds have.
struct Row<'a> {
    id: CarId,
    car: &'a Details,
    title: String,
    description: String,
    link: String,
    /// The first stands for the car.
    photos: Vec<String>,
}

impl<'a> Row<'a> {
    fn new(base_url: &str, assets: &Assets, id: CarId, car: &'a Details) -> Self {
        let title = format!("{} {}", car.title(), car.variant.name);
        let (_, description) = car::headline(car, &car.title(), false);
        // No platform shows drawings.
        let photos = if assets.has_photos() {
            let photos = car.photos.iter().take(1 + MORE_PHOTOS_MAX);
            photos.map(|photo| assets.photo_url(base_url, car, photo)).collect()
        } else {
            vec![assets.share(base_url, car).url]
        };
        Self { id, car, title, description, link: format!("{base_url}{}", path(id, car)), photos }
    }

    /// `904000 INR`
    fn price(&self) -> String {
        format!("{} INR", self.car.price_rupees)
    }
}

pub fn content_type(feed: Feed) -> &'static str {
    match feed {
        Feed::Google => "text/tab-separated-values; charset=utf-8",
        Feed::Meta => "text/csv; charset=utf-8",
    }
}

/// The whole feed, its header first.
pub fn feed(site: &Site, snapshot: Arc<Snapshot>, feed: Feed, encoding: Encoding) -> Streamed {
    let (base, assets) = (site.base_url.clone(), Arc::clone(&site.assets));
    let (delimiter, columns): (u8, Vec<String>) = match feed {
        Feed::Google => (b'\t', google::columns()),
        Feed::Meta => (b',', meta::columns()),
    };
    let fields = match feed {
        Feed::Google => google::fields,
        Feed::Meta => meta::fields,
    };
    let header = text(delimiter, [columns]);
    let slots = live(&snapshot);
    let n_chunks = slots.len().div_ceil(CHUNK_CARS);
    let rows = (0..n_chunks).map(move |at| {
        let slots = &slots[at * CHUNK_CARS..slots.len().min((at + 1) * CHUNK_CARS)];
        let rows = chunk(&snapshot, slots).map(|(id, car)| fields(&Row::new(&base, &assets, id, car)));
        text(delimiter, rows)
    });
    Streamed::new(std::iter::once(header).chain(rows), encoding)
}

/// Records with as many quotes as needed (RFC 4180).
fn text(delimiter: u8, records: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("all records have as many fields, and memory takes every byte");
    }
    let bytes = writer.into_inner().expect("memory takes every byte");
    String::from_utf8(bytes).expect("fields are UTF-8")
}

/// What a word of ours is called elsewhere; compared without case.
fn called<'a>(word: &str, names: &[(&str, &'a str)]) -> Option<&'a str> {
    names.iter().find(|(own, _)| own.eq_ignore_ascii_case(word)).map(|(_, name)| *name)
}
