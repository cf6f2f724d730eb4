//! All photos of a car in one strip that swipes, scrolls and takes arrow keys; thumbnails are links to each photo, and
//! each photo is a link to the large one.
//!
//! On a phone the thumbnails come after the price: they would cost the first screen five requests, and the price its place.

use crate::photo::{Loading, Picture};
use crate::props::{Grade, Photo, View};
use maud::{Markup, html};

/// Thumbnails that a phone shows; the last one says how many more there are.
const SHOWN: usize = 10;

pub(crate) fn gallery(photos: &[Photo<'_>]) -> Markup {
    html! {
        @if !photos.is_empty() {
            div.gallery {
                ol.shots tabindex="0" aria-label="Photos" {
                    @for (at, photo) in photos.iter().enumerate() {
                        li id={ "photo-" (at + 1) } {
                            a href=(photo.large) { (Picture(photo, if at == 0 { Loading::First } else { Loading::Lazy }, SIZES)) }
                            @if let Some((grade, text)) = &photo.flaw { p.flaw { b { (word(*grade)) } " " (text) } }
                            span { (at + 1) "/" (photos.len()) }
                        }
                    }
                }
                button.full.icon hidden data-do="full" aria-label="Full screen" {}
            }
        }
    }
}

/// The strip is as wide as the screen, or as the larger column.
const SIZES: &str = "(min-width:64em) 54rem,100vw";

fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Pass => "Pass",
        Grade::Minor => "Minor flaw",
        Grade::Major => "Major flaw",
    }
}

/// Links to the first photo of each kind, where there are several.
fn tabs(photos: &[Photo<'_>]) -> Markup {
    let first = |is_one: &dyn Fn(&Photo<'_>) -> bool| photos.iter().position(is_one);
    let tabs = [
        ("Outside", first(&|photo| photo.of == View::Outside)),
        ("Inside", first(&|photo| photo.of == View::Inside)),
        ("Details", first(&|photo| photo.of == View::Detail)),
        ("Flaws", first(&|photo| photo.flaw.is_some())),
    ];
    let tabs: Vec<_> = tabs.into_iter().filter_map(|(name, at)| Some((name, at? + 1))).collect();
    html! {
        @if tabs.len() > 1 { p.links { @for (name, number) in tabs { a href={ "#photo-" (number) } { (name) } } } }
    }
}

pub(crate) fn thumbnails(photos: &[Photo<'_>]) -> Markup {
    let more =
        |at: usize| (at + 1 == SHOWN && photos.len() > SHOWN).then(|| format!("+{}", photos.len() - SHOWN));
    html! {
        @if photos.len() > 1 {
            nav.thumbs aria-label="Photos" {
                (tabs(photos))
                @for (at, photo) in photos.iter().enumerate() {
                    a href={ "#photo-" (at + 1) } data-more=[more(at)] {
                        img src=(photo.small) alt={ "Photo " (at + 1) } width="80" height="60" loading="lazy";
                    }
                }
            }
        }
    }
}
