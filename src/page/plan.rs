//! Plans: which page an address has in this snapshot, and of what it is made.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use xxhash_rust::xxh3::xxh3_64;

use super::Site;
use super::assets::Asset;
use super::files::File;
use super::kind::Kind;
use super::picked::Emi;
use crate::car::{CarId, Document, State};
use crate::http::Encoding;
use crate::listing::{self, Counts, Found, Query, Sort, Spec};
use crate::snapshot::{Attribute, DAY_S, Market, Slot, Snapshot, bits};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Car(CarId),
    /// As everybody gets it: who is known gets [`plan_listing`]'s, which is kept nowhere.
    Listing(Box<Query>),
    /// At most so many as [`super::COMPARED_MAX`].
    Compare(Vec<CarId>),
    Shortlist(Vec<CarId>),
    Emi(Emi),
    Asset(Asset),
    File(File),
    Worker,
    Offline,
    Robots,
    Manifest,
    Privacy,
    Withdraw,
    Missing,
}

impl Target {
    /// What is sent if the client takes it, whatever it likes best: bytes that are small already, or made once.
    pub fn best_encoding(&self) -> Option<Encoding> {
        match self {
            Self::File(File::Script) | Self::Worker => Some(Encoding::Brotli),
            Self::File(_) => Some(Encoding::Identity),
            _ => None,
        }
    }
}

impl PageKey {
    /// On the heap: an address can make its name long, and it is kept three times.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Listing(canonical) => 3 * canonical.len(),
            Self::Compare(cars) | Self::Shortlist(cars) => 3 * size_of_val(cars.as_slice()),
            _ => 0,
        }
    }
}

/// Under which name bytes are kept. A car that is gone shares its page with all that are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageKey {
    Car(CarId),
    /// By the canonical query.
    Listing(CompactString),
    Compare(Vec<CarId>),
    Shortlist(Vec<CarId>),
    Emi(Emi),
    Asset(Asset),
    File(File),
    Worker,
    Offline,
    Robots,
    Manifest,
    Privacy,
    Withdraw,
    NotFound,
    Gone,
}

impl Target {
    /// The name a page of this target has unless the car turns out to be gone.
    pub fn key(&self) -> PageKey {
        match self {
            Self::Car(car) => PageKey::Car(*car),
            Self::Listing(query) => PageKey::Listing(query.canonical.clone()),
            Self::Compare(cars) => PageKey::Compare(cars.clone()),
            Self::Shortlist(cars) => PageKey::Shortlist(cars.clone()),
            Self::Emi(emi) => PageKey::Emi(*emi),
            Self::Asset(asset) => PageKey::Asset(*asset),
            Self::File(file) => PageKey::File(*file),
            Self::Worker => PageKey::Worker,
            Self::Offline => PageKey::Offline,
            Self::Robots => PageKey::Robots,
            Self::Manifest => PageKey::Manifest,
            Self::Privacy => PageKey::Privacy,
            Self::Withdraw => PageKey::Withdraw,
            Self::Missing => PageKey::NotFound,
        }
    }

    /// The page of a car that is not there.
    pub(super) fn is_of_nobody(&self, snapshot: &Snapshot) -> bool {
        matches!(self, Self::Car(car) if snapshot.shown(*car).is_none())
    }
}

#[derive(Debug)]
pub enum Content {
    Car { document: Arc<Document>, slot: Slot, similar: Vec<Slot> },
    Listing(Box<Listing>),
    Compare { cars: Vec<Slot> },
    Shortlist { cars: Vec<Slot> },
    Emi { car: Slot, emi: Emi },
    Asset(Asset),
    File(File),
    Worker,
    Offline,
    Robots,
    Manifest,
    Privacy,
    Withdraw,
    NotFound { newest: Vec<Slot> },
    Gone { newest: Vec<Slot> },
}

