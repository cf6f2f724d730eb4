//! Plans: which page an address has in this snapshot, and of what it is made.

use std::sync::Arc;

use http::StatusCode;
use xxhash_rust::xxh3::xxh3_64;

use super::Site;
use super::assets::Asset;
use crate::car::{CarId, Document, State};
use crate::http::CachePolicy;
use crate::listing::{self, Cursor, Found, Query};
use crate::snapshot::{Slot, Snapshot};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Car(CarId),
    Listing(Query),
    Asset(Asset),
    Offline,
    Robots,
    Manifest,
    Missing,
}

/// Under which name bytes are kept. A car that is gone shares its page with all that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageKey {
    Car(CarId),
    Listing(Option<Cursor>),
    Asset(Asset),
    Offline,
    Robots,
    Manifest,
    NotFound,
    Gone,
}

impl Target {
    /// The name a page of this target has unless the car turns out to be gone.
    pub fn key(self) -> PageKey {
        match self {
            Self::Car(car) => PageKey::Car(car),
            Self::Listing(query) => PageKey::Listing(query.after),
            Self::Asset(asset) => PageKey::Asset(asset),
            Self::Offline => PageKey::Offline,
            Self::Robots => PageKey::Robots,
            Self::Manifest => PageKey::Manifest,
            Self::Missing => PageKey::NotFound,
        }
    }
}

#[derive(Debug)]
pub enum Content {
    Car { document: Arc<Document>, similar: Vec<Slot> },
    Listing { query: Query, found: Found },
    Asset(Asset),
    Offline,
    Robots,
    Manifest,
    NotFound { newest: Vec<Slot> },
    Gone { newest: Vec<Slot> },
}

#[derive(Debug)]
pub struct Plan {
    pub key: PageKey,
    pub status: StatusCode,
    pub kind: Kind,
    /// Two plans with one key and one fingerprint have the same bytes.
    pub fingerprint: u64,
    pub content: Content,
}

/// What a response says of itself beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    /// A page with a document's version.
    Car,
    Offline,
    Picture,
    Robots,
    Manifest,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Page, Self::Car, Self::Offline, Self::Picture, Self::Robots, Self::Manifest];

    /// No snapshot can change it.
    pub fn is_fixed(self) -> bool {
        match self {
            Self::Page | Self::Car => false,
            Self::Picture | Self::Offline | Self::Robots | Self::Manifest => true,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Page | Self::Car | Self::Offline => "text/html; charset=utf-8",
            Self::Picture => "image/svg+xml",
            Self::Robots => "text/plain; charset=utf-8",
            Self::Manifest => "application/manifest+json",
        }
    }

    pub fn policy(self) -> CachePolicy {
        match self {
            Self::Page | Self::Car => CachePolicy::Revalidate,
            Self::Picture => CachePolicy::Immutable,
            Self::Offline | Self::Robots | Self::Manifest => CachePolicy::Daily,
        }
    }
}

/// Cars shown to somebody whose car is not there.
const CONSOLATION_CARS: usize = 6;

pub fn plan(site: &Site, snapshot: &Snapshot, target: Target) -> Plan {
    match target {
        Target::Car(car) => plan_car(site, snapshot, car),
        Target::Listing(query) => {
            let found = listing::find(snapshot, &query);
            let fingerprint =
                fingerprint(snapshot, &found.slots, [found.total as u64, u64::from(found.next.is_some())]);
            let content = Content::Listing { query, found };
            page(PageKey::Listing(query.after), StatusCode::OK, fingerprint, content)
        }
        Target::Missing => missing(snapshot, PageKey::NotFound),
        Target::Asset(asset) => fixed(target, Kind::Picture, Content::Asset(asset)),
        Target::Offline => fixed(target, Kind::Offline, Content::Offline),
        Target::Robots => fixed(target, Kind::Robots, Content::Robots),
        Target::Manifest => fixed(target, Kind::Manifest, Content::Manifest),
    }
}

fn plan_car(site: &Site, snapshot: &Snapshot, car: CarId) -> Plan {
    let Some(slot) = snapshot.slot(car) else { return missing(snapshot, PageKey::NotFound) };
    let document = snapshot.document(slot);
    match document.state {
        State::Live(_) | State::Sold(_) => {
            let similar = listing::similar(snapshot, slot, site.similar_cars);
            let own = [document.version.epoch, document.version.sequence];
            let fingerprint = fingerprint(snapshot, &similar, own);
            let content = Content::Car { document: Arc::clone(document), similar };
            page(PageKey::Car(car), StatusCode::OK, fingerprint, content)
        }
        // A hidden car is as unknown as one that never was.
        State::Hidden => missing(snapshot, PageKey::NotFound),
        State::Deleted => missing(snapshot, PageKey::Gone),
    }
}

fn missing(snapshot: &Snapshot, key: PageKey) -> Plan {
    let newest = snapshot.newest().after(None).iter().take(CONSOLATION_CARS).map(|entry| entry.1);
    let newest: Vec<_> = newest.collect();
    let fingerprint = fingerprint(snapshot, &newest, []);
    let (status, content) = match key {
        PageKey::Gone => (StatusCode::GONE, Content::Gone { newest }),
        _ => (StatusCode::NOT_FOUND, Content::NotFound { newest }),
    };
    page(key, status, fingerprint, content)
}

fn page(key: PageKey, status: StatusCode, fingerprint: u64, content: Content) -> Plan {
    let kind = if matches!(key, PageKey::Car(_)) { Kind::Car } else { Kind::Page };
    Plan { key, status, kind, fingerprint, content }
}

/// What no snapshot can change.
fn fixed(target: Target, kind: Kind, content: Content) -> Plan {
    Plan { key: target.key(), status: StatusCode::OK, kind, fingerprint: 0, content }
}

/// Over the cars shown, in order, at their versions, and `more`.
fn fingerprint<const N: usize>(snapshot: &Snapshot, slots: &[Slot], more: [u64; N]) -> u64 {
    let mut bytes = Vec::with_capacity(8 * N + 24 * slots.len());
    let cars = slots.iter().flat_map(|&slot| {
        let document = snapshot.document(slot);
        [document.id.0, document.version.epoch, document.version.sequence]
    });
    for number in more.into_iter().chain(cars) {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    xxh3_64(&bytes)
}
