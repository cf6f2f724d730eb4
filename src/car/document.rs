//! The document: one car, whole, at one version.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::CivilTime;

/// Number of the document's serde layout. Raise it with every change of a type in this file: disk copies and stores
/// written by another layout are then ignored instead of misread. A test pins the layout's bytes.
pub const FORMAT: u32 = 1;

/// The source's primary key of a car.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CarId(pub u64);

impl fmt::Display for CarId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// When a document was written: by which holder of the lease, and as which of its messages. Only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    pub epoch: u64,
    pub sequence: u64,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.sequence)
    }
}

/// What [`Version`]'s `Display` writes: `epoch.sequence`.
impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (epoch, sequence) = text.split_once('.').ok_or(NotAVersion)?;
        let number = |digits: &str| digits.parse().map_err(|_| NotAVersion);
        Ok(Self { epoch: number(epoch)?, sequence: number(sequence)? })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `epoch.sequence`")]
pub struct NotAVersion;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub id: CarId,
    pub version: Version,
    pub state: State,
}

/// What the public may know of a car. Hidden and deleted cars carry nothing that could leak into a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    Live(Box<Details>),
    Sold(Box<Details>),
    Hidden,
    /// The tombstone: the row is gone, and no late write may bring an older document back.
    Deleted,
}

impl State {
    pub fn status(&self) -> Status {
        match self {
            Self::Live(_) => Status::Live,
            Self::Sold(_) => Status::Sold,
            Self::Hidden => Status::Hidden,
            Self::Deleted => Status::Deleted,
        }
    }

    /// Equal states have equal digests, in every process of this build.
    pub fn digest(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&postcard::to_stdvec(self).unwrap_or_default())
    }

    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Live(details) | Self::Sold(details) => Some(details),
            Self::Hidden | Self::Deleted => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Live,
    Sold,
    Hidden,
    Deleted,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Live, Self::Sold, Self::Hidden, Self::Deleted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sold => "sold",
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Details {
    pub make: Make,
    pub model: Model,
    pub variant: Variant,
    pub registration_year: u16,
    pub km_driven: u32,
    /// 1 = first owner.
    pub owner_number: u8,
    pub colour: CompactString,
    pub insurance: CompactString,
    pub listed_at: CivilTime,
    pub sold_at: Option<CivilTime>,
    pub price_rupees: u32,
    pub price_updated_at: CivilTime,
    /// Oldest first.
    pub price_history: Vec<PricePoint>,
    /// In the order they are shown; never empty.
    pub photos: Vec<Photo>,
    /// In the order of the source's query: group by group.
    pub features: Vec<Feature>,
    pub inspection: Option<Inspection>,
    pub hub: Hub,
}

impl Details {
    /// `2019 Renault Duster`
    pub fn title(&self) -> String {
        format!("{} {} {}", self.registration_year, self.make.name, self.model.name)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Make {
    pub name: CompactString,
    pub slug: CompactString,
    pub country: CompactString,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub name: CompactString,
    pub slug: CompactString,
    pub body_type: CompactString,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    pub name: CompactString,
    pub fuel: CompactString,
    pub transmission: CompactString,
    /// Absent for electric cars.
    pub engine_cc: Option<u32>,
    pub max_power_bhp: Option<f64>,
    pub mileage_kmpl: Option<f64>,
    pub seats: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricePoint {
    pub changed_at: CivilTime,
    pub price_rupees: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// Where the picture lies below `photos.base_url`: `cars/1000/01-front-left`.
    pub storage_key: CompactString,
    /// The view: `front-left`, `dashboard`, `tyre` ...
    pub kind: CompactString,
    pub width_px: u32,
    pub height_px: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    pub group: CompactString,
    pub name: CompactString,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    pub inspected_at: CivilTime,
    pub inspector: CompactString,
    /// 0-100.
    pub score: u8,
    pub items: Vec<InspectionItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectionItem {
    pub section: CompactString,
    pub item: CompactString,
    pub grade: Grade,
    pub note: CompactString,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grade {
    Pass,
    Minor,
    Major,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hub {
    pub name: CompactString,
    pub address: CompactString,
    pub phone: CompactString,
    /// `09:30`
    pub opens_at: CompactString,
    pub closes_at: CompactString,
    pub city: CompactString,
    pub city_slug: CompactString,
    pub state: CompactString,
}
