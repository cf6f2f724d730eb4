//! A car whose rows make a query of `catalogue.toml` fail, where others' do not: a text that is no JSON, a subquery that finds
//! two rows. The batch it is in is made smaller until it stands alone, and then it is that car's fault only.

use super::active::Active;
use crate::car::CarId;
use crate::change::{ChangeReader, Reach};
use crate::clock;
use crate::feed::FeedWriter;
use crate::source::{self, Source};
use crate::store::Store;

/// No table counts from 0: a fetch of this car runs every query, over no rows.
const NOBODY: CarId = CarId(0);

impl<S: Source, D: Store, F: FeedWriter, C: ChangeReader> Active<'_, S, D, F, C> {
    /// Whether the source refuses these cars and not any.
    pub(super) async fn is_about_rows(&mut self, error: &anyhow::Error) -> bool {
        error.downcast_ref::<source::Error>().is_some_and(|error| error.is_refusal)
            && self.own.source.fetch(&[NOBODY], &Reach::default()).await.is_ok()
    }

    /// The next cars to fetch. One that is known to fail is fetched alone, so that those beside it need not wait until it is
    /// found again.
    pub(super) fn take(&mut self) -> Vec<(CarId, u64)> {
        let mut taken = self.dirty.take(self.cars_max);
        if let Some(place) = taken.iter().position(|(car, _)| self.failing.contains(car)) {
            let rest = taken.split_off(place.max(1));
            self.dirty.put_back(rest);
        }
        taken
    }

    /// Puts the cars back for a batch of half the size, or names the one that is left.
    pub(super) fn narrow(&mut self, taken: Vec<(CarId, u64)>, error: &anyhow::Error) {
        match taken.as_slice() {
            &[(car, _)] => {
                self.failing.insert(car);
                self.quarantine(car, &error.to_string());
            }
            _ => {
                self.cars_max = (taken.len() / 2).max(1);
                self.dirty.put_back(taken);
            }
        }
    }

    /// After a batch that went through.
    pub(super) fn widen(&mut self, cars: &[CarId]) {
        for car in cars {
            self.failing.remove(car);
        }
        self.cars_max = (self.cars_max * 2).min(self.own.settings.batch_cars_max);
    }

    pub(super) fn quarantine(&self, car: CarId, reason: &str) {
        if self.own.quarantine.put(car, reason, clock::unix_ms()) {
            tracing::warn!(
                car.id = car.0,
                reason,
                "a car's rows cannot become a document, it keeps the one it had"
            );
            metrics::counter!("forecourt_quarantined_total").increment(1);
        }
    }
}