/// A page of a listing before it is written.
#[derive(Debug)]
pub struct Listing {
    pub query: Query,
    pub spec: Spec,
    pub found: Found,
    pub counts: Arc<Counts>,
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

/// Cars shown to somebody whose car is not there.
const CONSOLATION_CARS: usize = 6;

pub fn plan(site: &Site, snapshot: &Snapshot, target: &Target) -> Plan {
    match target {
        Target::Car(car) => plan_car(site, snapshot, *car),
        Target::Listing(query) => {
            let counts = Arc::new(Counts::of(snapshot, &query.choice));
            plan_listing(site, snapshot, query, &Spec::default(), counts)
        }
        Target::Compare(cars) => {
            let cars = known(snapshot, cars);
            let markets: Vec<_> = cars.iter().map(|&car| of_car(site, snapshot, car, &[])).collect();
            let fingerprint = fingerprint(snapshot, &cars, &markets);
            named(target, fingerprint, Content::Compare { cars })
        }
        Target::Shortlist(cars) => {
            let cars = known(snapshot, cars);
            named(target, fingerprint(snapshot, &cars, &[]), Content::Shortlist { cars })
        }
        Target::Emi(emi) => {
            match snapshot.slot(emi.car).filter(|&car| bits::has(snapshot.columns().live(), car)) {
                Some(car) => {
                    let content = Content::Emi { car, emi: *emi };
                    named(target, fingerprint(snapshot, &[car], &[]), content)
                }
                None => missing(snapshot, PageKey::NotFound),
            }
        }
        Target::Missing => missing(snapshot, PageKey::NotFound),
        Target::Asset(asset) => fixed(target, Kind::Picture, Content::Asset(*asset)),
        Target::File(File::Script) => fixed(target, Kind::Script, Content::File(File::Script)),
        Target::File(file) => fixed(target, Kind::Bitmap, Content::File(*file)),
        Target::Worker => fixed(target, Kind::Worker, Content::Worker),
        Target::Offline => fixed(target, Kind::Offline, Content::Offline),
        Target::Robots => fixed(target, Kind::Robots, Content::Robots),
        Target::Manifest => fixed(target, Kind::Manifest, Content::Manifest),
        Target::Privacy => fixed(target, Kind::Page, Content::Privacy),
        Target::Withdraw => fixed(target, Kind::Page, Content::Withdraw),
    }
}

/// A page of a listing, for whom `spec` says. `counts` are the choice's in this snapshot.
pub fn plan_listing(
    site: &Site,
    snapshot: &Snapshot,
    query: &Query,
    spec: &Spec,
    counts: Arc<Counts>,
) -> Plan {
    let found = listing::find(snapshot, &site.keys, query, spec, &counts);
    let listing = Listing { query: query.clone(), spec: spec.clone(), found, counts };
    let fingerprint = listing.fingerprint(snapshot);
    let kind = if spec.is_anonymous() { Kind::Page } else { Kind::Personal };
    let key = PageKey::Listing(query.canonical.clone());
    Plan { key, status: StatusCode::OK, kind, fingerprint, content: Content::Listing(Box::new(listing)) }
}

impl Listing {
    fn fingerprint(&self, snapshot: &Snapshot) -> u64 {
        let next = self.found.next.as_ref().map_or(0, |next| xxh3_64(next.0.as_bytes()));
        // The model a page is ordered by follows from the query and the newest one, which is among the numbers.
        let model = snapshot.ranking().first().map_or(0, |ranked| ranked.model.id);
        fingerprint(snapshot, &self.found.slots, &[self.surroundings(), next, model])
    }

    /// Of everything but the cards and what is only this visitor's. Titles follow from the query and the words' names.
    pub(super) fn surroundings(&self) -> u64 {
        let Found { reordered, too_long, .. } = self.found;
        let Query { after, restarted, .. } = &self.query;
        let flags = [reordered, too_long, after.is_some(), *restarted].map(u8::from);
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.counts.fingerprint.to_le_bytes());
        bytes[8..].copy_from_slice(&flags);
        xxh3_64(&bytes)
    }
}

