//! A car's own page, for sale or sold.
//!
//! For sale: photos and the summary with price and the ways to ask first, then everything known about the car.
//! Sold: it says so at once, shows cars to buy instead, and only then what the car was; nothing there looks
//! as if it could be bought.

use crate::card::{Level, cards};
use crate::document::{document, recent};
use crate::emi::calculator;
use crate::format::{Day, IsoDay, Kilometres, Owner, Rupees};
use crate::gallery::{gallery, thumbnails};
use crate::hub::{contact, hub_section};
use crate::inspection::inspection_section;
use crate::lead::{LeadForm, lead_form};
use crate::photo::{Loading, Picture};
use crate::price::{price_line, price_section};
use crate::props::{CarPage, Crumb, Shell, Shop};
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
                    (summary(car, &shell.shop))
                    (thumbnails(car.photos))
                    div.about {
                        @if let Some(inspection) = &car.inspection { (inspection_section(inspection)) }
                        (price_section(car))
                        (emi_section(car, &shell.shop))
                        (specification_section(car))
                        (features_section(car.features))
                        (hub_section(&car.hub))
                        section.panel aria-labelledby="enquire" {
                            h2 #enquire { "Ask about this car" }
                            (lead_form(&LeadForm::new(car.id, shell.shop.notice)))
                        }
                    }
                }
                (similar_section(car))
                (recent())
            }
            div.bar {
                p { b { (Rupees(car.price_rupees)) } " " span.soft { "EMI " (Rupees(shell.shop.loan.emi_from_rupees(car.price_rupees))) } }
                (contact(car, &shell.shop))
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
                    @if let Some(photo) = car.photos.first() { (Picture(photo, Loading::First, "(min-width:40em) 20rem,100vw")) }
                    div {
                        p { strong.tag.high { "Sold" } @if let Some(day) = car.sold { " on " time datetime=(IsoDay(day)) { (Day(day)) } } }
                        h1 { (car.title) }
                        p.soft { (car.variant) }
                        p {
                            "This car has found its next owner."
                            @if !car.similar.is_empty() { " These are like it, and for sale." }
                        }
                    }
                }
                (similar_section(car))
                div.about {
                    (specification_section(car))
                    (features_section(car.features))
                }
                p.more { a.button href="/cars" { "See all cars" } }
            }
        },
    )
}

/// What a buyer decides on: which car, how much, the facts that matter most, what is included, and how to ask.
fn summary(car: &CarPage<'_>, shop: &Shop<'_>) -> Markup {
    html! {
        div.panel.summary {
            h1 { (car.title) }
            p.soft { (car.variant) }
            (price_line(car, &shop.loan))
            ul.key {
                li { (Kilometres(car.km_driven)) }
                li { (car.fuel) }
                li { (car.transmission) }
                li { (Owner(car.owner_number)) }
                li { (car.hub.city) }
                @if let Some(inspection) = &car.inspection { li { a href="#inspection" { "Score " (inspection.score) "/100" } } }
            }
            div.contact { (contact(car, shop)) }
            (actions(car.id))
            (included(shop))
        }
    }
}

/// What the price includes, in the shop's words.
fn included(shop: &Shop<'_>) -> Markup {
    let promises = [("RC transfer", shop.transfer), ("Warranty", shop.warranty), ("Returns", shop.returns)];
    html! {
        @if promises.iter().any(|(_, text)| !text.is_empty()) {
            ul.ticks aria-label="Included in the price" {
                @for (name, text) in promises.iter().filter(|(_, text)| !text.is_empty()) {
                    li { b { (name) } " " (text) }
                }
            }
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

fn emi_section(car: &CarPage<'_>, shop: &Shop<'_>) -> Markup {
    let loan = &shop.loan;
    html! {
        section.panel aria-labelledby="emi" {
            h2 #emi { "What is it a month?" }
            (calculator(car.id, car.price_rupees, loan.down_rupees(car.price_rupees), loan.months, loan))
            p.soft { "At " (loan.rate_percent) " % a year. An example, not an offer: the bank decides about rate and amount." }
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

fn similar_section(car: &CarPage<'_>) -> Markup {
    html! {
        @if !car.similar.is_empty() {
            section aria-labelledby="similar" data-list="similar" {
                h2 #similar { "Similar cars" }
                @if !car.similar_reason.is_empty() { p.why { (car.similar_reason) } }
                (cards(car.similar, Level::H3))
            }
        }
    }
}
