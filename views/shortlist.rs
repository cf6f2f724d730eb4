//! The cars a visitor saved. Who saved what is known to the visitor's own device: the address says which cars to show.

use crate::card::{Level, cards};
use crate::document::{document, install};
use crate::format::Count;
use crate::props::{Shell, ShortlistPage};
use maud::{Markup, html};

pub fn shortlist_page(shell: &Shell<'_>, page: &ShortlistPage<'_>) -> Markup {
    document(
        shell,
        html! {
            div.wide.page {
                div.intro {
                    h1 { "Your shortlist" }
                    p role="status" { (Count(page.cards.len(), "car")) }
                }
                @if page.cards.is_empty() {
                    div.panel.empty {
                        h2 { "Nothing saved yet" }
                        p { "Tap the heart on a car to keep it here. The list stays on this device; nobody else sees it." }
                        p { a.button href="/cars" { "See all cars" } }
                    }
                } @else {
                    @if let Some(compare) = page.compare { p.more { a.button.plain href=(compare) { "Compare side by side" } } }
                    (cards(page.cards, Level::H2))
                    p.more { (install()) }
                }
            }
        },
    )
}
