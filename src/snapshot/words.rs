//! What can be chosen from a list: makes, colours, features. Each word has a code, a name and the set of live cars that
//! have it.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::{CompactString, ToCompactString as _};
use xxhash_rust::xxh3::xxh3_64;

use super::{Slot, bits};
use crate::car::{Details, word};

/// An attribute whose values are words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    Owner,
    Seats,
    /// Of these a car has any number.
    Feature,
}

impl Attribute {
    pub const ALL: [Self; 13] = [
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
        Self::Owner,
        Self::Seats,
        Self::Feature,
    ];

    /// Name and, where it is not the name's slug, the word in addresses. Every car has at most one but of features.
    fn of(self, car: &Details) -> Option<(CompactString, Option<&CompactString>)> {
        let own = |name: &CompactString| Some((name.clone(), None));
        match self {
            Self::Make => Some((car.make.name.clone(), Some(&car.make.slug))),
            Self::Model => Some((car.model.name.clone(), Some(&car.model.slug))),
            Self::Variant => own(&car.variant.name),
            Self::BodyType => own(&car.model.body_type),
            Self::Fuel => own(&car.variant.fuel),
            Self::Transmission => own(&car.variant.transmission),
            Self::City => Some((car.hub.city.clone(), Some(&car.hub.city_slug))),
            Self::Hub => own(&car.hub.name),
            Self::Colour => own(&car.colour),
            Self::Insurance => own(&car.insurance),
            Self::Owner => Some((car.owner_number.to_compact_string(), None)),
            Self::Seats => car.variant.seats.map(|seats| (seats.to_compact_string(), None)),
            Self::Feature => None,
        }
    }

    fn same(self, a: &Details, b: &Details) -> bool {
        if self == Self::Feature { a.features == b.features } else { self.of(a) == self.of(b) }
    }
}

#[derive(Clone, Debug)]
struct Word {
    slug: CompactString,
    /// As the live cars spell it, and how many do so.
    spellings: Vec<(CompactString, usize)>,
    /// What is shown: the most frequent spelling, of equal ones the first in the alphabet. The slug, when none is live.
    name: CompactString,
    live: Arc<Vec<u64>>,
    n_live: usize,
}

impl Word {
    fn count(&mut self, name: &CompactString, to: bool) {
        match self.spellings.iter().position(|(spelling, _)| spelling == name) {
            Some(place) if to => self.spellings[place].1 += 1,
            Some(place) if self.spellings[place].1 > 1 => self.spellings[place].1 -= 1,
            Some(place) => drop(self.spellings.swap_remove(place)),
            None if to => self.spellings.push((name.clone(), 1)),
            None => {}
        }
        let shown = self.spellings.iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
        self.name = shown.map_or_else(|| self.slug.clone(), |(name, _)| name.clone());
    }

    /// What it adds to [`Words::labels`].
    fn label(&self) -> u64 {
        if self.n_live == 0 { 0 } else { xxh3_64(format!("{}\0{}", self.slug, self.name).as_bytes()) }
    }
}

/// The words of one attribute.
#[derive(Clone, Debug, Default)]
pub struct Words {
    words: Arc<Vec<Word>>,
    by_slug: Arc<HashMap<CompactString, u32, foldhash::fast::RandomState>>,
    /// By name as documents have it, which spares making a slug of it each time.
    by_name: Arc<HashMap<CompactString, u32, foldhash::fast::RandomState>>,
    labels: u64,
}

impl Words {
    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The code of a word as addresses have it, if any car has ever had it.
    pub fn code(&self, slug: &str) -> Option<u32> {
        self.by_slug.get(slug).copied()
    }

    pub fn slug(&self, code: u32) -> &str {
        &self.words[code as usize].slug
    }

    pub fn name(&self, code: u32) -> &str {
        &self.words[code as usize].name
    }

    /// The same as long as every word is shown as it is.
    pub fn labels(&self) -> u64 {
        self.labels
    }

    /// The live cars that have it.
    pub fn live(&self, code: u32) -> &[u64] {
        &self.words[code as usize].live
    }

    pub fn n_live(&self, code: u32) -> usize {
        self.words[code as usize].n_live
    }

    /// Moves a slot from the words of the live car `old` to those of the live car `new`.
    pub(super) fn put(&mut self, of: Attribute, slot: Slot, old: Option<&Details>, new: Option<&Details>) {
        match (old, new) {
            (None, None) => return,
            (Some(old), Some(new)) if of.same(old, new) => return,
            _ => {}
        }
        for (car, to) in old.map(|car| (car, false)).into_iter().chain(new.map(|car| (car, true))) {
            for (code, name) in self.codes(of, car) {
                let word = &mut Arc::make_mut(&mut self.words)[code as usize];
                if bits::has(&word.live, slot) != to {
                    let before = word.label();
                    bits::set(&mut word.live, slot, to);
                    word.n_live = if to { word.n_live + 1 } else { word.n_live - 1 };
                    word.count(&name, to);
                    self.labels ^= before ^ word.label();
                }
            }
        }
    }

    fn codes(&mut self, of: Attribute, car: &Details) -> Vec<(u32, CompactString)> {
        if of == Attribute::Feature {
            let names = car.features.iter().map(|feature| feature.name.clone());
            return names.map(|name| (self.code_of(&name, None), name)).collect();
        }
        of.of(car).map(|(name, slug)| (self.code_of(&name, slug), name)).into_iter().collect()
    }

    fn code_of(&mut self, name: &CompactString, slug_given: Option<&CompactString>) -> u32 {
        let held = match slug_given {
            Some(slug) => self.by_slug.get(slug),
            None => self.by_name.get(name),
        };
        if let Some(&code) = held {
            return code;
        }
        let slug = slug_given.cloned().unwrap_or_else(|| word(name).into());
        let code = match self.by_slug.get(&slug) {
            Some(&code) => code,
            None => {
                let words = Arc::make_mut(&mut self.words);
                let code = u32::try_from(words.len()).unwrap_or(u32::MAX);
                let (spellings, name, live) = (Vec::new(), slug.clone(), Arc::default());
                words.push(Word { slug: slug.clone(), spellings, name, live, n_live: 0 });
                Arc::make_mut(&mut self.by_slug).insert(slug, code);
                code
            }
        };
        if slug_given.is_none() {
            Arc::make_mut(&mut self.by_name).insert(name.clone(), code);
        }
        code
    }
}
