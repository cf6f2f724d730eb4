//! Structured data: what a page shows, once more for programs, as JSON-LD in the words of <https://schema.org>.
//!
//! It says nothing that the page does not show; a test reads both and compares. Views put it behind the visible content
//! and outside of `<main>`, so that the first packets and the fragments of client navigation go without.

use forecourt_views as views;
use serde::Serialize;

use crate::car::Details;

const CONTEXT: &str = "https://schema.org";

/// JSON of a car's page.
pub(super) fn car(page: &CarPage<'_>) -> String {
    let CarPage { car, sold, .. } = *page;
    let thing = Car {
        types: ["Product", "Car"],
        name: page.name,
        url: page.url,
        sku: page.id.to_string(),
        image: page.photos,
        brand: Brand { kind: "Brand", name: &car.make.name },
        model: &car.model.name,
        vehicle_configuration: &car.variant.name,
        vehicle_model_date: car.registration_year.to_string(),
        body_type: &car.model.body_type,
        fuel_type: &car.variant.fuel,
        vehicle_transmission: &car.variant.transmission,
        color: &car.colour,
        number_of_previous_owners: car.owner_number,
        mileage_from_odometer: Quantity {
            kind: "QuantitativeValue",
            value: car.km_driven,
            // UN/CEFACT's code of the kilometre.
            unit_code: "KMT",
        },
        offers: Offer {
            kind: "Offer",
            url: page.url,
            // The page of a sold car names no price.
            price: (!sold).then_some(car.price_rupees),
            price_currency: (!sold).then_some("INR"),
            item_condition: "https://schema.org/UsedCondition",
            availability: if sold { "https://schema.org/SoldOut" } else { "https://schema.org/InStock" },
            seller: (!sold).then(|| Dealer {
                kind: "AutoDealer",
                name: &car.hub.name,
                telephone: &car.hub.phone,
                address: &car.hub.address,
            }),
        },
    };
    graph((thing, breadcrumbs(page.base_url, page.crumbs)))
}

/// JSON of a listing's page: its cars in their order.
pub(super) fn listing(base_url: &str, cards: &[views::Card<'_>]) -> String {
    let items = cards.iter().zip(1..).map(|(card, position)| ListItem {
        kind: "ListItem",
        position,
        name: card.title,
        url: Some(format!("{base_url}{}", card.href)),
        item: None,
    });
    let list = List { kind: "ItemList", items: items.collect() };
    graph((list,))
}

/// What a car's page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct CarPage<'a> {
    pub(super) id: u64,
    pub(super) name: &'a str,
    /// The canonical address.
    pub(super) url: &'a str,
    pub(super) base_url: &'a str,
    pub(super) car: &'a Details,
    pub(super) sold: bool,
    /// Whole URLs.
    pub(super) photos: &'a [String],
    pub(super) crumbs: &'a [views::Crumb<'a>],
}

fn breadcrumbs<'a>(base_url: &str, crumbs: &'a [views::Crumb<'a>]) -> List<'a> {
    let items = crumbs.iter().zip(1..).map(|(crumb, position)| ListItem {
        kind: "ListItem",
        position,
        name: crumb.name,
        url: None,
        item: crumb.href.map(|href| format!("{base_url}{href}")),
    });
    List { kind: "BreadcrumbList", items: items.collect() }
}

fn graph(graph: impl Serialize) -> String {
    json(&Graph { context: CONTEXT, graph })
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON")
}

/// Several things that one page is about; a tuple is written as a list.
#[derive(Serialize)]
struct Graph<T> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@graph")]
    graph: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Car<'a> {
    #[serde(rename = "@type")]
    types: [&'static str; 2],
    name: &'a str,
    url: &'a str,
    sku: String,
    image: &'a [String],
    brand: Brand<'a>,
    model: &'a str,
    vehicle_configuration: &'a str,
    vehicle_model_date: String,
    body_type: &'a str,
    fuel_type: &'a str,
    vehicle_transmission: &'a str,
    color: &'a str,
    number_of_previous_owners: u8,
    mileage_from_odometer: Quantity,
    offers: Offer<'a>,
}

#[derive(Serialize)]
struct Brand<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quantity {
    #[serde(rename = "@type")]
    kind: &'static str,
    value: u32,
    unit_code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offer<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_currency: Option<&'static str>,
    item_condition: &'static str,
    availability: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seller: Option<Dealer<'a>>,
}

#[derive(Serialize)]
struct Dealer<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    telephone: &'a str,
    address: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "itemListElement")]
    items: Vec<ListItem<'a>>,
}

#[derive(Serialize)]
struct ListItem<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    position: usize,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<String>,
}
