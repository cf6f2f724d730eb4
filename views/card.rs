//! One car in a listing.
//!
//! The card itself scrolls its photos sideways, and the text below stands still in it. So a tap anywhere
//! follows the heading's link, which is stretched over the card, while a swipe on that same link moves the
//! photos, and so do the arrow keys once the link has focus: no further link and no further tab stop.
//! `style.css` holds the other half of this.
//!
//! A card depends on its car only, never on who looks at it: what a visitor saved is for a script to show.

use crate::format::{Kilometres, Owner, Rupees};
use crate::photo::{Loading, Picture};
use crate::props::Card;
use maud::{Markup, Render, html};

const PHOTOS_MAX: usize = 4;
/// Almost the screen's width on a phone; with room three quarters of a column.
const SIZES: &str = "(min-width:40em) 16rem,86vw";

/// Which heading the card's title is, so that the outline of its page has no gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Cards directly below the page's title.
    H2,
    /// Cards below a section's heading.
    H3,
}

struct CardView<'a> {
    card: &'a Card<'a>,
    level: Level,
    first_photo: Loading,
}

impl Render for CardView<'_> {
    fn render_to(&self, out: &mut String) {
        let card = self.card;
        let photos = &card.photos[..card.photos.len().min(PHOTOS_MAX)];
        html! {
            article.card.{ "photos-" (photos.len()) } data-car=(card.id) data-p[self.first_photo != Loading::Lazy] {
                @for (at, photo) in photos.iter().enumerate() {
                    (Picture(photo, if at == 0 { self.first_photo } else { Loading::Lazy }, SIZES))
                }
                div.text {
                    @match self.level {
                        Level::H2 => h2 { a href=(card.href) { (card.title) } },
                        Level::H3 => h3 { a href=(card.href) { (card.title) } },
                    }
                    p.soft { (card.variant) }
                    p.facts {
                        (Kilometres(card.km_driven)) " · " (card.fuel) " · " (card.transmission) " · " (Owner(card.owner_number))
                    }
                    @if card.is_sold {
                        p.price { b { "Sold" } }
                    } @else {
                        p.price {
                            b { (Rupees(card.price_rupees)) }
                            @if let Some(drop) = card.price_drop_rupees { " " span.drop { "−" (Rupees(drop)) } }
                            " " span.soft { "EMI " (Rupees(card.emi_rupees)) }
                        }
                    }
                    p.foot {
                        (card.city)
                        @if let Some(score) = card.score { " · Score " b { (score) } "/100" }
                        @if let Some(verdict) = card.verdict { " " (verdict) }
                    }
                    (keep(card.id))
                }
            }
        }
        .render_to(out);
    }
}

/// What a script does with a car: put it on the shortlist, and beside others.
fn keep(id: u64) -> Markup {
    html! {
        button.icon hidden data-do="save" data-car=(id) aria-label="Save" aria-pressed="false" {}
        button.icon hidden data-do="compare" data-car=(id) aria-label="Compare" aria-pressed="false" {}
    }
}

/// A grid of cards below the first screen.
pub(crate) fn cards(cards: &[Card<'_>], level: Level) -> Markup {
    html! { ul.cards { @for card in cards { (item(card, level, Loading::Lazy)) } } }
}

/// One place in a grid. `first_photo` is about the photo that is seen; the others wait to be swiped to.
pub(crate) fn item(card: &Card<'_>, level: Level, first_photo: Loading) -> Markup {
    html! { li { (CardView { card, level, first_photo }) } }
}
