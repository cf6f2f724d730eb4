//! Not ten times the same car: the last cars of a page are unlike all above them.

use super::PAGE_CARS;
use super::order::Place;
use crate::rank::{Compared, Traits, TraitsOfAll};
use crate::snapshot::Slot;

/// Cars of a page that are simply the best.
const BEST: usize = 5;
/// How far down the order a page looks for the others. `training/README.md` says what more, or less, would give.
pub(super) const WINDOW: usize = 300;

/// A car that may come onto the page.
struct Other {
    place: Place,
    traits: Traits,
    /// What it shares with the first so many cars of the page.
    shared: u16,
    n_compared: usize,
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
    let mut picked: Vec<Slot> = best.iter().map(|place| place.slot).collect();
    let of = |slot: Slot| traits.of(slot.0 as usize);
    let mut page: Vec<Compared> = picked.iter().map(|&slot| of(slot).compared()).collect();
    let other = |&place: &Place| Other { place, traits: of(place.slot), shared: 0, n_compared: 0 };
    let mut others: Vec<_> = others.iter().map(other).collect();
    while picked.len() < PAGE_CARS
        && let Some(at) = least_alike(&mut others, &page)
    {
        let other = others.swap_remove(at);
        picked.push(other.place.slot);
        page.push(other.traits.compared());
    }
    picked
}

/// A car is compared with no more of the page than it takes to see that another shares less.
fn least_alike(others: &mut [Other], page: &[Compared]) -> Option<usize> {
    let mut least: Option<(u16, Place, usize)> = None;
    for (at, other) in others.iter_mut().enumerate() {
        let is_less = |other: &Other| {
            least.is_none_or(|(shared, place, _)| (other.shared, other.place) < (shared, place))
        };
        while is_less(other)
            && let Some(car) = page.get(other.n_compared)
        {
            other.shared += other.traits.shared(car);
            other.n_compared += 1;
        }
        if is_less(other) {
            least = Some((other.shared, other.place, at));
        }
    }
    least.map(|(_, _, at)| at)
}
