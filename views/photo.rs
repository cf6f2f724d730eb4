//! A photo: its box is known before its bytes are, and only the one that is seen first loads first.

use crate::props::Photo;
use maud::{Render, html};

/// When the browser should fetch a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loading {
    /// The largest picture of the first screen: before everything else.
    First,
    /// On the first screen, but not the largest.
    Eager,
    Lazy,
}

/// With `sizes`: how wide it is shown, for browsers to choose a file by.
pub(crate) struct Picture<'a>(pub(crate) &'a Photo<'a>, pub(crate) Loading, pub(crate) &'static str);

impl Render for Picture<'_> {
    fn render_to(&self, out: &mut String) {
        let Self(photo, loading, sizes) = self;
        let lazy = *loading == Loading::Lazy;
        let img = html! {
            img src=(photo.src) alt=(photo.alt) width=(photo.width) height=(photo.height)
                fetchpriority=[(*loading == Loading::First).then_some("high")]
                loading=[lazy.then_some("lazy")];
        };
        match &photo.sets {
            None => img.render_to(out),
            Some([avif, webp]) => html! {
                picture {
                    source type="image/avif" srcset=(avif) sizes=(sizes);
                    source type="image/webp" srcset=(webp) sizes=(sizes);
                    (img)
                }
            }
            .render_to(out),
        }
    }
}
