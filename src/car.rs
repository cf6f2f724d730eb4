//! A car as the pages know it: pure data, without I/O, time or HTTP.
//!
//! A [`Document`] is everything the pages need of one car. It is complete in itself: rendering a page never joins,
//! never asks. It travels between processes and to disk, so its serde form is a contract: see [`FORMAT`].

mod civil_time;
mod document;
mod slug;

pub use civil_time::CivilTime;
pub use document::{
    CarId, Details, Document, FORMAT, Feature, Grade, Hub, Inspection, InspectionItem, Make, Model,
    NotAVersion, Photo, PricePoint, State, Status, Variant, Version,
};
pub use slug::{slug, word};