fn plan_car(site: &Site, snapshot: &Snapshot, car: CarId) -> Plan {
    let Some(slot) = snapshot.slot(car) else { return missing(snapshot, PageKey::NotFound) };
    let document = snapshot.document(slot);
    match document.state {
        State::Live(_) | State::Sold(_) => {
            let similar = listing::similar(snapshot, slot, site.similar_cars);
            let (status, kind) = outcome(site, snapshot, &document.state);
            let fingerprint = of_car(site, snapshot, slot, &similar);
            let content = Content::Car { document: Arc::clone(document), slot, similar };
            Plan { key: PageKey::Car(car), status, kind, fingerprint, content }
        }
        // A hidden car is as unknown as one that never was.
        State::Hidden => missing(snapshot, PageKey::NotFound),
        State::Deleted => missing(snapshot, PageKey::Gone),
    }
}

/// How a car's page is answered. A sold one is there for as long as ads may still lead to it, and then gone, with the same
/// helpful body. Its day is of the source's clock; one that has none keeps its page.
fn outcome(site: &Site, snapshot: &Snapshot, state: &State) -> (StatusCode, Kind) {
    let State::Sold(car) = state else { return (StatusCode::OK, Kind::Car) };
    let days = car.sold_at.map(|at| i64::from(snapshot.today()) - at.0.div_euclid(DAY_S.into()));
    let is_gone = days.is_some_and(|days| days > site.sold_days.into());
    (if is_gone { StatusCode::GONE } else { StatusCode::OK }, Kind::Sold)
}

/// Those of the cars that have anything to show.
fn known(snapshot: &Snapshot, cars: &[CarId]) -> Vec<Slot> {
    cars.iter().filter_map(|&car| snapshot.shown(car)).collect()
}

fn missing(snapshot: &Snapshot, key: PageKey) -> Plan {
    let newest = listing::sorted(snapshot, Sort::Newest, CONSOLATION_CARS);
    // One may search by make there.
    let fingerprint = fingerprint(snapshot, &newest, &[snapshot.columns().words(Attribute::Make).labels()]);
    let (status, content) = match key {
        PageKey::Gone => (StatusCode::GONE, Content::Gone { newest }),
        _ => (StatusCode::NOT_FOUND, Content::NotFound { newest }),
    };
    Plan { key, status, kind: Kind::Page, fingerprint, content }
}

/// Of cars that the address names.
fn named(target: &Target, fingerprint: u64, content: Content) -> Plan {
    Plan { key: target.key(), status: StatusCode::OK, kind: Kind::Page, fingerprint, content }
}

/// What no snapshot can change.
fn fixed(target: &Target, kind: Kind, content: Content) -> Plan {
    Plan { key: target.key(), status: StatusCode::OK, kind, fingerprint: 0, content }
}

/// Of a car's page with these similar cars, on the snapshot's day.
pub(super) fn of_car(site: &Site, snapshot: &Snapshot, car: Slot, similar: &[Slot]) -> u64 {
    let document = snapshot.document(car);
    let (status, _) = outcome(site, snapshot, &document.state);
    let version = document.version;
    let Market { cars, low_rupees, median_rupees, high_rupees, years } = snapshot.market(car);
    let market = [cars, low_rupees, median_rupees, high_rupees, years].map(u64::from);
    let [cars, low, median, high, years] = market;
    let own = [version.epoch, version.sequence, status.as_u16().into(), cars, low, median, high, years];
    fingerprint(snapshot, similar, &own)
}

/// Over the cars shown, in order, at their versions and with what is said about their prices, and `more`.
fn fingerprint(snapshot: &Snapshot, slots: &[Slot], more: &[u64]) -> u64 {
    let mut bytes = Vec::with_capacity(8 * more.len() + 32 * slots.len());
    let cars = slots.iter().flat_map(|&slot| {
        let document = snapshot.document(slot);
        let band = snapshot.band(slot).map_or(0, |band| 1 + band as u64);
        [document.id.0, document.version.epoch, document.version.sequence, band]
    });
    for number in more.iter().copied().chain(cars) {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    xxh3_64(&bytes)
}
