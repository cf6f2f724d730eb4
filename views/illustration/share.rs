//! Pictures for where somebody has sent a link, 1200 by 630: a car over the whole width, with the site's mark. No text:
//! what draws them has no fonts.

use super::body::Body;
use super::paint::Paint;
use super::{exterior, mark};
use maud::{Markup, html};

pub const WIDTH: u32 = 1200;
pub const HEIGHT: u32 = 630;

/// The photo's part that has the car in it, in its own units.
const CROP: &str = "0 95 800 420";

pub(super) fn car(body: &Body, paint: &Paint) -> Markup {
    let badge = html! { g transform="translate(24 119)" { (mark()) } };
    document(CROP, &html! { (exterior::outside(body, paint, "front-left")) (badge) })
}

/// The site's own.
pub(super) fn site() -> Markup {
    let scene = html! {
        rect width="1200" height="630" fill="#0b625c" {}
        g transform="translate(408 91) scale(6)" { (mark()) }
        path fill="#0e7a72" d="M0 415h1200v215H0z" {}
    };
    document("0 0 1200 630", &scene)
}

fn document(view: &str, scene: &Markup) -> Markup {
    html! { svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(HEIGHT) viewBox=(view) { (scene) } }
}
