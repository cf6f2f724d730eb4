//! What we know of a visitor: the cars they looked at, liked or asked about, most recent first, as a signed cookie.
//!
//! Anonymous as long as no lead was left: the visitor's number is drawn by chance and only says which interactions belong
//! together. A cookie that is damaged, forged or foreign is no cookie.

use crate::car::CarId;
use crate::keys::{Keys, Purpose};

/// What a visitor did with a car; the later ones say more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interaction {
    View,
    Wishlist,
    Lead,
}

impl Interaction {
    pub const ALL: [Self; 3] = [Self::View, Self::Wishlist, Self::Lead];

    /// As a model's weights call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Wishlist => "wishlist",
            Self::Lead => "lead",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub car: CarId,
    pub kind: Interaction,
    /// Since 1970.
    pub minute: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Drawn by chance; 0 of somebody who did nothing yet.
    pub visitor: u64,
    /// The most recent first, each car once.
    pub seen: Vec<Seen>,
}

/// Cars remembered: what a model gains from more is less than what the cookie costs every request.
const SEEN_MAX: usize = 16;
/// Looking again at the same car within this time says nothing new.
const AGAIN_MINUTES: u32 = 30;
const LAYOUT: u8 = 1;

impl Profile {
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    pub fn left_a_lead(&self) -> bool {
        self.seen.iter().any(|seen| seen.kind == Interaction::Lead)
    }

    /// Whether noting this would say anything new.
    pub fn would_change(&self, car: CarId, kind: Interaction, minute: u32) -> bool {
        self.seen.first().is_none_or(|last| {
            last.car != car || last.kind < kind || minute >= last.minute.saturating_add(AGAIN_MINUTES)
        })
    }

    /// Notes an interaction. `visitor` is the number taken by who has none yet.
    pub fn note(&mut self, car: CarId, kind: Interaction, minute: u32, visitor: u64) {
        if self.visitor == 0 {
            self.visitor = visitor.max(1);
        }
        let known = self.seen.iter().position(|seen| seen.car == car).map(|place| self.seen.remove(place));
        let kind = known.map_or(kind, |known| known.kind.max(kind));
        self.seen.insert(0, Seen { car, kind, minute });
        if self.seen.len() > SEEN_MAX {
            // A lead is the last to be forgotten.
            let oldest = self.seen[1..].iter().rposition(|seen| seen.kind != Interaction::Lead);
            self.seen.remove(oldest.map_or(SEEN_MAX, |place| place + 1));
        }
    }

    /// Appends the cookie's value.
    pub fn seal_onto(&self, text: &mut String, keys: &Keys) {
        let mut bytes = Vec::with_capacity(16 + 8 * self.seen.len());
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.visitor.to_le_bytes());
        let newest = self.seen.first().map_or(0, |seen| seen.minute);
        write_varint(&mut bytes, newest.into());
        for seen in &self.seen {
            write_varint(&mut bytes, seen.car.0);
            write_varint(&mut bytes, u64::from(newest.saturating_sub(seen.minute)) << 2 | seen.kind as u64);
        }
        keys.seal_onto(text, Purpose::Profile, &bytes);
    }

    /// `None` for what [`Self::seal_onto`] has not made with one of these keys.
    pub fn open(keys: &Keys, text: &str) -> Option<Self> {
        let bytes = keys.open(Purpose::Profile, text)?;
        let (&LAYOUT, rest) = bytes.split_first()? else { return None };
        let (visitor, mut rest) = rest.split_first_chunk::<8>()?;
        let newest = u32::try_from(read_varint(&mut rest)?).ok()?;
        let mut profile = Self { visitor: u64::from_le_bytes(*visitor), seen: Vec::new() };
        while !rest.is_empty() {
            let car = CarId(read_varint(&mut rest)?);
            let word = read_varint(&mut rest)?;
            let kind = *Interaction::ALL.get(usize::try_from(word & 3).ok()?)?;
            let minute = newest.saturating_sub(u32::try_from(word >> 2).ok()?);
            profile.seen.push(Seen { car, kind, minute });
        }
        (profile.seen.len() <= SEEN_MAX).then_some(profile)
    }
}

/// LEB128, the low seven bits first.
pub(crate) fn write_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(crate) fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> Keys {
        Keys::new(&[[7; 32]])
    }

    proptest! {
        #[test]
        fn a_cookie_is_what_it_was_made_of(steps in prop::collection::vec((any::<u64>(), 0usize..3, 0u32..100_000), 0..40)) {
            let mut profile = Profile::default();
            for (car, kind, minute) in steps {
                profile.note(CarId(car), Interaction::ALL[kind], minute, 77);
            }
            // Times are kept as distances from the newest.
            let newest = profile.seen.first().map_or(0, |seen| seen.minute);
            let mut expected = profile.clone();
            expected.seen.iter_mut().for_each(|seen| seen.minute = seen.minute.min(newest));
            let mut text = String::new();
            profile.seal_onto(&mut text, &keys());
            prop_assert!(text.len() < 512, "{} bytes", text.len());
            prop_assert_eq!(Profile::open(&keys(), &text), Some(expected));
        }

        #[test]
        fn garbage_is_no_cookie(text in ".{0,200}") {
            prop_assert_eq!(Profile::open(&keys(), &text), None);
        }
    }

    #[test]
    fn each_car_is_remembered_once_and_a_lead_longest() {
        let mut profile = Profile::default();
        profile.note(CarId(1), Interaction::Lead, 0, 5);
        for car in 2..40 {
            profile.note(CarId(car), Interaction::View, car as u32, 6);
        }
        profile.note(CarId(39), Interaction::View, 50, 7);
        assert_eq!((profile.visitor, profile.seen.len(), profile.left_a_lead()), (5, SEEN_MAX, true));
        assert!(!profile.would_change(CarId(39), Interaction::View, 60));
        assert!(profile.would_change(CarId(39), Interaction::Lead, 60));
        assert!(profile.would_change(CarId(39), Interaction::View, 80));
        assert!(profile.would_change(CarId(38), Interaction::View, 60));
    }
}
