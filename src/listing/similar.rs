//! Cars like one car: what the model gives somebody who looked at it and nothing else.

use super::order::by_score;
use crate::rank::{Anchor, Interaction, Taste};
use crate::snapshot::{Slot, Snapshot};

/// At most `n` live cars, the most similar first.
pub fn similar(snapshot: &Snapshot, to: Slot, n: usize) -> Vec<Slot> {
    let Some(ranked) = snapshot.ranking().first() else { return Vec::new() };
    let anchor = Anchor { slot: to.0, kind: Interaction::View };
    let taste = Taste::of_anchors(&ranked.model, &ranked.vectors, &[anchor]);
    let columns = snapshot.columns();
    // One more, since the car itself is among them, unless it is sold.
    let nearest = by_score(columns, ranked, &taste, columns.live(), n + 1);
    nearest.into_iter().map(|(slot, _)| slot).filter(|&slot| slot != to).take(n).collect()
}
