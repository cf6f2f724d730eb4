//! A page, its structured data and the feeds say the same of a car, for every car of a generated catalogue; read by
//! parsers that know nothing of how they were written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use forecourt_views::format;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use super::exchange::{BASE, Origin, Reply};
use crate::car::{CarId, Document, State, Version};
use crate::change::Reach;
use crate::lifecycle::Phase;
use crate::projector::assemble;
use crate::seed;
use crate::source::Source as _;
use crate::source::catalogue::{BUILT_IN, Catalogue};
use crate::source::sqlite::SqliteSource;

/// A generated catalogue's cars, as the projector makes them.
fn generated(cars: u32) -> Vec<Arc<Document>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalogue.sqlite");
    seed::ensure_generated(&path, cars, false).unwrap();
    let catalogue = Arc::new(Catalogue::parse("built in", BUILT_IN).unwrap());
    let mut source = SqliteSource::open(&path, catalogue).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let ids = source.car_ids().await.unwrap();
        let fetched = source.fetch(&ids, &Reach::default()).await.unwrap();
        let document = |&id: &CarId| {
            let state = assemble::assemble(id, &fetched).unwrap().unwrap();
            Arc::new(Document { id, version: Version { epoch: 1, sequence: 1 }, state })
        };
        ids.iter().map(document).collect()
    })
}

