//! Not ten times the same model in a row.

use std::collections::HashMap;

use crate::snapshot::{Slot, Snapshot};

/// How far down the order a page looks for other models.
pub(super) const WINDOW: usize = 50;
/// Cars of one model on a page, as long as others are in the window.
const SAME_MODEL_MAX: usize = 3;

/// Takes `n` cars of the window, in order, leaving out those whose model is there often enough; if too few are left, these
/// fill up. A pure function of the window: what is left out comes first in the next one.
pub(super) fn pick(snapshot: &Snapshot, window: Vec<Slot>, n: usize) -> Vec<Slot> {
    let model = |slot: Slot| {
        let car = snapshot.document(slot).state.details()?;
        Some((car.make.slug.as_str(), car.model.slug.as_str()))
    };
    let mut seen: HashMap<_, usize, foldhash::fast::RandomState> = HashMap::default();
    let (mut picked, mut left) = (Vec::with_capacity(n), Vec::new());
    for slot in window {
        if picked.len() == n {
            break;
        }
        let of_model = seen.entry(model(slot)).or_default();
        if *of_model < SAME_MODEL_MAX {
            *of_model += 1;
            picked.push(slot);
        } else {
            left.push(slot);
        }
    }
    let missing = n - picked.len();
    picked.extend(left.into_iter().take(missing));
    picked
}
