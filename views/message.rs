//! Pages that say that something is not as asked for, and help the visitor on.

use crate::card::{Level, cards};
use crate::document::document;
use crate::props::{MissingPage, Shell};
use maud::{DOCTYPE, Markup, html};

/// 404: this address never was, or is no longer known.
pub fn not_found_page(shell: &Shell<'_>, missing: &MissingPage<'_>) -> Markup {
    missing_page(
        shell,
        missing,
        "Page not found",
        "This address does not lead to a page. The link may be mistyped or out of date.",
    )
}

/// 410: there was a car here, and it is gone for good.
pub fn gone_page(shell: &Shell<'_>, missing: &MissingPage<'_>) -> Markup {
    missing_page(
        shell,
        missing,
        "This car is no longer offered",
        "It has been taken off the forecourt. These have just come in.",
    )
}

/// 400, 405, 414, 500, and 503 while starting: `heading` says what happened, `text` what the visitor can do.
pub fn error_page(shell: &Shell<'_>, heading: &str, text: &str) -> Markup {
    document(shell, html! { div.wide { (message(heading, text)) } })
}

/// What [`busy_page`] looks like. Nothing in it has to be escaped.
const PLAIN: &str = ":root{color-scheme:light dark}\
body{margin:20vh auto;padding:0 1rem;max-width:32rem;font:1.125rem/1.5 system-ui,sans-serif;text-align:center}\
h1{font-size:1.5rem;line-height:1.2}\
a{color:inherit;display:inline-block;padding:.75rem 1.5rem;border:1px solid;border-radius:.875rem;text-decoration:none}";

/// 503 when there is no time for more: as few bytes as can be, with a stylesheet of its own.
pub fn busy_page(heading: &str, text: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-IN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (heading) }
                style { (PLAIN) }
            }
            body { main { h1 { (heading) } p { (text) } a href="" { "Try again" } } }
        }
    }
}

fn missing_page(shell: &Shell<'_>, missing: &MissingPage<'_>, heading: &str, text: &str) -> Markup {
    document(
        shell,
        html! {
            div.wide {
                (message(heading, text))
                (search(missing.makes))
                @if !missing.newest.is_empty() {
                    section aria-labelledby="newest" {
                        h2 #newest { "Newest cars" }
                        (cards(missing.newest, Level::H3))
                    }
                }
            }
        },
    )
}

/// The two things most people know when they look for a car.
fn search(makes: &[(&str, &str)]) -> Markup {
    html! {
        form.panel.find method="get" action="/cars" aria-label="Search" {
            label {
                "Make"
                select name="make" {
                    option value="" { "Any make" }
                    @for (word, name) in makes { option value=(word) { (name) } }
                }
            }
            label { "Budget up to ₹" input type="number" name="price_max" inputmode="numeric" min="0" step="50000" placeholder="8,00,000"; }
            button.button { "Search cars" }
        }
    }
}

/// Shown while there is no network. The service worker fills in the cars that were seen, from what it kept, or says that
/// a lead was kept.
pub fn offline_page(shell: &Shell<'_>) -> Markup {
    document(
        shell,
        html! {
            div.wide {
                div.message {
                    h1 { "You are offline" }
                    div.panel hidden data-unsent {
                        h2 { "Your enquiry is not sent yet" }
                        p { "It is kept on this device and sent as soon as there is a connection." }
                    }
                    p { "As soon as you are connected again, every car is here." }
                    p { a.button href="/cars" { "Try again" } }
                }
                ul data-kept {}
            }
        },
    )
}

fn message(heading: &str, text: &str) -> Markup {
    html! {
        div.message {
            h1 { (heading) }
            p { (text) }
            p { a.button href="/cars" { "See all cars" } }
        }
    }
}