fn origin(documents: &[Arc<Document>]) -> Origin {
    let origin = Origin::starting().with(documents.iter().cloned());
    origin.shared.lifecycle.enter(Phase::Ready);
    origin
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// What an element shows, white space made one.
fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The things of a page's structured data, by type.
fn things(page: &Html) -> HashMap<String, Value> {
    let blocks = select(page, "script[type='application/ld+json']");
    assert_eq!(blocks.len(), 1);
    assert!(select(page, "main script").is_empty(), "fragments would carry it");
    let data: Value = serde_json::from_str(&blocks[0].text().collect::<String>()).unwrap();
    assert_eq!(data["@context"], "https://schema.org");
    let named = |thing: &Value| {
        let name = if thing["@type"].is_array() { &thing["@type"][1] } else { &thing["@type"] };
        (name.as_str().unwrap().to_owned(), thing.clone())
    };
    data["@graph"].as_array().unwrap().iter().map(named).collect()
}

fn parsed(page: &Reply) -> Html {
    let html = Html::parse_document(&page.text());
    assert_eq!(html.errors, Vec::<String>::new());
    html
}

/// The first amount that the page shows behind its heading.
fn price_shown(main: &str, title: &str) -> u32 {
    let (_, after) = main.split_once(title).unwrap();
    let (_, amount) = after.split_once('₹').unwrap();
    let digits: String =
        amount.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().unwrap()
}

#[test]
fn structured_data_says_of_every_car_what_its_page_shows() {
    let documents = generated(150);
    let origin = origin(&documents);
    for document in &documents {
        let Some(car) = document.state.details() else { continue };
        let reply = origin.get(&format!("/car/{}", document.id));
        let page = parsed(&reply);
        let things = things(&page);
        let thing = &things["Car"];
        let main = text(select(&page, "main")[0]);
        let shows = |value: &Value| {
            let value = value.as_str().unwrap();
            assert!(main.contains(value), "{} does not show {value}", document.id);
        };
        assert_eq!(thing["@type"], serde_json::json!(["Product", "Car"]));
        let heading = text(select(&page, "h1")[0]);
        assert_eq!(thing["name"], format!("{heading} {}", car.variant.name));
        for key in [
            "model",
            "vehicleConfiguration",
            "vehicleModelDate",
            "bodyType",
            "fuelType",
            "vehicleTransmission",
            "color",
        ] {
            shows(&thing[key]);
        }
        shows(&thing["brand"]["name"]);
        let km = thing["mileageFromOdometer"]["value"].as_u64().unwrap();
        assert_eq!(thing["mileageFromOdometer"]["unitCode"], "KMT");
        shows(&format::kilometres(km.try_into().unwrap()).into());
        let owner = u8::try_from(thing["numberOfPreviousOwners"].as_u64().unwrap()).unwrap();
        shows(&format::owner(owner).into());

        let address = select(&page, "link[rel=canonical]")[0].attr("href").unwrap();
        let offer = &thing["offers"];
        assert!(thing["url"] == address && offer["url"] == address);
        assert_eq!(offer["itemCondition"], "https://schema.org/UsedCondition");
        let sold = matches!(document.state, State::Sold(_));
        if sold {
            assert!(offer["availability"] == "https://schema.org/SoldOut" && offer.get("price").is_none());
        } else {
            assert_eq!(offer["availability"], "https://schema.org/InStock");
            assert_eq!(offer["priceCurrency"], "INR");
            assert_eq!(offer["price"], price_shown(&main, &heading));
            assert_eq!(offer["price"], car.price_rupees);
            shows(&offer["seller"]["name"]);
            shows(&offer["seller"]["address"]);
            let telephone = format!("tel:{}", offer["seller"]["telephone"].as_str().unwrap());
            assert!(select(&page, "main a[href]").iter().any(|a| a.attr("href") == Some(&telephone)));
        }

        let shown: BTreeSet<_> =
            select(&page, "main img").iter().map(|img| whole(img.attr("src").unwrap())).collect();
        let named = thing["image"].as_array().unwrap();
        assert!(!named.is_empty() && (sold || named.len() == car.photos.len()));
        assert!(named.iter().all(|image| shown.contains(image.as_str().unwrap())), "{}", document.id);

        let crumbs: Vec<_> = select(&page, "nav.crumbs li").into_iter().map(text).collect();
        let links: Vec<_> =
            select(&page, "nav.crumbs a").iter().map(|a| whole(a.attr("href").unwrap())).collect();
        let items = things["BreadcrumbList"]["itemListElement"].as_array().unwrap();
        let of = |key: &str| {
            items.iter().filter_map(|item| item[key].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!((of("name"), of("item")), (crumbs, links));
        assert!(items.iter().zip(1..).all(|(item, position)| item["position"] == position));
    }
}

fn whole(address: &str) -> String {
    if address.starts_with('/') { format!("{BASE}{address}") } else { address.to_owned() }
}

#[test]
fn a_listing_names_the_cars_of_its_page_in_their_order() {
    let origin = origin(&generated(40));
    let first = origin.get("/cars");
    for path in ["/cars".to_owned(), first.all("rel=\"next\" href=\"").remove(0)] {
        let page = parsed(&origin.get(&path));
        let list = things(&page)["ItemList"]["itemListElement"].clone();
        let named: Vec<_> =
            list.as_array().unwrap().iter().map(|item| item["url"].as_str().unwrap().to_owned()).collect();
        let shown: Vec<_> =
            select(&page, "article :is(h2, h3) a").iter().map(|a| whole(a.attr("href").unwrap())).collect();
        assert!(named.len() == 10 && named == shown, "{path}");
    }
    let none = parsed(&origin.get("/cars?make=nobody"));
    assert!(select(&none, "script[type='application/ld+json']").is_empty());
}

/// A feed's rows by the names of its columns.
fn rows(feed: &[u8], delimiter: u8) -> Vec<HashMap<String, String>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(feed)
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn feeds_say_of_every_live_car_what_its_page_says() {
    let documents = generated(150);
    let origin = origin(&documents);
    let live: Vec<_> = documents.iter().filter(|document| matches!(document.state, State::Live(_))).collect();
    let google = rows(&origin.get("/feeds/google.tsv").body, b'\t');
    let meta = rows(&origin.get("/feeds/meta.csv").body, b',');
    assert_eq!((google.len(), meta.len()), (live.len(), live.len()));
    for ((document, google), meta) in live.into_iter().zip(&google).zip(&meta) {
        assert_eq!(
            (&google["id"], &meta["vehicle_id"]),
            (&document.id.to_string(), &document.id.to_string())
        );
        let reply = origin.get(google["link"].strip_prefix(BASE).unwrap());
        let page = parsed(&reply);
        let thing = things(&page).remove("Car").unwrap();
        let canonical = select(&page, "link[rel=canonical]")[0].attr("href").unwrap();
        assert_eq!((google["link"].as_str(), meta["url"].as_str()), (canonical, canonical));
        let heading = text(select(&page, "h1")[0]);
        let price = format!("{} INR", price_shown(&text(select(&page, "main")[0]), &heading));
        assert_eq!((&google["price"], &meta["price"]), (&price, &price));
        assert_eq!(format!("{} INR", thing["offers"]["price"]), price);
        let km = &thing["mileageFromOdometer"]["value"];
        assert_eq!((&google["mileage"], &meta["mileage.value"]), (&format!("{km} km"), &km.to_string()));
        for (key, in_google, in_meta) in [
            ("name", "title", "title"),
            ("model", "model", "model"),
            ("vehicleConfiguration", "trim", "trim"),
            ("vehicleModelDate", "year", "year"),
            ("color", "color", "exterior_color"),
        ] {
            assert_eq!(thing[key], google[in_google].as_str(), "{key}");
            assert_eq!(thing[key], meta[in_meta].as_str(), "{key}");
        }
        assert_eq!(thing["brand"]["name"], google["brand"].as_str());
        assert_eq!(thing["brand"]["name"], meta["make"].as_str());
        let description = select(&page, "meta[name=description]")[0].attr("content").unwrap();
        assert_eq!(
            (google["description"].as_str(), meta["description"].as_str()),
            (description, description)
        );
        assert_eq!((google["condition"].as_str(), meta["availability"].as_str()), ("used", "AVAILABLE"));
        let picture = select(&page, "meta[property='og:image']")[0].attr("content").unwrap();
        assert_eq!((google["image_link"].as_str(), meta["image[0].url"].as_str()), (picture, picture));
    }
}

#[test]
fn a_link_that_is_sent_says_which_car_for_how_much_and_shows_it() {
    let documents = generated(30);
    let origin = origin(&documents);
    for document in &documents {
        let State::Live(car) = &document.state else { continue };
        let page = parsed(&origin.get(&format!("/car/{}", document.id)));
        let of = |name: &str| {
            select(&page, &format!("meta[property='og:{name}']"))[0].attr("content").unwrap().to_owned()
        };
        let title = format!(
            "{} {}, {} - {}",
            car.title(),
            car.variant.name,
            format::kilometres(car.km_driven),
            format::lakh(car.price_rupees.into())
        );
        assert_eq!(
            (of("title"), of("image:width"), of("image:height")),
            (title, "1200".into(), "630".into())
        );
        assert!(of("image:alt").contains(&car.title()));
        let picture = origin.get(of("image").strip_prefix(BASE).unwrap());
        assert_eq!(picture.header("content-type"), Some(of("image:type").as_str()));
        assert_eq!(&picture.body[..4], b"\x89PNG");
    }
}
