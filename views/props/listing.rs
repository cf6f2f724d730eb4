//! What a page of a listing needs.

use super::Card;

/// One page of a listing, and all there is to narrow it by.
///
/// Links (`next`, chips, advice, `clear`) are whole addresses, `/cars?fuel=diesel&after=…`, written as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListingPage<'a> {
    pub cards: &'a [Card<'a>],
    /// Cars found in all, not on this page.
    pub total: usize,
    /// Link to the page after this one.
    pub next: Option<&'a str>,
    /// This is not the first page.
    pub continued: bool,
    /// `Used cars`, `Used Hyundai cars in Pune`.
    pub heading: &'a str,
    pub groups: &'a [FilterGroup<'a>],
    /// The first one is what visitors ask for most, the budget: it stands before the groups and is open. The others follow
    /// the groups, and are open when they narrow.
    pub ranges: &'a [RangeFilter<'a>],
    /// One for each thing that narrows this list.
    pub chips: &'a [Chip<'a>],
    /// What narrows this list best, one tap each.
    pub promoted: &'a [Chip<'a>],
    /// The listing with nothing narrowed, when something is.
    pub clear: Option<&'a str>,
    pub sorts: &'a [SortOption<'a>],
    /// What this list is called in what visitors do: the name of its order.
    pub list: &'a str,
    /// Why these cars, in a few words: `Because you looked at a Creta`.
    pub reason: Option<&'a str>,
    /// What the visitor should know about this list: `This list was renewed, it starts again`.
    pub notice: Option<&'a str>,
    /// What to change when no car was found, the best first.
    pub advice: &'a [Advice<'a>],
}

/// How many values of a [`FilterGroup`] may be chosen at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Check boxes.
    Many,
    /// Radio buttons. One of the values is the choice of none: its `value` is empty, its label `Any`.
    One,
}

/// The values one attribute can be narrowed to.
#[derive(Debug, Clone, Copy)]
pub struct FilterGroup<'a> {
    /// In the address: `make`.
    pub key: &'a str,
    /// `Make`
    pub title: &'a str,
    pub kind: Choice,
    pub values: &'a [FilterValue<'a>],
    /// The values show without a tap. Groups with a chosen value should be open.
    pub is_open: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct FilterValue<'a> {
    /// In the address: `hyundai`.
    pub value: &'a str,
    /// `Hyundai`
    pub label: &'a str,
    /// Cars the list would hold with this value and all other groups as they are. A value that brings none cannot be
    /// chosen, only given up.
    pub count: usize,
    pub is_selected: bool,
}

/// An attribute narrowed by two numbers, `{key}_min` and `{key}_max` in the address; either may be left empty.
#[derive(Debug, Clone, Copy)]
pub struct RangeFilter<'a> {
    /// `price`
    pub key: &'a str,
    /// `Price`
    pub title: &'a str,
    /// `₹`, `km`; may be empty.
    pub unit: &'a str,
    /// Plain digits.
    pub min: Option<&'a str>,
    pub max: Option<&'a str>,
    /// What one press of an arrow adds. Other numbers are as welcome.
    pub step: u32,
}

/// Something that narrows the list, and the way to be without it.
#[derive(Debug, Clone, Copy)]
pub struct Chip<'a> {
    /// `Hyundai`, `Up to ₹8,00,000`
    pub label: &'a str,
    /// The listing without it.
    pub href: &'a str,
}

#[derive(Debug, Clone, Copy)]
pub struct SortOption<'a> {
    /// In the address: `price_desc`.
    pub value: &'a str,
    /// `Price, high to low`
    pub label: &'a str,
    pub is_selected: bool,
}

/// One change that turns an empty list into cars.
#[derive(Debug, Clone, Copy)]
pub struct Advice<'a> {
    /// `Without “Diesel”`, `Raise the budget by ₹50,000`
    pub text: &'a str,
    pub href: &'a str,
    /// Cars found then.
    pub cars: usize,
}
