//! Every page of Forecourt, as pure functions: props in, [`maud::Markup`] out.
//!
//! # Rules of this crate
//! - No I/O, no clock, no locale, no globals. Two calls with equal props give equal bytes.
//! - Props ([`props`]) borrow; they are the contract between a car document and its HTML. Wording that depends on a
//!   decision (what counts as a price drop, which cars are similar, what is indexed) is decided by the caller.
//! - Everything a prop holds is escaped by maud. Raw output exists in one place, `document`: the inlined stylesheet, and
//!   structured data, which has an escape of its own; a test looks for the word.
//! - Pages work without scripts, and bring no inline styles or handlers, so that a strict content security policy fits.
//! - Functions named here run per request: numbers and cards write themselves into the page's buffer.
//!
//! # What other programs may rely on
//! A card is an `<article>` whose heading holds its one link; the next page is `<a rel="next">`; the number
//! of cars found stands in the element with `role="status"`; prices are written in full with Indian grouping,
//! `₹9,04,000`. Filters are native inputs of the one `<form method="get" action="/cars">`, and the label of each value
//! ends in its count, `Hyundai 1,234`. A chip's link is named `Remove Hyundai`.
//!
//! # Reading order
//! [`props`] says what a page needs, [`format`](mod@format) how numbers read, `document` is the frame around
//! every page, `photo` and `card` are the repeated parts, then one module per page and per section.
//! [`illustration`] draws the stand-in photos; [`status`] is no page of the site, but an operator's.

pub mod format;
pub mod props;

mod card;
mod document;
mod photo;
mod style;

mod car;
mod emi;
mod gallery;
mod hub;
mod inspection;
mod market;
mod price;
mod specification;

mod compare;
mod filter;
mod listing;
mod message;
mod shortlist;

mod lead;
mod privacy;

pub mod illustration;
pub mod status;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use car::{car_page, sold_page};
pub use compare::compare_page;
pub use document::{SITE, SPECULATION_RULES, opening};
pub use emi::emi_page;
pub use lead::{
    Field, LeadCar, LeadForm, LeadPage, Problem, ReceiptKind, ReceiptPage, SLOTS, WithdrawForm, lead_form,
    lead_page, receipt_page, withdraw_page,
};
pub use listing::{
    card_loading, listing_card, listing_cards_close, listing_cards_open, listing_foot, listing_head,
    listing_next, listing_nothing, listing_page, listing_reason, listing_top,
};
pub use message::{busy_page, error_page, gone_page, not_found_page, offline_page};
pub use photo::Loading;
pub use privacy::{NOTICE_VERSION, notice, privacy_page};
pub use props::{
    Advice, CarPage, Card, Chip, Choice, ComparePage, Compared, Crumb, Date, EmiPage, FeatureGroup,
    FilterGroup, FilterValue, Grade, Hub, Inspection, InspectionItem, ListingPage, Loan, Market, MissingPage,
    Part, Photo, PricePoint, RangeFilter, Robots, Share, SharePicture, Shell, Shop, ShortlistPage,
    SortOption, Verdict, View,
};
pub use shortlist::shortlist_page;
pub use style::STYLESHEET;
