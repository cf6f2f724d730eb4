//! The opaque cursor that continues a listing.
//!
//! It carries everything the list's next page depends on: what was chosen (as a hash), under which model and for whom the
//! list is ordered, and which cars were shown. Ten cars that match and were not shown yet, best first: whatever arrives,
//! sells, changes its price or comes to match in between, no car is shown twice and none that stays is left out. No
//! server keeps anything.
//!
//! The cars shown are a set of ids, as differences in Rice's code: some 12 bits a car at first, less the more there are;
//! all of 10,000 cars fit in 2 KB.

use super::choice::Choice;
use super::spec::Spec;
use crate::car::CarId;
use crate::keys::{Keys, Purpose};
use crate::rank::{Interaction, read_varint, write_varint};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Of the choice it was made for.
    pub choice: u64,
    /// Of the model the list is ordered by; 0 for orders that need none.
    pub model: u64,
    pub spec: Spec,
    /// Ascending.
    pub shown: Vec<u64>,
}

/// First byte; another layout takes another.
const LAYOUT: u8 = 2;
/// Bytes of a cursor before it is signed and written out: what an address line takes.
const BYTES_MAX: usize = 5_000;

impl Cursor {
    /// `None` when so much was shown that it does not fit into an address.
    pub fn seal(&self, keys: &Keys) -> Option<String> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.choice.to_le_bytes());
        bytes.extend_from_slice(&self.model.to_le_bytes());
        write_varint(&mut bytes, self.spec.visitor);
        write_varint(&mut bytes, self.spec.anchors.len() as u64);
        for (car, kind) in &self.spec.anchors {
            write_varint(&mut bytes, car.0);
            bytes.push(*kind as u8);
        }
        write_set(&mut bytes, &self.shown);
        (bytes.len() <= BYTES_MAX).then(|| keys.seal(Purpose::Cursor, &bytes))
    }

    /// `None` for what [`Self::seal`] has not made with one of these keys.
    pub fn open(keys: &Keys, text: &str) -> Option<Self> {
        let bytes = keys.open(Purpose::Cursor, text)?;
        let (&LAYOUT, rest) = bytes.split_first()? else { return None };
        let (choice, rest) = rest.split_first_chunk::<8>()?;
        let (model, mut rest) = rest.split_first_chunk::<8>()?;
        let mut spec = Spec { visitor: read_varint(&mut rest)?, anchors: Vec::new() };
        for _ in 0..read_varint(&mut rest)? {
            let car = CarId(read_varint(&mut rest)?);
            let (&kind, left) = rest.split_first()?;
            rest = left;
            spec.anchors.push((car, *Interaction::ALL.get(usize::from(kind))?));
        }
        let shown = read_set(rest)?;
        Some(Self { choice: u64::from_le_bytes(*choice), model: u64::from_le_bytes(*model), spec, shown })
    }
}

/// What a choice is called in a cursor.
pub(super) fn name_of(choice: &Choice) -> u64 {
    xxhash_rust::xxh3::xxh3_64(choice.canonical().as_bytes())
}

/// Longer ones are a few ids far from all others, written out.
const HIGH_BITS_MAX: u64 = 24;

/// Length, the code's parameter, then the bits: differences less one, in Rice's code.
fn write_set(bytes: &mut Vec<u8>, set: &[u64]) {
    write_varint(bytes, set.len() as u64);
    let mut next = 0;
    let gaps: Vec<u64> = set.iter().map(|&id| id - std::mem::replace(&mut next, id + 1)).collect();
    let mut sorted = gaps.clone();
    sorted.sort_unstable();
    let Some(median) = sorted.get(gaps.len() / 2) else { return };
    let low_bits = median.checked_ilog2().unwrap_or(0);
    bytes.push(low_bits as u8);
    let mut bits = BitWriter { bytes, used: 8 };
    for gap in gaps {
        let high = (gap >> low_bits).min(HIGH_BITS_MAX);
        (0..high).for_each(|_| bits.push(true));
        let left = if high == HIGH_BITS_MAX {
            u64::BITS
        } else {
            bits.push(false);
            low_bits
        };
        (0..left).rev().for_each(|bit| bits.push(gap >> bit & 1 == 1));
    }
}

fn read_set(mut bytes: &[u8]) -> Option<Vec<u64>> {
    let n = usize::try_from(read_varint(&mut bytes)?).ok()?;
    if n == 0 {
        return bytes.is_empty().then(Vec::new);
    }
    let (&low_bits, bytes) = bytes.split_first()?;
    // Each id takes a bit at least.
    if n > bytes.len() * 8 || low_bits > 63 {
        return None;
    }
    let mut bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    let mut set = Vec::with_capacity(n);
    let mut next = 0u64;
    for _ in 0..n {
        let mut gap = 0u64;
        while gap < HIGH_BITS_MAX && bits.next()? {
            gap += 1;
        }
        let left = if gap == HIGH_BITS_MAX { u64::BITS } else { low_bits.into() };
        for _ in 0..left {
            gap = gap << 1 | u64::from(bits.next()?);
        }
        let id = next.checked_add(gap)?;
        set.push(id);
        next = id.checked_add(1)?;
    }
    Some(set)
}

struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits used of the last byte.
    used: u8,
}

impl BitWriter<'_> {
    fn push(&mut self, bit: bool) {
        if self.used == 8 {
            self.bytes.push(0);
            self.used = 0;
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.used);
        }
        self.used += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> Keys {
        Keys::new(&[[3; 32]])
    }

    proptest! {
        #[test]
        fn a_cursor_is_what_it_was_made_of(
            choice: u64, model: u64, visitor: u64,
            anchors in prop::collection::vec((any::<u64>(), 0usize..3), 0..16),
            mut shown in prop_oneof![
                prop::collection::vec(0u64..u64::MAX, 0..60),
                prop::collection::vec(1000u64..12_000, 0..2000),
            ],
        ) {
            shown.sort_unstable();
            shown.dedup();
            let anchors = anchors.into_iter().map(|(car, kind)| (CarId(car), Interaction::ALL[kind])).collect();
            let cursor = Cursor { choice, model, spec: Spec { visitor, anchors }, shown };
            let text = cursor.seal(&keys()).unwrap();
            prop_assert_eq!(Cursor::open(&keys(), &text), Some(cursor));
        }

        #[test]
        fn garbage_is_no_cursor(text in ".{0,200}") {
            prop_assert_eq!(Cursor::open(&keys(), &text), None);
        }

        #[test]
        fn sets_of_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read_set(&bytes);
        }
    }

    #[test]
    fn every_car_of_ten_thousand_fits_into_an_address() {
        let cursor = |shown: Vec<u64>| Cursor { shown, ..Cursor::default() }.seal(&keys());
        for step in [1, 2, 3, 10, 100] {
            let text = cursor((1000..11_000).step_by(step).collect()).unwrap();
            assert!(text.len() < 2_600, "{} of every {step}th", text.len());
        }
        assert!(cursor(vec![1000, 4000, 9000]).unwrap().len() < 80);
        let far = cursor((1000..5000).chain([1 << 53]).collect()).unwrap();
        assert!(far.len() < 1_000, "{} with an id far from all others", far.len());
        assert_eq!(cursor((0..100_000).map(|id| id * 997).collect()), None);
    }
}
