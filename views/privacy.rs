//! The privacy notice: what is kept of a visitor, each item with its purpose and its time.
//!
//! Leads carry the notice's version and a hash of its text, so that it can be told years later what somebody agreed to.
//! Changing a word here changes the hash; a change of meaning gets a new [`NOTICE_VERSION`].

use crate::document::document;
use crate::props::Shell;
use maud::{Markup, html};

/// When it was last changed in meaning.
pub const NOTICE_VERSION: &str = "2026-11";

/// What, what for, how long.
const ITEMS: [(&str, &str, &str); 5] = [
    (
        "Mobile number, and your name if you give it",
        "To call you back about the car you asked about, and to arrange a test drive if you want one.",
        "Until the sale is settled or you withdraw, two years at most.",
    ),
    (
        "The boxes you ticked, when, and the version of this notice",
        "To show what you agreed to.",
        "As long as the number.",
    ),
    (
        "The car you asked about, the page you sent the form from, and the advertisement you came by",
        "To know which car it is about and which advertisements bring people to us.",
        "As long as the number.",
    ),
    (
        "Up to sixteen cars you looked at, in a cookie on your own device",
        "To show cars like them first. It holds no name and no number.",
        "One year, or until you delete it.",
    ),
    ("Your number for offers on WhatsApp", "Only if you ticked that box.", "Until you withdraw."),
];

/// The notice itself. `contact`: who answers for it; may be empty.
pub fn notice(contact: &str) -> Markup {
    html! {
        p { "This says what we keep of you, why, and how you take it back. It is meant to be read before you send us anything." }
        @for (what, why, how_long) in ITEMS {
            section {
                h2 { (what) }
                p { (why) }
                p.soft { "Kept: " (how_long) }
            }
        }
        section {
            h2 { "Who gets it" }
            p { "The people at the hub where the car stands, and those who run this site for us. We sell it to nobody." }
        }
        section {
            h2 { "Your rights" }
            p { "You may see what we keep, have it put right or deleted, name somebody to act for you, and complain to us and then to the Data Protection Board of India." }
            p { "Consent is as easily taken back as given: " a href="/privacy/withdraw" { "withdraw with your number" } "." }
            @if contact.is_empty() { p { "Ask at any hub, or by the phone number on any car's page." } }
            @else { p { "Who answers for this: " (contact) } }
        }
    }
}

/// `version` is what leads carry.
pub fn privacy_page(shell: &Shell<'_>, contact: &str, version: &str) -> Markup {
    document(
        shell,
        html! {
            div.wide.message.notice {
                h1 { "Privacy notice" }
                p.soft { "Version " (version) }
                (notice(contact))
            }
        },
    )
}
