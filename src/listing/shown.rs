//! What a page of a list showed, for whoever learns from it: which cars, where in which list, by which model.

use compact_str::CompactString;
use xxhash_rust::xxh3::xxh3_64;

use super::{Found, Query, Sort, Spec};
use crate::car::CarId;
use crate::rank::write_varint;
use crate::snapshot::Snapshot;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The list's name, the same on all its pages: of what was chosen, by which model and for whom it is ordered.
    pub list: u64,
    /// The model's generation; nothing for orders that need none.
    pub model: CompactString,
    pub order: Sort,
    /// The choice in its canonical form.
    pub query: CompactString,
    /// The first car's place in the list, from 0.
    pub index: usize,
    pub cars: Box<[CarId]>,
}

impl Shown {
    pub fn of(snapshot: &Snapshot, query: &Query, spec: &Spec, found: &Found) -> Self {
        let choice: CompactString = query.choice.canonical().into();
        let by = snapshot.ranking().iter().find(|ranked| ranked.model.id == found.model);
        let ids = snapshot.columns().ids();
        Self {
            list: name(&choice, found.model, spec),
            model: by.map(|ranked| ranked.model.generation.as_str().into()).unwrap_or_default(),
            order: query.choice.sort,
            query: choice,
            index: query.after.as_ref().map_or(0, |cursor| cursor.shown.len()),
            cars: found.slots.iter().map(|slot| CarId(ids[slot.0 as usize])).collect(),
        }
    }
}

fn name(choice: &str, model: u64, spec: &Spec) -> u64 {
    let mut bytes = choice.as_bytes().to_vec();
    bytes.push(b'#');
    bytes.extend_from_slice(&model.to_le_bytes());
    bytes.extend_from_slice(&spec.visitor.to_le_bytes());
    for (car, kind) in &spec.anchors {
        write_varint(&mut bytes, car.0);
        bytes.push(*kind as u8);
    }
    xxh3_64(&bytes)
}
