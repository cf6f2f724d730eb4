//! The live cars' attributes by slot: what filters, facets and orders read without touching a document.
//!
//! Each column is shared with the snapshot before until a value in it differs. Slots of cars that are not live keep
//! their last numbers and are masked by [`Columns::live`].

use std::sync::Arc;

use super::words::{Attribute, Words};
use super::{Slot, bits};
use crate::car::{CarId, Details, State};

/// The value of a number that a car does not have.
pub const NONE: u32 = u32::MAX;

/// A numeric column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    PriceRupees,
    KmDriven,
    RegistrationYear,
    EngineCc,
    /// Hundredths of a kilometre per litre.
    MileageCentiKmpl,
    InspectionScore,
    /// Seconds since 1970, as the source's clock shows them.
    ListedAt,
}

impl Number {
    pub const ALL: [Self; 7] = [
        Self::PriceRupees,
        Self::KmDriven,
        Self::RegistrationYear,
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
            Self::EngineCc => car.variant.engine_cc.unwrap_or(NONE),
            Self::MileageCentiKmpl => {
                car.variant.mileage_kmpl.map_or(NONE, |kmpl| (kmpl * 100.0).round() as u32)
            }
            Self::InspectionScore => car.inspection.as_ref().map_or(NONE, |i| u32::from(i.score)),
            Self::ListedAt => u32::try_from(car.listed_at.0).unwrap_or(0),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Columns {
    ids: Arc<Vec<u64>>,
    numbers: [Arc<Vec<u32>>; Number::ALL.len()],
    words: [Words; Attribute::ALL.len()],
    live: Arc<Vec<u64>>,
    /// Live cars that were more expensive at first.
    price_dropped: Arc<Vec<u64>>,
    /// Live cars listed within so many [`DAYS`].
    recent: [Arc<Vec<u64>>; DAYS.len()],
    /// Days since 1970.
    today: u32,
}

/// Ages of listings people ask for; today counts as none.
pub const DAYS: [u32; 4] = [1, 3, 7, 30];
pub const DAY_S: u32 = 24 * 60 * 60;

impl Columns {
    /// The cars' ids by slot.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// By slot.
    pub fn number(&self, number: Number) -> &[u32] {
        &self.numbers[number as usize]
    }

    pub fn words(&self, attribute: Attribute) -> &Words {
        &self.words[attribute as usize]
    }

    /// The live slots, 64 a word.
    pub fn live(&self) -> &[u64] {
        &self.live
    }

    pub fn price_dropped(&self) -> &[u64] {
        &self.price_dropped
    }

    /// The live cars listed within the days at this place of [`DAYS`].
    pub fn recent(&self, place: usize) -> &[u64] {
        &self.recent[place]
    }

    pub fn today(&self) -> u32 {
        self.today
    }

    /// Every car is a day older.
    pub(super) fn set_today(&mut self, today: u32) {
        self.today = today;
        let live: Vec<_> = bits::slots(&self.live).collect();
        for slot in live {
            self.put_age(slot, Some(self.numbers[Number::ListedAt as usize][slot.0 as usize]));
        }
    }

    /// `listed_at`: of a live car.
    fn put_age(&mut self, slot: Slot, listed_at: Option<u32>) {
        let age = listed_at.map(|at| self.today.saturating_sub(at / DAY_S));
        for (recent, &days) in self.recent.iter_mut().zip(&DAYS) {
            bits::set(recent, slot, age.is_some_and(|age| age <= days));
        }
    }

    pub(super) fn put(&mut self, slot: Slot, id: CarId, old: Option<&State>, new: &State) {
        let live = |state: &State| matches!(state, State::Live(_));
        let (was, is) = (old.filter(|old| live(old)), Some(new).filter(|new| live(new)));
        bits::set(&mut self.live, slot, is.is_some());
        let dropped = |car: &Details| {
            car.price_history.first().is_some_and(|first| first.price_rupees > car.price_rupees)
        };
        bits::set(&mut self.price_dropped, slot, is.and_then(State::details).is_some_and(dropped));
        if slot.0 as usize >= self.ids.len() {
            Arc::make_mut(&mut self.ids).resize(slot.0 as usize + 1, u64::MAX);
        }
        if self.ids[slot.0 as usize] != id.0 {
            Arc::make_mut(&mut self.ids)[slot.0 as usize] = id.0;
        }
        for number in Number::ALL {
            let value = new.details().map(|car| number.of(car));
            set(&mut self.numbers[number as usize], slot, value);
        }
        let (was, is) = (was.and_then(State::details), is.and_then(State::details));
        self.put_age(slot, is.map(|car| Number::ListedAt.of(car)));
        for attribute in Attribute::ALL {
            self.words[attribute as usize].put(attribute, slot, was, is);
        }
    }
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
