//! What the projector fetches without having been told of a change.
//!
//! The *sweep* goes through all cars at a bounded rate and finds what no log shows. *Confirmations* fetch a car once more
//! some time after a change whose place in the log is not known: a log may tell of a commit before a read shows it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::run::Settings;
use crate::car::CarId;
use crate::change::Position;

/// When no log has proven for so long that documents are up to date, sweeps do: one after the other.
pub(super) const UNPROVEN_MAX: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Sweep {
    settings: Settings,
    /// Still to fetch, the last first.
    cars: Vec<CarId>,
    began_ms: u64,
    step_at: Instant,
    next_at: Instant,
}

impl Sweep {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        Self { settings, cars: Vec::new(), began_ms: 0, step_at: now, next_at: now + settings.sweep_interval }
    }

    /// `began_ms`: unix ms before the cars were listed.
    pub(super) fn begin(&mut self, cars: Vec<CarId>, began_ms: u64) {
        (self.cars, self.began_ms) = (cars, began_ms);
    }

    pub(super) fn due(&self) -> Instant {
        self.step_at
    }

    /// `proven_at`: when a log last did.
    pub(super) fn wants_cars(&self, now: Instant, proven_at: Instant) -> bool {
        self.cars.is_empty() && (now >= self.next_at || now >= proven_at + UNPROVEN_MAX)
    }

    /// The next cars, and when the sweep began if these are its last.
    pub(super) fn step(&mut self, now: Instant) -> (Vec<CarId>, Option<u64>) {
        let step = self.settings.batch_cars_max;
        let seconds = step as f64 / f64::from(self.settings.sweep_cars_per_second.max(1));
        self.step_at = now + Duration::from_secs_f64(seconds);
        if self.cars.is_empty() {
            return (Vec::new(), None);
        }
        let cars = self.cars.split_off(self.cars.len().saturating_sub(step));
        let ended = self.cars.is_empty().then_some(self.began_ms);
        if ended.is_some() {
            self.next_at = now + self.settings.sweep_interval;
        }
        (cars, ended)
    }
}

/// How long after a change a car is fetched again: soon, since most reads that came too early did so by a millisecond, and
/// once more much later.
const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Confirmations {
    cars: BTreeMap<CarId, Doubt>,
    due: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Doubt {
    fetch_at: Instant,
    /// Up to which instant (unix ms) the car is certain; until the first of the two.
    certain_ms: Option<u64>,
    /// When the doubt began, and what was applied then.
    since_ms: u64,
    position: Arc<Position>,
}

impl Confirmations {
    /// `now_ms` is before the cars were read, `position` what is applied without them.
    pub(super) fn add(&mut self, cars: &[CarId], now: Instant, now_ms: u64, position: &Position) {
        let (at, position) = (now + SOON, Arc::new(position.clone()));
        for &car in cars {
            let fresh =
                Doubt { fetch_at: at, certain_ms: None, since_ms: now_ms, position: Arc::clone(&position) };
            let doubt = self.cars.entry(car).or_insert(fresh);
            doubt.fetch_at = at;
            doubt.certain_ms.get_or_insert(now_ms);
        }
        if !cars.is_empty() {
            self.due = Some(self.due.map_or(at, |due| due.min(at)));
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Unix ms up to which every car is certain, if some are not.
    pub(super) fn certain_until_ms(&self) -> Option<u64> {
        self.cars.values().filter_map(|doubt| doubt.certain_ms).min()
    }

    /// What was applied before the oldest doubt, if there is any.
    pub(super) fn position(&self) -> Option<&Position> {
        self.cars.values().min_by_key(|doubt| doubt.since_ms).map(|doubt| &*doubt.position)
    }

    /// The cars whose time has come.
    pub(super) fn take(&mut self, now: Instant) -> Vec<CarId> {
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let taken: Vec<_> =
            self.cars.iter().filter(|(_, doubt)| doubt.fetch_at <= now).map(|(&car, _)| car).collect();
        for car in &taken {
            match self.cars.get_mut(car) {
                Some(doubt) if doubt.certain_ms.is_some() => {
                    (doubt.fetch_at, doubt.certain_ms) = (now + LATER, None);
                }
                _ => drop(self.cars.remove(car)),
            }
        }
        self.due = self.cars.values().map(|doubt| doubt.fetch_at).min();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::{CarId, Confirmations, LATER, SOON, Sweep, UNPROVEN_MAX};
    use crate::change::Position;
    use crate::clock;
    use crate::projector::Settings;
    use std::time::Duration;

    #[test]
    fn an_unplaced_change_is_confirmed_twice() {
        let (mut confirmations, now) = (Confirmations::default(), clock::now());
        let (first, second) = (Position("1".to_owned()), Position("2".to_owned()));
        confirmations.add(&[CarId(1)], now, 7, &first);
        confirmations.add(&[CarId(1), CarId(2)], now, 9, &second);
        assert_eq!((confirmations.certain_until_ms(), confirmations.position()), (Some(7), Some(&first)));
        assert_eq!(confirmations.take(now), []);
        assert_eq!(confirmations.take(now + SOON), [CarId(1), CarId(2)]);
        assert_eq!((confirmations.due(), confirmations.certain_until_ms()), (Some(now + SOON + LATER), None));
        // Until the last look, whoever takes over begins where the doubt did.
        assert_eq!(confirmations.position(), Some(&first));
        assert_eq!(confirmations.take(now + SOON + LATER), [CarId(1), CarId(2)]);
        assert_eq!((confirmations.due(), confirmations.position()), (None, None));
    }

    #[test]
    fn a_sweep_gives_every_car_once_at_its_rate_and_says_when_it_is_through() {
        let settings = Settings {
            batch_cars_max: 2,
            sweep_interval: Duration::from_secs(60),
            sweep_cars_per_second: 20,
            heartbeat: Duration::from_millis(100),
            lease_interval: Duration::from_millis(100),
        };
        let now = clock::now();
        let mut sweep = Sweep::new(settings, now);
        assert!(!sweep.wants_cars(now, now) && sweep.wants_cars(now + UNPROVEN_MAX, now));
        sweep.begin((1..=3).map(CarId).collect(), 77);
        assert_eq!(sweep.step(now), (vec![CarId(2), CarId(3)], None));
        assert_eq!(sweep.due(), now + Duration::from_millis(100));
        assert_eq!(sweep.step(now), (vec![CarId(1)], Some(77)));
        let later = now + Duration::from_secs(60);
        assert!(!sweep.wants_cars(now, now) && sweep.wants_cars(later, later));
    }
}
