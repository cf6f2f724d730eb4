//! Chance that repeats: a seed always gives the same numbers, on every machine and in every build.
//!
//! Only the generator comes from a library. What is made of its bits is written out here, since a library may change how it
//! draws from a range between versions, and a catalogue must not change with it. For the same reason nothing here or in the
//! code that uses it calls `powf`, `exp` or `ln`, whose last bit differs between systems.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

pub(super) struct Dice(Pcg64Mcg);

impl Dice {
    /// Dice of their own for each `subject` (a car's id): what one car looks like does not depend on how many others there are.
    pub(super) fn new(seed: u64, subject: u32) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed.rotate_left(32) ^ u64::from(subject)))
    }

    /// From `0.0` to just under `1.0`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// From 0 to `bound - 1`.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// About a normal distribution: mean 0, deviation 1, never beyond 3.
    pub(super) fn bell(&mut self) -> f64 {
        (self.unit() + self.unit() + self.unit() - 1.5) * 2.0
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// One of the choices, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> T {
        let mut at = self.below(choices.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in choices {
            if at < *weight {
                return *choice;
            }
            at -= weight;
        }
        unreachable!("`at` starts below the sum of the weights")
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..10_000 {
            assert!((0.0..1.0).contains(&dice.unit()));
            assert!((-3.0..=3.0).contains(&dice.bell()));
            assert!(dice.below(7) < 7);
            assert!((3..=5).contains(&dice.between(3, 5)));
            assert_ne!(dice.weighted(&[("never", 0), ("often", 3), ("seldom", 1)]), "never");
        }
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(2, 1);
        let often = (0..10_000).filter(|_| dice.weighted(&[(true, 3), (false, 1)])).count();
        assert!((7_300..7_700).contains(&often), "{often} of 10,000 at a weight of three in four");
    }

    #[test]
    fn the_numbers_of_a_seed_are_fixed_for_good() {
        let mut dice = Dice::new(7, 1_000);
        let drawn: Vec<u32> = (0..6).map(|_| dice.below(1_000)).collect();
        assert_eq!(drawn, [188, 295, 435, 641, 295, 291], "a change here changes every generated catalogue");
    }
}
