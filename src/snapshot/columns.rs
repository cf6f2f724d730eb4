//! The live cars' attributes by slot, as numbers: what filters, facets and ranking read without touching a document.
//!
//! Each column is shared with the snapshot before until a value in it differs. Slots of cars that are not live keep
//! their last values and are masked by [`Columns::live`].

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::Slot;
use crate::car::{Details, State};

/// The value of a number that a car does not have.
pub const NONE: u32 = u32::MAX;

/// A numeric column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    PriceRupees,
    KmDriven,
    RegistrationYear,
    OwnerNumber,
    Seats,
    EngineCc,
    /// Hundredths of a kilometre per litre.
    MileageCentiKmpl,
    InspectionScore,
    /// Seconds since 1970, as the source's clock shows them.
    ListedAt,
}

impl Number {
    pub const ALL: [Self; 9] = [
        Self::PriceRupees,
        Self::KmDriven,
        Self::RegistrationYear,
        Self::OwnerNumber,
        Self::Seats,
        Self::EngineCc,
        Self::MileageCentiKmpl,
        Self::InspectionScore,
        Self::ListedAt,
    ];

    fn of(self, car: &Details) -> u32 {
        match self {
            Self::PriceRupees => car.price_rupees,
            Self::KmDriven => car.km_driven,
            Self::RegistrationYear => u32::from(car.registration_year),
            Self::OwnerNumber => u32::from(car.owner_number),
            Self::Seats => car.variant.seats.map_or(NONE, u32::from),
            Self::EngineCc => car.variant.engine_cc.unwrap_or(NONE),
            Self::MileageCentiKmpl => {
                car.variant.mileage_kmpl.map_or(NONE, |kmpl| (kmpl * 100.0).round() as u32)
            }
            Self::InspectionScore => car.inspection.as_ref().map_or(NONE, |i| u32::from(i.score)),
            Self::ListedAt => u32::try_from(car.listed_at.0).unwrap_or(0),
        }
    }
}

/// A column of words, each word a number in the column's dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    Make,
    Model,
    Variant,
    BodyType,
    Fuel,
    Transmission,
    City,
    Hub,
    Colour,
    Insurance,
}

impl Attribute {
    pub const ALL: [Self; 10] = [
        Self::Make,
        Self::Model,
        Self::Variant,
        Self::BodyType,
        Self::Fuel,
        Self::Transmission,
        Self::City,
        Self::Hub,
        Self::Colour,
        Self::Insurance,
    ];

    fn of(self, car: &Details) -> &CompactString {
        match self {
            Self::Make => &car.make.slug,
            Self::Model => &car.model.slug,
            Self::Variant => &car.variant.name,
            Self::BodyType => &car.model.body_type,
            Self::Fuel => &car.variant.fuel,
            Self::Transmission => &car.variant.transmission,
            Self::City => &car.hub.city_slug,
            Self::Hub => &car.hub.name,
            Self::Colour => &car.colour,
            Self::Insurance => &car.insurance,
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Words {
    codes: Arc<Vec<u32>>,
    dictionary: Arc<HashMap<CompactString, u32, foldhash::fast::RandomState>>,
}

#[derive(Clone, Debug, Default)]
pub struct Columns {
    numbers: [Arc<Vec<u32>>; Number::ALL.len()],
    words: [Words; Attribute::ALL.len()],
    /// One bit a slot.
    live: Arc<Vec<u64>>,
}

impl Columns {
    /// By slot.
    pub fn number(&self, number: Number) -> &[u32] {
        &self.numbers[number as usize]
    }

    /// The words' codes by slot.
    pub fn codes(&self, attribute: Attribute) -> &[u32] {
        &self.words[attribute as usize].codes
    }

    /// The code of a word, if any car has ever had it.
    pub fn code(&self, attribute: Attribute, word: &str) -> Option<u32> {
        self.words[attribute as usize].dictionary.get(word).copied()
    }

    pub fn is_live(&self, slot: Slot) -> bool {
        self.live.get(slot.0 as usize / 64).is_some_and(|word| word & bit(slot) != 0)
    }

    /// The live slots as a bitmap, 64 a word.
    pub fn live_words(&self) -> &[u64] {
        &self.live
    }

    /// The live slots, ascending.
    pub fn live(&self) -> impl Iterator<Item = Slot> {
        self.live.iter().enumerate().flat_map(|(i, &word)| {
            let first = u32::try_from(i * 64).unwrap_or(u32::MAX);
            // Clears the lowest bit each time until none is left.
            std::iter::successors(Some(word), |&rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|&rest| rest != 0)
                .map(move |rest| Slot(first + rest.trailing_zeros()))
        })
    }

    pub(super) fn put(&mut self, slot: Slot, state: &State) {
        let live = matches!(state, State::Live(_));
        if self.is_live(slot) != live || self.live.len() <= slot.0 as usize / 64 {
            let words = Arc::make_mut(&mut self.live);
            words.resize(words.len().max(slot.0 as usize / 64 + 1), 0);
            words[slot.0 as usize / 64] ^=
                if live { bit(slot) } else { words[slot.0 as usize / 64] & bit(slot) };
        }
        let details = state.details();
        for number in Number::ALL {
            set(&mut self.numbers[number as usize], slot, details.map(|car| number.of(car)));
        }
        for attribute in Attribute::ALL {
            let words = &mut self.words[attribute as usize];
            let code = details.map(|car| words.code(attribute.of(car)));
            set(&mut words.codes, slot, code);
        }
    }
}

impl Words {
    fn code(&mut self, word: &CompactString) -> u32 {
        if let Some(&code) = self.dictionary.get(word) {
            return code;
        }
        let dictionary = Arc::make_mut(&mut self.dictionary);
        let code = u32::try_from(dictionary.len()).unwrap_or(NONE);
        dictionary.insert(word.clone(), code);
        code
    }
}

fn bit(slot: Slot) -> u64 {
    1 << (slot.0 % 64)
}

/// Copies the column only if the value differs; without a value a slot keeps the one it has.
fn set(column: &mut Arc<Vec<u32>>, slot: Slot, value: Option<u32>) {
    let slot = slot.0 as usize;
    if slot >= column.len() {
        Arc::make_mut(column).resize(slot + 1, NONE);
    }
    if let Some(value) = value.filter(|&value| column[slot] != value) {
        Arc::make_mut(column)[slot] = value;
    }
}
