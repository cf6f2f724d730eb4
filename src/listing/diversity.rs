//! Not ten times the same car: the last cars of a page are unlike all above them.

use super::PAGE_CARS;
use super::order::Place;
use crate::rank::{Traits, TraitsOfAll};
use crate::snapshot::Slot;

/// Cars of a page that are simply the best.
const BEST: usize = 5;
/// How far down the order a page looks for the others. `training/README.md` says what more, or less, would give.
pub(super) const WINDOW: usize = 300;

/// A car that may come onto the page.
struct Other {
    place: Place,
    traits: Traits,
    /// With all cars of the page together.
    shared: u16,
}

/// A page out of the first cars, which come in no order: the best, then one by one the car that shares the least with those
/// picked, the earlier of equal ones. A pure function of these cars: what is left out comes first in the next one.
pub(super) fn pick(traits: &TraitsOfAll, mut window: Vec<Place>) -> Vec<Slot> {
    let n_best = BEST.min(window.len());
    if n_best < window.len() {
        window.select_nth_unstable(n_best);
    }
    let (best, others) = window.split_at_mut(n_best);
    best.sort_unstable();
    let of = |place: Place| traits.of(place.slot().0 as usize);
    let other = |&place: &Place| Other { place, traits: of(place), shared: 0 };
    let mut others: Vec<_> = others.iter().map(other).collect();
    let mut picked: Vec<Slot> = Vec::with_capacity(PAGE_CARS);
    for &place in &*best {
        put(&mut picked, &mut others, place, of(place));
    }
    while picked.len() < PAGE_CARS
        && let Some(at) = least_alike(&others)
    {
        let Other { place, traits, .. } = others.swap_remove(at);
        put(&mut picked, &mut others, place, traits);
    }
    picked
}

fn put(picked: &mut Vec<Slot>, others: &mut [Other], place: Place, traits: Traits) {
    picked.push(place.slot());
    let traits = traits.compared();
    for other in others {
        other.shared += other.traits.shared(&traits);
    }
}

/// Compared in place: copies of what is compared cost more than all the rest of a page.
fn least_alike(others: &[Other]) -> Option<usize> {
    let is_less = |one: &Other, other: &Other| {
        one.shared < other.shared || one.shared == other.shared && one.place < other.place
    };
    (0..others.len()).reduce(|least, at| if is_less(&others[at], &others[least]) { at } else { least })
}
