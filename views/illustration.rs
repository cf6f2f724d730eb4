//! Drawings that stand in for photos in the embedded demo: a car of the right shape and colour, from the
//! right side.
//!
//! Outside views are projected from one table of side profiles (`body`, `camera`, `exterior`), so that a body
//! type is a row and a view is an angle. Views of the inside and of parts (`cabin`, `closeup`) are drawn flat
//! and take their colours and proportions from the same rows. Every drawing is a standalone SVG document
//! without scripts, fonts or links, and the same words always give the same bytes.

mod body;
mod cabin;
mod camera;
mod closeup;
mod exterior;
mod paint;
pub mod share;

use body::Body;
use maud::{Markup, html};
use paint::Paint;

/// Shapes there is a drawing for; the words of `models.body_type`.
pub const BODY_TYPES: &[&str] = &["SUV", "Sedan", "Hatchback", "MUV", "Minivan", "Pickup", "Coupe"];

/// Paints there is a drawing for; the words of `cars.colour`.
pub const COLOURS: &[&str] = &["White", "Silver", "Grey", "Red", "Blue", "Black", "Brown", "Orange", "Green"];

/// What a photo shows; the words of `car_photos.kind`.
pub const VIEWS: &[&str] = &[
    "front-left",
    "dashboard",
    "rear-right",
    "front",
    "rear",
    "left",
    "right",
    "front-seats",
    "rear-seats",
    "odometer",
    "boot",
    "engine",
    "wheel",
    "roof",
    "console",
    "tyre",
    "key",
    "detail",
];

/// A standalone SVG document of 800 by 600. Words are compared without case; an unknown body is a hatchback,
/// an unknown colour silver, an unknown view the front left.
pub fn photo(body_type: &str, colour: &str, view: &str) -> String {
    let (body, paint) = (Body::named(body_type), Paint::named(colour));
    let scene = match view.to_ascii_lowercase().as_str() {
        "dashboard" => cabin::dashboard(body, paint),
        "front-seats" => cabin::front_seats(body, paint),
        "rear-seats" => cabin::rear_seats(body, paint),
        "odometer" => cabin::odometer(body, paint),
        "console" => cabin::console(body, paint),
        "boot" => closeup::boot(body, paint),
        "engine" => closeup::engine(body, paint),
        "wheel" => closeup::wheel(body, paint),
        "tyre" => closeup::tyre(body, paint),
        "key" => closeup::key(body, paint),
        "detail" => exterior::detail(body, paint),
        outside => exterior::outside(body, paint, outside),
    };
    html! { svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" { (scene) } }.into_string()
}

/// The site's icon, a standalone SVG document: a car under the roof of a forecourt.
pub fn icon() -> String {
    html! { svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" { (mark()) } }.into_string()
}

/// A standalone SVG document of 1200 by 630, to be made a picture of for links that are sent.
pub fn share(body_type: &str, colour: &str) -> String {
    share::car(Body::named(body_type), Paint::named(colour)).into_string()
}

/// The same of the site.
pub fn share_site() -> String {
    share::site().into_string()
}

/// The icon's shapes, 64 by 64.
fn mark() -> Markup {
    html! {
        rect width="64" height="64" rx="14" fill="#0b625c" {}
        path fill="#fff" d="M9 21 32 10l23 11v7H9zM12 32h6v22h-6zM46 32h6v22h-6z" {}
        path fill="#f0a020" d="M22 54V44l3.5-8h13l3.5 8v10h-5v-3H27v3z" {}
        path fill="#0b625c" d="M25.5 43.5 27.6 39h8.8l2.1 4.5z" {}
    }
}

/// A vertical gradient over the box of the shape it fills.
fn gradient(id: &str, top: &str, bottom: &str) -> Markup {
    html! {
        linearGradient id=(id) x2="0" y2="1" {
            stop stop-color=(top) {}
            stop offset="1" stop-color=(bottom) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_drawing_is_small_and_unlike_every_other() {
        let mut seen = HashMap::new();
        for body in BODY_TYPES {
            for colour in COLOURS {
                for view in VIEWS {
                    let drawing = photo(body, colour, view);
                    let name = format!("{body} {colour} {view}");
                    assert!(drawing.len() <= 5_600, "{name}: {} bytes", drawing.len());
                    assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{name}");
                    if let Some(other) = seen.insert(drawing, name.clone()) {
                        panic!("{name} looks like {other}");
                    }
                }
            }
        }
        assert_eq!(seen.len(), BODY_TYPES.len() * COLOURS.len() * VIEWS.len());
    }

    #[test]
    fn every_drawing_is_well_formed() {
        for body in BODY_TYPES {
            for view in VIEWS {
                check_well_formed(&photo(body, "Red", view));
            }
        }
        check_well_formed(&icon());
        check_well_formed(&share_site());
        for body in BODY_TYPES {
            check_well_formed(&share(body, "Red"));
        }
    }

    #[test]
    fn unknown_words_have_a_drawing_too() {
        assert_eq!(photo("suv", "RED", "Front"), photo("SUV", "Red", "front"));
        assert_eq!(photo("Tractor", "Mauve", "underneath"), photo("Hatchback", "Silver", "front-left"));
        assert_eq!(photo("", "", ""), photo("Hatchback", "Silver", "front-left"));
    }

    /// Elements nest, attributes are quoted and unique, text holds no markup. Enough for what maud can get
    /// wrong.
    fn check_well_formed(xml: &str) {
        let mut open = Vec::new();
        let mut rest = xml;
        while let Some(start) = rest.find('<') {
            assert!(!rest[..start].contains(['>', '&']), "stray character in text: {xml}");
            let end = start + rest[start..].find('>').expect("every tag ends");
            let tag = &rest[start + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{xml}");
                continue;
            }
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let quotes = attributes.matches('"').count();
            let mut names: Vec<_> =
                attributes.split('"').step_by(2).map(|text| text.trim().trim_end_matches('=')).collect();
            assert_eq!(quotes % 2, 0, "{tag}");
            assert_eq!(names.pop().unwrap_or(""), "", "no bare attributes: {tag}");
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "an attribute twice: {tag}");
            open.push(name);
        }
        assert!(open.is_empty() && rest.is_empty(), "{xml}");
    }
}
