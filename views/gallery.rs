//! All photos of a car in one strip that swipes, scrolls and takes arrow keys; the thumbnails below are links
//! to each photo.

use crate::photo::{Loading, Picture};
use crate::props::Photo;
use maud::{Markup, html};

pub(crate) fn gallery(photos: &[Photo<'_>]) -> Markup {
    html! {
        @if !photos.is_empty() {
            div.gallery {
                button.full hidden data-do="full" aria-label="Full screen" {}
                ol.shots tabindex="0" aria-label="Photos" {
                    @for (at, photo) in photos.iter().enumerate() {
                        li id={ "photo-" (at + 1) } {
                            (Picture(photo, if at == 0 { Loading::First } else { Loading::Lazy }))
                            span { (at + 1) "/" (photos.len()) }
                        }
                    }
                }
                @if photos.len() > 1 { (thumbnails(photos)) }
            }
        }
    }
}

fn thumbnails(photos: &[Photo<'_>]) -> Markup {
    html! {
        nav aria-label="Photos" {
            ol.thumbs {
                @for (at, photo) in photos.iter().enumerate() {
                    li {
                        a href={ "#photo-" (at + 1) } {
                            img src=(photo.src) alt={ "Photo " (at + 1) } width="80" height="60" loading="lazy";
                        }
                    }
                }
            }
        }
    }
}
