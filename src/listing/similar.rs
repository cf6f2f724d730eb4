//! Cars like one car: near in price, best of the same model or body.

use crate::snapshot::{Attribute, Number, Slot, Snapshot};

/// What each difference counts, in thousandths of the car's price.
const OTHER_MODEL: u32 = 150;
const OTHER_MAKE: u32 = 100;
const OTHER_BODY: u32 = 750;

/// At most `n` live cars, the most similar first; equal ones by the smaller id. One pass over three columns.
pub fn similar(snapshot: &Snapshot, to: Slot, n: usize) -> Vec<Slot> {
    let columns = snapshot.columns();
    let (price, model) = (columns.number(Number::PriceRupees), columns.codes(Attribute::Model));
    let (make, body) = (columns.codes(Attribute::Make), columns.codes(Attribute::BodyType));
    let at = |slot: Slot| slot.0 as usize;
    let own_price = price[at(to)].max(1);
    let distance = |slot: Slot| {
        let off_by = u64::from(price[at(slot)].abs_diff(own_price)) * 1000 / u64::from(own_price);
        let mut distance = u32::try_from(off_by).unwrap_or(u32::MAX);
        for (column, penalty) in [(model, OTHER_MODEL), (make, OTHER_MAKE), (body, OTHER_BODY)] {
            if column[at(slot)] != column[at(to)] {
                distance = distance.saturating_add(penalty);
            }
        }
        distance
    };
    let mut nearest: Vec<(u32, u64, Slot)> = Vec::with_capacity(n + 1);
    for slot in columns.live().filter(|&slot| slot != to) {
        let distance = distance(slot);
        if nearest.len() == n && nearest.last().is_none_or(|last| distance > last.0) {
            continue;
        }
        let entry = (distance, snapshot.document(slot).id.0, slot);
        let place = nearest.partition_point(|other| *other < entry);
        nearest.insert(place, entry);
        nearest.truncate(n);
    }
    nearest.into_iter().map(|(_, _, slot)| slot).collect()
}
