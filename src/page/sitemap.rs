//! The sitemap, written from memory: an index, a part of landing pages, and parts of cars with their photos.
//!
//! `lastmod` is when what a page shows was changed last, as far as the source's own times tell: search engines stop
//! believing those who say "now" every day.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use super::cards::path;
use super::listing::address;
use super::streamed::{CHUNK_CARS, chunk, live};
use super::{Site, Streamed, landing};
use crate::car::{CivilTime, Details};
use crate::http::Encoding;
use crate::listing::{Choice, Matching};
use crate::snapshot::{Number, Snapshot, bits};

/// A file holds 50,000 addresses and 50 MB at most (sitemaps.org). Photos are what fills it.
const PART_CARS: usize = 5_000;
const PHOTOS_MAX: usize = 20;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const URLS: &str = "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
                    xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\">\n";

/// A file of the sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Index,
    /// Landing pages.
    Pages,
    /// Some of the cars; the first is 1.
    Cars(usize),
}

impl Part {
    /// Reads `part=` of an address.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None => Some(Self::Index),
            Some("pages") => Some(Self::Pages),
            Some(number) => number.parse().ok().map(Self::Cars),
        }
    }
}

/// `None`: there is no such part.
pub fn sitemap(site: &Site, snapshot: Arc<Snapshot>, part: Part, encoding: Encoding) -> Option<Streamed> {
    let base = site.base_url.clone();
    Some(match part {
        Part::Index => Streamed::new(index(base, snapshot), encoding),
        Part::Pages => Streamed::new(pages(base, snapshot), encoding),
        Part::Cars(part) => Streamed::new(cars(site, snapshot, part)?, encoding),
    })
}

fn index(base: String, snapshot: Arc<Snapshot>) -> impl Iterator<Item = String> {
    let slots = live(&snapshot);
    let newest = newest(&snapshot, snapshot.columns().live());
    let entry = move |part: &str, changed: Option<CivilTime>| {
        let lastmod = changed.map(lastmod).unwrap_or_default();
        format!("<sitemap><loc>{base}/sitemap.xml?part={part}</loc>{lastmod}</sitemap>\n")
    };
    let open = format!("{HEAD}<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    let pages = entry("pages", newest);
    let n_parts = slots.len().div_ceil(PART_CARS);
    let cars = (0..n_parts).map(move |part| {
        let slots = &slots[part * PART_CARS..];
        let slots = &slots[..slots.len().min(PART_CARS)];
        let changed = chunk(&snapshot, slots).map(|(_, car)| changed_at(car)).max();
        entry(&(part + 1).to_string(), changed)
    });
    [open, pages].into_iter().chain(cars).chain(["</sitemapindex>\n".to_owned()])
}

fn pages(base: String, snapshot: Arc<Snapshot>) -> impl Iterator<Item = String> {
    let choices = landing::all(snapshot.columns());
    let page = move |choice: Choice| {
        let matching = Matching::of(snapshot.columns(), &choice, snapshot.today());
        // A budget below all prices is a page without cars.
        let Some(newest) = newest(&snapshot, &matching.all) else { return String::new() };
        let address = address(&choice);
        format!("<url><loc>{}{}</loc>{}</url>\n", base, xml(&address), lastmod(newest))
    };
    let pages = choices.into_iter().map(page);
    [HEAD, URLS].map(str::to_owned).into_iter().chain(pages).chain(["</urlset>\n".to_owned()])
}

/// When the newest of these cars was listed: what a list of cars shows first.
fn newest(snapshot: &Snapshot, of: &[u64]) -> Option<CivilTime> {
    let listed = snapshot.columns().number(Number::ListedAt);
    bits::slots(of).map(|slot| listed[slot.0 as usize]).max().map(|at| CivilTime(at.into()))
}

fn cars(site: &Site, snapshot: Arc<Snapshot>, part: usize) -> Option<impl Iterator<Item = String> + use<>> {
    let mut slots = live(&snapshot);
    let first = part.checked_sub(1)?.checked_mul(PART_CARS)?;
    if first >= slots.len() {
        return None;
    }
    slots.drain(..first);
    slots.truncate(PART_CARS);
    let (base, assets) = (site.base_url.clone(), Arc::clone(&site.assets));
    let n_chunks = slots.len().div_ceil(CHUNK_CARS);
    let texts = (0..n_chunks).map(move |at| {
        let slots = &slots[at * CHUNK_CARS..slots.len().min((at + 1) * CHUNK_CARS)];
        let mut text = String::with_capacity(slots.len() * 2_000);
        for (id, car) in chunk(&snapshot, slots) {
            let _ = write!(text, "<url><loc>{base}{}</loc>{}", path(id, car), lastmod(changed_at(car)));
            for photo in car.photos.iter().take(PHOTOS_MAX) {
                let url = assets.photo_url(&base, car, photo);
                let _ = write!(text, "<image:image><image:loc>{}</image:loc></image:image>", xml(&url));
            }
            text.push_str("</url>\n");
        }
        text
    });
    Some([HEAD, URLS].map(str::to_owned).into_iter().chain(texts).chain(["</urlset>\n".to_owned()]))
}

/// The latest of all times that a car's page shows.
fn changed_at(car: &Details) -> CivilTime {
    let price = car.price_history.last().map_or(car.price_updated_at, |last| last.changed_at);
    let inspected = car.inspection.as_ref().map_or(car.listed_at, |inspection| inspection.inspected_at);
    car.listed_at.max(car.price_updated_at).max(price).max(inspected)
}

fn lastmod(at: CivilTime) -> String {
    let (year, month, day) = at.date();
    format!("<lastmod>{year:04}-{month:02}-{day:02}</lastmod>")
}

/// As text of an element.
fn xml(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
}
