//! The catalogue as one value.

use std::sync::Arc;

use super::bits;
use super::columns::{Columns, Number};
use super::documents::{Documents, Slot};
use super::market::{Band, Market, Markets, Touched};
use crate::car::{CarId, Document, State, Status};
use crate::rank::{Attributes, Model, TraitsOfAll, Vectors};

#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    generation: u64,
    documents: Documents,
    columns: Columns,
    markets: Markets,
    counts: Counts,
    /// The newest model first, then those that running lists may still be ordered by.
    ranking: Vec<Ranked>,
    /// Grows when other cars are live, or ranked otherwise.
    membership: u64,
}

/// The cars under one model.
#[derive(Clone, Debug)]
pub struct Ranked {
    pub model: Arc<Model>,
    pub vectors: Vectors,
    pub traits: TraitsOfAll,
}

/// Models kept: two older ones, so that a list that somebody walks through keeps its order.
const MODELS_MAX: usize = 3;

/// How many cars there are of each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; Status::ALL.len()]);

impl Counts {
    pub fn of(&self, status: Status) -> usize {
        self.0[status as usize]
    }
}

impl Snapshot {
    /// Grows by one with every publish of this process.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// What live cars like this one cost.
    pub fn market(&self, slot: Slot) -> Market {
        self.markets.of(slot)
    }

    /// How this car's price stands among theirs, if it is live.
    pub fn band(&self, slot: Slot) -> Option<Band> {
        let price = self.columns.number(Number::PriceRupees).get(slot.0 as usize)?;
        bits::has(self.columns.live(), slot).then(|| self.market(slot).band(*price)).flatten()
    }

    /// The newest model first.
    pub fn ranking(&self) -> &[Ranked] {
        &self.ranking
    }

    /// As long as it is the same, the same cars are live and rank the same.
    pub fn membership(&self) -> u64 {
        self.membership
    }

    /// Days since 1970, of the instant up to which this is complete.
    pub fn today(&self) -> u32 {
        self.columns.today()
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    pub fn slot(&self, car: CarId) -> Option<Slot> {
        self.documents.slot(car)
    }

    pub fn document(&self, slot: Slot) -> &Arc<Document> {
        self.documents.get(slot)
    }

    pub fn get(&self, car: CarId) -> Option<&Arc<Document>> {
        self.slot(car).map(|slot| self.document(slot))
    }

    /// Of a car that has something to show: a live or a sold one.
    pub fn shown(&self, car: CarId) -> Option<Slot> {
        self.slot(car).filter(|&slot| self.document(slot).state.details().is_some())
    }

    /// Tombstones included.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.documents.iter()
    }

    pub fn len(&self) -> usize {
        self.documents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next snapshot, and how many documents were newer than what this one has. The others are ignored: a car
    /// never goes back to an older version.
    pub fn with(&self, documents: impl IntoIterator<Item = Arc<Document>>) -> (Self, usize) {
        let mut next = self.next();
        let mut n_newer = 0;
        let mut touched = Touched::default();
        for document in documents {
            let old = next.get(document.id).cloned();
            if old.as_ref().is_some_and(|old| old.version >= document.version) {
                continue;
            }
            n_newer += 1;
            let slot = next.documents.put(Arc::clone(&document));
            next.counts.0[document.state.status() as usize] += 1;
            if let Some(old) = &old {
                next.counts.0[old.state.status() as usize] -= 1;
            }
            let old = old.as_ref().map(|old| &old.state);
            let is_live = document.state.status() == Status::Live;
            let moved = is_live != (old.map(State::status) == Some(Status::Live));
            let revalued = next.rank(slot, &document, old);
            next.membership += u64::from(moved || is_live && revalued);
            next.columns.put(slot, document.id, old, &document.state);
            touched.note(&next.columns, old, &document);
        }
        next.markets.renew(&next.columns, &touched);
        (next, n_newer)
    }

    /// The same cars under a new model. The oldest is given up.
    pub fn with_model(&self, model: Arc<Model>) -> Self {
        let mut next = self.next();
        next.membership += 1;
        let mut vectors = Vectors::new(model.components);
        let mut traits = TraitsOfAll::default();
        let mut vector = vec![0.0; model.components];
        for (slot, document) in self.documents().enumerate() {
            if let Some(car) = Attributes::of(document) {
                let (bias, its) = model.vector(&car, &mut vector);
                vectors.put(slot, &vector, bias);
                traits.put(slot, its);
            }
        }
        next.ranking.retain(|ranked| ranked.model.id != model.id);
        next.ranking.insert(0, Ranked { model, vectors, traits });
        next.ranking.truncate(MODELS_MAX);
        next
    }

    /// The same cars on another day.
    pub fn on_day(&self, today: u32) -> Self {
        let mut next = self.next();
        next.columns.set_today(today);
        next
    }

    fn next(&self) -> Self {
        Self { generation: self.generation + 1, ..self.clone() }
    }

    /// Gives the car its vectors. Those of cars that are sold stay: somebody may have looked at them last. Returns whether
    /// any is another one.
    fn rank(&mut self, slot: Slot, document: &Document, old: Option<&State>) -> bool {
        let Some(car) = Attributes::of(document) else { return false };
        let of_old = old.and_then(State::details);
        let status = document.state.status();
        if of_old.is_some_and(|old| Attributes::of_details(document.id, status, old).is_like(&car)) {
            return false;
        }
        let mut changed = false;
        for Ranked { model, vectors, traits } in &mut self.ranking {
            let mut vector = vec![0.0; model.components];
            let (bias, its) = model.vector(&car, &mut vector);
            changed |= vectors.put(slot.0 as usize, &vector, bias);
            changed |= traits.put(slot.0 as usize, its);
        }
        changed
    }
}

#[cfg(test)]
pub(crate) mod tests;
