//! A car's own page, for sale or sold.
//!
//! For sale: photos and the summary with price and phone number first, then everything known about the car.
//! Sold: it says so at once, shows cars to buy instead, and only then what the car was; nothing there looks
//! as if it could be bought.

use crate::card::{Level, cards};
use crate::document::{document, recent};
use crate::format::{Day, IsoDay, Kilometres, Owner, Rupees};
use crate::gallery::gallery;
use crate::hub::{call_link, hub_section};
use crate::inspection::inspection_section;
use crate::photo::{Loading, Picture};
use crate::price::{history_section, price_line};
use crate::props::{CarPage, Card, Crumb, Shell};
use crate::specification::{features_section, specification_section};
use maud::{Markup, html};

pub fn car_page(shell: &Shell<'_>, car: &CarPage<'_>) -> Markup {
    document(
        shell,
        html! {
            div.wide {
                (breadcrumbs(car.breadcrumbs))
                div.car {
                    (gallery(car.photos))
                    (summary(car))
                    div.about {
                        @if let Some(inspection) = &car.inspection { (inspection_section(inspection)) }
                        (history_section(car))
                        (specification_section(car))
                        (features_section(car.features))
                        (hub_section(&car.hub))
                    }
                }
                (similar_section(car.similar))
                (recent())
            }
            div.bar {
                p { b { (Rupees(car.price_rupees)) } " " span.soft { (car.title) } }
                (call_link(&car.hub))
            }
        },
    )
}

pub fn sold_page(shell: &Shell<'_>, car: &CarPage<'_>) -> Markup {
    document(
        shell,
        html! {
            div.wide {
                (breadcrumbs(car.breadcrumbs))
                div.panel.sold {
                    @if let Some(photo) = car.photos.first() { (Picture(photo, Loading::First)) }
                    div {
                        p { strong.flag { "Sold" } @if let Some(day) = car.sold { " on " time datetime=(IsoDay(day)) { (Day(day)) } } }
                        h1 { (car.title) }
                        p.soft { (car.variant) }
                        p {
                            "This car has found its next owner."
                            @if !car.similar.is_empty() { " These are like it, and for sale." }
                        }
                    }
                }
                (similar_section(car.similar))
                div.about {
                    (specification_section(car))
                    (features_section(car.features))
                }
                p.more { a.button href="/cars" { "See all cars" } }
            }
        },
    )
}

/// What a buyer decides on: which car, how much, the facts that matter most, and whom to call.
fn summary(car: &CarPage<'_>) -> Markup {
    html! {
        div.panel.summary {
            h1 { (car.title) }
            p.soft { (car.variant) }
            (price_line(car))
            p.soft { "Price since " time datetime=(IsoDay(car.price_updated)) { (Day(car.price_updated)) } }
            ul.key {
                li { (Kilometres(car.km_driven)) }
                li { (car.fuel) }
                li { (car.transmission) }
                li { (Owner(car.owner_number)) }
                li { (car.hub.city) }
                @if let Some(inspection) = &car.inspection { li { a href="#inspection" { "Score " (inspection.score) "/100" } } }
            }
            (call_link(&car.hub))
            (actions(car.id))
            p.soft { (car.hub.name) ", open " (car.hub.opens_at) " to " (car.hub.closes_at) }
        }
    }
}

/// What a script does with the car of this page.
fn actions(id: u64) -> Markup {
    html! {
        div.actions {
            @for (action, label) in [("save", "Save"), ("compare", "Compare"), ("share", "Share")] {
                button hidden data-do=(action) data-car=(id) aria-pressed=[(action != "share").then_some("false")] { (label) }
            }
        }
    }
}

fn breadcrumbs(crumbs: &[Crumb<'_>]) -> Markup {
    html! {
        @if !crumbs.is_empty() {
            nav.crumbs aria-label="Breadcrumb" {
                ol {
                    @for crumb in crumbs {
                        li {
                            @match crumb.href {
                                Some(href) => a href=(href) { (crumb.name) },
                                None => span aria-current="page" { (crumb.name) },
                            }
                        }
                    }
                }
            }
        }
    }
}

fn similar_section(similar: &[Card<'_>]) -> Markup {
    html! {
        @if !similar.is_empty() {
            section aria-labelledby="similar" data-list="similar" {
                h2 #similar { "Similar cars" }
                (cards(similar, Level::H3))
            }
        }
    }
}
