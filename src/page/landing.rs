//! Which listings search engines keep, and under which address they know the others.
//!
//! A choice of one thing that people look for (a make, a model, a city, a body type, a fuel, a budget), and the whole
//! listing, are *landing pages*: indexed, in the sitemap, canonical for themselves. Every other choice belongs to the
//! landing page of the most telling thing in it. One more filter than a landing page is `noindex`, which crawlers must be
//! able to read; all that is beyond is endless, and `robots.txt` keeps crawlers from it ([`BLOCKED`]). Crawlable pages lead
//! to blocked ones by cursors alone.

use crate::listing::{Choice, RANGES, Range, Sort, WORDS};
use crate::snapshot::{Attribute, Columns};

/// Attributes of landing pages, the most telling first.
pub(super) const ATTRIBUTES: [Attribute; 5] =
    [Attribute::Model, Attribute::Make, Attribute::City, Attribute::BodyType, Attribute::Fuel];

/// Budgets of landing pages, in rupees.
pub(super) const BUDGETS: [u32; 8] =
    [200_000, 300_000, 400_000, 500_000, 700_000, 1_000_000, 1_500_000, 2_000_000];

/// Patterns of addresses that crawlers stay away from: more filters than two, other orders, later pages, and what is made
/// for one visitor.
pub(super) const BLOCKED: [&str; 12] = [
    "/*?after=",
    "/*&after=",
    "/*?sort=",
    "/*&sort=",
    "/cars?*&*&",
    "/?*&*&",
    "/shortlist?",
    "/compare?",
    "/emi?",
    "/leads",
    "/events",
    "/healthz",
];

/// The landing page of one word, as addresses have it.
pub(super) fn of_word(attribute: Attribute, word: &str) -> Choice {
    let mut choice = Choice::default();
    if let Some(place) = WORDS.iter().position(|(_, of, _)| *of == attribute) {
        choice.words[place].push(word.into());
    }
    choice
}

pub(super) fn of_budget(price_max: u32) -> Choice {
    let mut choice = Choice::default();
    choice.ranges[PRICE].max = Some(price_max);
    choice
}

const PRICE: usize = 0;
const _: () = assert!(matches!(RANGES[PRICE].key.as_bytes(), b"price"));

/// The landing page that a choice belongs to: itself, if it is one.
pub(super) fn canonical(choice: &Choice) -> Choice {
    let word = ATTRIBUTES.into_iter().find_map(|attribute| {
        let place = WORDS.iter().position(|(_, of, _)| *of == attribute)?;
        match choice.words[place].as_slice() {
            [word] => Some(of_word(attribute, word)),
            _ => None,
        }
    });
    let budget = || match choice.ranges[PRICE] {
        Range { min: None, max: Some(max) } if BUDGETS.contains(&max) => Some(of_budget(max)),
        _ => None,
    };
    word.or_else(budget).unwrap_or_default()
}

pub(super) fn is_landing(choice: &Choice) -> bool {
    choice.sort == Sort::default() && canonical(choice) == *choice
}

/// All landing pages that show a car, the whole listing first. The same in every instance.
pub(super) fn all(columns: &Columns) -> Vec<Choice> {
    let words = ATTRIBUTES.into_iter().flat_map(|attribute| {
        let words = columns.words(attribute);
        let codes = 0..u32::try_from(words.len()).unwrap_or(u32::MAX);
        let mut found: Vec<_> =
            codes.filter(|&code| words.n_live(code) > 0).map(|code| words.slug(code)).collect();
        found.sort_unstable();
        found.into_iter().map(move |word| of_word(attribute, word)).collect::<Vec<_>>()
    });
    std::iter::once(Choice::default()).chain(words).chain(BUDGETS.map(of_budget)).collect()
}

#[cfg(test)]
mod tests {
    use super::{canonical, is_landing};
    use crate::keys::Keys;
    use crate::listing::Query;

    #[test]
    fn every_choice_belongs_to_one_landing_page() {
        for (query, expected) in [
            ("", ""),
            ("make=hyundai", "make=hyundai"),
            ("price_max=500000", "price_max=500000"),
            ("price_max=512345", ""),
            ("price_min=100000&price_max=500000", ""),
            ("make=hyundai&model=creta", "model=creta"),
            ("make=hyundai&make=honda", ""),
            ("make=hyundai&make=honda&city=pune", "city=pune"),
            ("city=pune&fuel=diesel&price_max=500000", "city=pune"),
            ("colour=red", ""),
            ("colour=red&make=hyundai", "make=hyundai"),
            ("make=hyundai&sort=price", "make=hyundai"),
            ("price_dropped=1&price_max=500000", "price_max=500000"),
        ] {
            let choice = Query::parse(query, &Keys::new(&[[1; 32]])).unwrap().choice;
            assert_eq!(canonical(&choice).canonical(), expected, "{query}");
            assert_eq!(is_landing(&choice), query == expected, "{query}");
            assert!(is_landing(&canonical(&choice)), "{query}");
        }
    }
}
