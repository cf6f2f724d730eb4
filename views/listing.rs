//! The listing: how many cars were found, what narrows them, the cards, and the way to the next ones.
//!
//! [`listing_page`] is nothing but its pieces one after the other, so that a server can keep each piece, compressed,
//! and put the page of one visitor together from what many share:
//!
//! | piece | equal for |
//! |---|---|
//! | [`listing_head`] | equal shells |
//! | [`listing_top`] | equal filters, counts, sort, heading, total and notice |
//! | [`listing_reason`] | equal reasons |
//! | [`listing_cards_open`], then [`listing_card`] for each, then [`listing_cards_close`] | equal cards of equal [`card_loading`] |
//! | [`listing_next`] | equal addresses |
//! | [`listing_foot`] | equal parts and structured data of one shop |
//!
//! A page without cards has [`listing_nothing`] in the place of reason, cards and next.

use crate::card::{Level, item};
use crate::document::{close, open, recent, tag};
use crate::filter::filters;
use crate::format::Count;
use crate::photo::Loading;
use crate::props::{Card, ListingPage, Shell};
use maud::{Markup, html};

/// Cards on the first screen of a phone. They are also the ones a visitor most likely opens, so a script may fetch their
/// pages ahead: they carry `data-p`.
const EAGER_CARDS: usize = 2;

pub fn listing_page(shell: &Shell<'_>, page: &ListingPage<'_>) -> Markup {
    html! {
        (listing_head(shell))
        (listing_top(page))
        @if page.cards.is_empty() {
            (listing_nothing(page))
        } @else {
            (listing_reason(page.reason))
            (listing_cards_open())
            @for (position, card) in page.cards.iter().enumerate() { (listing_card(card, position)) }
            (listing_cards_close())
            (listing_next(page.next))
        }
        (listing_foot(shell))
    }
}

/// From the first byte to the start of `<main>`, with the site's header if it is the whole page.
pub fn listing_head(shell: &Shell<'_>) -> Markup {
    open(shell)
}

/// Heading, number of cars, filters and sort, chips, notice. Looks neither at `cards` and `next` nor at `reason` and
/// `advice`.
pub fn listing_top(page: &ListingPage<'_>) -> Markup {
    html! {
        (tag(r#"<div class="wide list">"#))
        div.intro {
            h1 { (page.heading) }
            p role="status" { (Count(page.total, "car")) }
        }
        (filters(page))
        (tag("<div id=\"cars\" data-list=\"")) (page.list) (tag("\">"))
        @if let Some(notice) = page.notice { p.note role="note" { (notice) } }
    }
}

/// Why these cars, or nothing at all.
pub fn listing_reason(reason: Option<&str>) -> Markup {
    html! { @if let Some(reason) = reason { p.why { (reason) } } }
}

pub fn listing_cards_open() -> Markup {
    html! { (tag(r#"<ul class="cards">"#)) }
}

/// The card at `position`, counted from 0. Positions of equal [`card_loading`] give equal bytes.
pub fn listing_card(card: &Card<'_>, position: usize) -> Markup {
    item(card, Level::H2, card_loading(position))
}

/// When the card at `position` fetches the photo that is seen: those of the first screen at once, and the very first
/// one ahead of everything.
pub fn card_loading(position: usize) -> Loading {
    match position {
        0 => Loading::First,
        1..EAGER_CARDS => Loading::Eager,
        _ => Loading::Lazy,
    }
}

pub fn listing_cards_close() -> Markup {
    html! { (tag("</ul>")) }
}

/// The way to the next cards, or nothing at all.
pub fn listing_next(next: Option<&str>) -> Markup {
    html! { @if let Some(next) = next { p.more { a.button rel="next" href=(next) { "Show more cars" } } } }
}

/// What stands in the place of cards when there are none: what to change, and how many cars each change brings.
pub fn listing_nothing(page: &ListingPage<'_>) -> Markup {
    html! {
        div.panel.empty {
            @if page.continued {
                h2 { "That was the last car of this list" }
            } @else if let [best, others @ ..] = page.advice {
                h2 { "No car matches all of this" }
                p { "One change brings you cars:" }
                p { a.button href=(best.href) { (best.text) ": " (Count(best.cars, "car")) } }
                @if !others.is_empty() {
                    ul {
                        @for advice in others {
                            li { a href=(advice.href) { (advice.text) " " span { (Count(advice.cars, "car")) } } }
                        }
                    }
                }
            } @else {
                h2 { "No car matches this right now" }
                p { "New cars arrive every day." }
            }
            p.links { a href=(page.clear.unwrap_or("/cars")) { "See all cars" } }
        }
    }
}

/// From the end of the listing to the last byte.
pub fn listing_foot(shell: &Shell<'_>) -> Markup {
    html! { (tag("</div>")) (recent()) (tag("</div>")) (close(shell)) }
}

#[cfg(test)]
mod tests;
