//! Cars whose rows cannot become a document. They keep the document they had; here stands why. Written by the
//! projector, read by the status page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::car::CarId;

#[derive(Clone, Debug, Default)]
pub struct Quarantine {
    cars: Arc<Mutex<BTreeMap<CarId, Quarantined>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub reason: String,
    pub since_unix_ms: u64,
}

impl Quarantine {
    /// Returns whether the car was not in quarantine for this reason before.
    pub fn put(&self, car: CarId, reason: &str, now_ms: u64) -> bool {
        let mut cars = self.lock();
        let since_unix_ms = cars.get(&car).map_or(now_ms, |known| known.since_unix_ms);
        let known = cars.insert(car, Quarantined { reason: reason.to_owned(), since_unix_ms });
        known.is_none_or(|known| known.reason != reason)
    }

    pub fn release(&self, car: CarId) -> bool {
        self.lock().remove(&car).is_some()
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first `cars_max` cars by id.
    pub fn list(&self, cars_max: usize) -> Vec<(CarId, Quarantined)> {
        self.lock().iter().take(cars_max).map(|(&car, why)| (car, why.clone())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<CarId, Quarantined>> {
        // Every critical section is one map operation: a panic in between leaves a map that is whole.
        self.cars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
