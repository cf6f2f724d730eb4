//! The sitemap, streamed from memory: an index of parts when one file cannot hold every car.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use super::cards::path;
use crate::snapshot::Snapshot;

/// A sitemap holds 50,000 addresses at most (sitemaps.org); a file holds less than it may.
const PART_CARS: usize = 40_000;
/// Cars written at once.
const CHUNK_CARS: usize = 500;

/// The pieces of one sitemap file.
#[derive(Debug)]
pub struct Sitemap {
    base_url: String,
    snapshot: Arc<Snapshot>,
    /// Places in the newest-first order, still to be written.
    rest: std::ops::Range<usize>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Index(usize),
    Head,
    Cars,
    Done,
}

impl Sitemap {
    /// `part` counts from 1; without one it is the whole, or the index of the parts. `None`: there is no such part.
    pub fn new(base_url: &str, snapshot: Arc<Snapshot>, part: Option<usize>) -> Option<Self> {
        let cars = snapshot.newest().len();
        let parts = cars.div_ceil(PART_CARS).max(1);
        let (rest, state) = match part {
            None if parts > 1 => (0..0, State::Index(parts)),
            None => (0..cars, State::Head),
            Some(part) if (1..=parts).contains(&part) => {
                ((part - 1) * PART_CARS..(part * PART_CARS).min(cars), State::Head)
            }
            Some(_) => return None,
        };
        Some(Self { base_url: base_url.to_owned(), snapshot, rest, state })
    }

    fn index(&self, parts: usize) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for part in 1..=parts {
            let _ = writeln!(xml, "<sitemap><loc>{}/sitemap.xml?part={part}</loc></sitemap>", self.base_url);
        }
        xml + "</sitemapindex>\n"
    }

    fn cars(&mut self) -> String {
        let mut xml = String::with_capacity(CHUNK_CARS * 160);
        let places = self.rest.start..(self.rest.start + CHUNK_CARS).min(self.rest.end);
        self.rest.start = places.end;
        for (_, slot) in &self.snapshot.newest().after(None)[places] {
            let document = self.snapshot.document(*slot);
            let Some(car) = document.state.details() else { continue };
            let (year, month, day) = car.listed_at.max(car.price_updated_at).date();
            let path = path(document.id, car);
            let base = &self.base_url;
            let _ = writeln!(
                xml,
                "<url><loc>{base}{path}</loc><lastmod>{year:04}-{month:02}-{day:02}</lastmod></url>"
            );
        }
        xml
    }
}

impl Iterator for Sitemap {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let piece = match self.state {
            State::Index(parts) => {
                self.state = State::Done;
                self.index(parts)
            }
            State::Head => {
                self.state = State::Cars;
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                     <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\
                     <url><loc>{}/cars</loc></url>\n",
                    self.base_url
                )
            }
            State::Cars if self.rest.is_empty() => {
                self.state = State::Done;
                "</urlset>\n".to_owned()
            }
            State::Cars => self.cars(),
            State::Done => return None,
        };
        Some(Bytes::from(piece))
    }
}
