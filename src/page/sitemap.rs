//! The sitemap, streamed from memory: an index of parts when one file cannot hold every car.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use super::cards::path;
use crate::car::Status;
use crate::snapshot::{Slot, Snapshot, bits};

/// A sitemap holds 50,000 addresses at most (sitemaps.org); a file holds less than it may.
const PART_CARS: usize = 40_000;
/// Cars written at once.
const CHUNK_CARS: usize = 500;

/// The pieces of one sitemap file.
#[derive(Debug)]
pub struct Sitemap {
    base_url: String,
    snapshot: Arc<Snapshot>,
    /// Still to be written.
    rest: std::vec::IntoIter<Slot>,
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
        let parts = snapshot.counts().of(Status::Live).div_ceil(PART_CARS).max(1);
        let (rest, state) = match part {
            None if parts > 1 => (Vec::new(), State::Index(parts)),
            None => (cars(&snapshot, 1), State::Head),
            Some(part) if (1..=parts).contains(&part) => (cars(&snapshot, part), State::Head),
            Some(_) => return None,
        };
        let rest = rest.into_iter();
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
        for slot in self.rest.by_ref().take(CHUNK_CARS) {
            let document = self.snapshot.document(slot);
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

/// The live cars of a part, by id: the same in every instance.
fn cars(snapshot: &Snapshot, part: usize) -> Vec<Slot> {
    let columns = snapshot.columns();
    let mut slots: Vec<_> = bits::slots(columns.live()).collect();
    slots.sort_unstable_by_key(|slot| columns.ids()[slot.0 as usize]);
    slots.into_iter().skip((part - 1) * PART_CARS).take(PART_CARS).collect()
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
            State::Cars if self.rest.len() == 0 => {
                self.state = State::Done;
                "</urlset>\n".to_owned()
            }
            State::Cars => self.cars(),
            State::Done => return None,
        };
        Some(Bytes::from(piece))
    }
}
