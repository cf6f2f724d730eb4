//! For whom a list is ordered: a visitor's profile, cut down to what decides the order.

use crate::car::CarId;
use crate::rank::{Anchor, Interaction, Model, Profile, Seen, Taste};
use crate::snapshot::{Attribute, Ranked, Snapshot};

use super::choice::{Choice, MAKE, RANGES, WORDS};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Spec {
    /// A visitor the model was trained with, or 0.
    pub visitor: u64,
    /// What the model does not know of yet, the most recent first.
    pub anchors: Vec<(CarId, Interaction)>,
}

const MINUTE_MS: u64 = 60_000;

impl Spec {
    /// Who looked at cars is ranked by the last one; who left a lead by everything, with the trained vector if there is one.
    /// Cars that are not there any more say nothing.
    pub fn of(profile: &Profile, model: &Model, snapshot: &Snapshot) -> Self {
        let is_there = |seen: &&Seen| snapshot.shown(seen.car).is_some();
        let seen = profile.seen.iter().filter(is_there);
        let all = seen.clone().map(|seen| (seen.car, seen.kind));
        if !profile.left_a_lead() {
            return Self { visitor: 0, anchors: all.take(1).collect() };
        }
        if model.visitor(profile.visitor).is_none() {
            return Self { visitor: 0, anchors: all.collect() };
        }
        // What was done in the minute of the cut-off may be known: it is not counted twice.
        let is_new = |minute: u32| u64::from(minute) * MINUTE_MS >= model.cutoff_ms();
        let new = seen.filter(|seen| is_new(seen.minute));
        Self { visitor: profile.visitor, anchors: new.map(|seen| (seen.car, seen.kind)).collect() }
    }

    /// Everybody's.
    pub fn is_anonymous(&self) -> bool {
        *self == Self::default()
    }

    /// As a vector. Without a profile the choice steers.
    pub fn taste(&self, snapshot: &Snapshot, ranked: &Ranked, choice: &Choice) -> Taste {
        let Ranked { model, vectors, .. } = ranked;
        let anchors = self.anchors.iter().filter_map(|&(car, kind)| {
            let slot = snapshot.slot(car)?;
            // A car that was withdrawn has a vector here and none in a process that began later.
            snapshot.document(slot).state.details()?;
            Some(Anchor { slot: slot.0, kind })
        });
        let anchors: Vec<_> = anchors.collect();
        if let Some(trained) = Taste::trained(model, self.visitor) {
            if anchors.is_empty() {
                return trained;
            }
            let since = Taste::of_anchors(model, vectors, &anchors);
            return Taste::blended(trained, &since, anchors.len());
        }
        if anchors.is_empty() {
            return asked(snapshot, choice, model);
        }
        Taste::of_anchors(model, vectors, &anchors)
    }

    /// Why the cars come in this order, in a few words.
    pub fn reason(&self, snapshot: &Snapshot, choice: &Choice) -> String {
        let name = |car: CarId| {
            let document = snapshot.get(car)?;
            let car = document.state.details()?;
            Some(format!("{} {}", car.make.name, car.model.name))
        };
        let mut names: Vec<String> = self.anchors.iter().filter_map(|&(car, _)| name(car)).collect();
        names.dedup();
        match (self.visitor, names.as_slice()) {
            (0, []) if choice.is_open() => "Popular right now".to_owned(),
            (0, []) => "Popular among what you asked for".to_owned(),
            (0, [one]) => format!("Because you looked at {}", with_article(one)),
            _ => "Because of the cars you looked at and asked about".to_owned(),
        }
    }
}

/// `a Creta`, `an Audi`, `an MG`: by the sound it begins with.
pub fn with_article(name: &str) -> String {
    let is_vowel = name.starts_with(['A', 'E', 'I', 'O']) || name.starts_with("MG");
    format!("{} {name}", if is_vowel { "an" } else { "a" })
}

/// Words as the model calls them: where addresses have a slug that documents do not, the name.
fn asked(snapshot: &Snapshot, choice: &Choice, model: &Model) -> Taste {
    let columns = snapshot.columns();
    let mut words: Vec<(&str, String)> = Vec::new();
    let mut numbers: Vec<(&str, u32)> = Vec::new();
    for ((key, attribute, _), chosen) in WORDS.iter().zip(&choice.words) {
        let of = columns.words(*attribute);
        for word in chosen {
            match attribute {
                Attribute::Make | Attribute::City => words.push((key, word.to_string())),
                Attribute::Model => {
                    words.extend(choice.words[MAKE].iter().map(|make| (*key, format!("{make}/{word}"))));
                }
                // Words in addresses, numbers to a model.
                Attribute::Owner | Attribute::Seats => numbers.extend(word.parse().ok().map(|n| (*key, n))),
                _ => words.extend(of.code(word).map(|code| (*key, of.name(code).to_owned()))),
            }
        }
    }
    let bounds = RANGES.iter().zip(&choice.ranges);
    numbers.extend(bounds.filter_map(|(range, bounds)| {
        let key = if range.key == "engine" { "engine_cc" } else { range.key };
        Some((key, bounds.max.or(bounds.min)?))
    }));
    let words: Vec<_> = words.iter().map(|(key, word)| (*key, word.as_str())).collect();
    Taste::asked(model, &words, &numbers)
}

#[cfg(test)]
mod tests {
    use super::with_article;

    #[test]
    fn names_have_the_article_they_are_spoken_with() {
        let said = ["Creta", "Audi Q3", "MG Hector", "Mahindra XUV700"].map(with_article);
        assert_eq!(said, ["a Creta", "an Audi Q3", "an MG Hector", "a Mahindra XUV700"]);
    }
}
