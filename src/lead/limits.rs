//! How many leads an hour are nobody's flood: by the address they come from, by number, by car.
//!
//! What is above is not dropped, it is put aside: thousands of phones share an operator's address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::config;

/// Of what a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By {
    Address,
    Phone,
    Car,
}

const HOUR_S: u64 = 3_600;
/// Counters kept; a flood of different ones ends the memory of the hour, not the process's.
const COUNTERS_MAX: usize = 50_000;

/// The hour, and how often each was there in it.
type Counters = (u64, HashMap<(By, u64), u32>);

#[derive(Debug)]
pub(super) struct Limits {
    address_max: u32,
    phone_max: u32,
    car_max: u32,
    counters: Mutex<Counters>,
}

impl Limits {
    pub(super) fn new(settings: &config::Lead) -> Self {
        Self {
            address_max: settings.per_address_max,
            phone_max: settings.per_phone_max,
            car_max: settings.per_car_max,
            counters: Mutex::default(),
        }
    }

    /// Counts one more; whether it is above the limit. `whose` is a keyed hash, or a car.
    pub(super) fn is_over(&self, by: By, whose: u64, now_ms: u64) -> bool {
        let max = match by {
            By::Address => self.address_max,
            By::Phone => self.phone_max,
            By::Car => self.car_max,
        };
        if max == 0 {
            return false;
        }
        let hour = now_ms / 1000 / HOUR_S;
        // Each critical section leaves counters that are whole.
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.0 != hour || counters.1.len() >= COUNTERS_MAX {
            *counters = (hour, HashMap::new());
        }
        let count = counters.1.entry((by, whose)).or_default();
        *count = count.saturating_add(1);
        *count > max
    }
}

#[cfg(test)]
mod tests {
    use super::{By, Limits};
    use crate::config;

    #[test]
    fn each_has_so_many_an_hour() {
        let settings =
            config::Lead { per_address_max: 2, per_phone_max: 1, per_car_max: 0, ..config::Lead::default() };
        let limits = Limits::new(&settings);
        let over = |by, whose, minute: u64| limits.is_over(by, whose, minute * 60_000);
        assert_eq!([1, 2, 3].map(|minute| over(By::Address, 7, minute)), [false, false, true]);
        assert!(!over(By::Address, 8, 3) && !over(By::Phone, 7, 3) && over(By::Phone, 7, 4));
        assert!((0..1000).all(|_| !over(By::Car, 7, 5)));
        assert!(!over(By::Address, 7, 61));
        for whose in 0..200_000 {
            over(By::Address, whose, 62);
        }
        assert!(limits.counters.lock().unwrap().1.len() <= super::COUNTERS_MAX);
    }
}
