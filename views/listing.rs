//! The listing: how many cars were found, the cards, and the way to the next ones.

use crate::card::{Level, cards};
use crate::document::document;
use crate::format::Count;
use crate::props::{ListingPage, Shell};
use maud::{Markup, html};

/// Cards on the first screen of a desktop; a phone sees one and the start of the second.
const EAGER_CARDS: usize = 3;

pub fn listing_page(shell: &Shell<'_>, listing: &ListingPage<'_>) -> Markup {
    document(
        shell,
        html! {
            div.wide {
                div.intro {
                    h1 { @if listing.continued { "More used cars" } @else { "Used cars" } }
                    p role="status" { (Count(listing.total, "car")) }
                }
                @if listing.cards.is_empty() {
                    (nothing(listing))
                } @else {
                    (cards(listing.cards, Level::H2, EAGER_CARDS))
                }
                @if let Some(next) = listing.next {
                    p.more { a.button rel="next" href=(next) { "Show more cars" } }
                }
            }
        },
    )
}

fn nothing(listing: &ListingPage<'_>) -> Markup {
    html! {
        div.panel.empty {
            @if listing.continued {
                p { "That was the last car of this list." }
            } @else {
                p { "No car matches this search right now. New cars arrive every day." }
            }
            p { a.button href="/cars" { "See all cars" } }
        }
    }
}
