//! Pages over small snapshots: when bytes are used again, and that what is rendered is HTML.

use std::sync::Arc;

use super::{Emi, PageCache, Settings, Site, Target};
use crate::car::{CarId, Document, Feature, Grade, Inspection, InspectionItem, PricePoint, State};
use crate::http::CacheResult;
use crate::http::Encoding;
use crate::keys::Keys;
use crate::listing::Query;
use crate::rank::tests::model;
use crate::snapshot::Snapshot;
use crate::snapshot::catalogue_tests::{details, document, live};

fn site() -> Site {
    let base_url = "https://cars.example".to_owned();
    let settings = Settings { base_url, similar_cars: 6, ..Settings::default() };
    Site::new(settings, Keys::new(&[[1; 32]]))
}

/// Thirty cars of one model at rising prices, the newest with the greatest id.
fn thirty() -> Snapshot {
    Snapshot::default()
        .with_model(Arc::new(model(1)))
        .with((1..=30).map(|id| live(id, 1, 100_000 + 1_000 * id as u32, id as i64)))
        .0
}

fn listing() -> Target {
    Target::Listing(Box::new(Query::parse("sort=newest", &site().keys).unwrap()))
}

fn car(id: u64) -> Target {
    Target::Car(CarId(id))
}

#[test]
fn bytes_are_used_again_until_a_car_they_show_changes() {
    let (site, pages, before) = (site(), PageCache::new(1 << 20), thirty());
    let result = |snapshot: &Snapshot, target| pages.get(&site, snapshot, &target, Encoding::Gzip.into()).1;
    for target in [listing(), car(1), car(99)] {
        assert_eq!(result(&before, target.clone()), CacheResult::Render, "{target:?}");
        assert_eq!(result(&before, target.clone()), CacheResult::Hit, "{target:?}");
    }
    // Car 16 is on none of these pages: car 1's similar cars are 2 to 7, the newest ten are 21 to 30. Its new price is on
    // the same side of the middle, and no bound of what such cars cost.
    let (after, _) = before.with([live(16, 2, 117_000, 16)]);
    for target in [listing(), car(1), car(99)] {
        assert_eq!(result(&after, target.clone()), CacheResult::Hit, "{target:?}");
    }
    let (after, _) = after.with([live(2, 3, 101_500, 2)]);
    assert_eq!(result(&after, car(1)), CacheResult::Render, "a similar car's price is on this page");
    assert_eq!(result(&after, listing()), CacheResult::Hit);
    let (after, _) = after.with([live(25, 4, 1, 25)]);
    assert_eq!(result(&after, listing()), CacheResult::Render);
    let (after, _) = after.with([document(16, 5, State::Hidden)]);
    assert_eq!(result(&after, listing()), CacheResult::Render, "the total is on this page");
}

#[test]
fn what_is_said_about_a_price_follows_the_prices_of_others() {
    let (site, pages, before) = (site(), PageCache::new(1 << 20), thirty());
    let html = |snapshot: &Snapshot, target: Target| {
        let page = pages.get(&site, snapshot, &target, Encoding::Identity.into()).0;
        String::from_utf8(page.body.to_vec()).unwrap()
    };
    assert!(html(&before, car(1)).contains("₹14,000 below the middle"), "of 1,01,000 to 1,30,000");
    assert!(html(&before, listing()).contains("High price"), "1,30,000 is the highest");
    // None of these cars is on either page: they are neither similar nor new.
    let (after, _) = before.with((10..=20).map(|id| live(id, 2, 200_000, id as i64)));
    assert!(html(&after, car(1)).contains("₹25,000 below the middle"));
    assert!(!html(&after, listing()).contains("High price"));
    assert!(html(&before, listing()).contains("High price"), "older bytes are not taken for these");
}

#[test]
fn pages_of_cars_that_the_address_names_show_what_is_there_of_them() {
    let (site, pages) = (site(), PageCache::new(1 << 20));
    let (snapshot, _) = thirty().with([rich(41, true), document(42, 1, State::Hidden)]);
    let html = |target: Target| {
        let page = pages.get(&site, &snapshot, &target, Encoding::Identity.into()).0;
        let html = String::from_utf8(page.body.to_vec()).unwrap();
        assert_eq!(scraper::Html::parse_document(&html).errors, Vec::<String>::new(), "{target:?}");
        assert!(html.contains(r#"<meta name="robots" content="noindex">"#), "{target:?}");
        html
    };
    let ids = |ids: &[u64]| ids.iter().map(|id| CarId(*id)).collect::<Vec<_>>();
    let page = html(Target::Shortlist(ids(&[3, 99, 41, 42, 5])));
    assert_eq!(page.matches("<article").count(), 3);
    assert!(page.contains("/compare?ids=3,41,5") && page.contains("Sold"));
    let page = html(Target::Compare(ids(&[3, 99, 5])));
    assert!(page.contains("₹1,03,000") && page.contains("/compare?ids=3\"") && page.contains("lowest"));
    assert!(html(Target::Compare(Vec::new())).contains("No cars to compare yet"));
    let emi = |car, down_rupees, months| html(Target::Emi(Emi { car: CarId(car), down_rupees, months }));
    assert!(emi(3, Some(3_000), Some(10)).contains("₹10,000 a month for 10 months"), "without interest");
    assert!(emi(41, None, None).contains("Page not found"), "sold");
}

#[test]
fn bytes_of_one_generation_are_not_served_in_an_older_one() {
    let (site, pages, before) = (site(), PageCache::new(1 << 20), thirty());
    let (after, _) = before.with([live(1, 2, 50_000, 1)]);
    let html = |snapshot: &Snapshot| {
        let page = pages.get(&site, snapshot, &car(1), Encoding::Identity.into()).0;
        String::from_utf8(page.body.to_vec()).unwrap()
    };
    assert!(html(&after).contains("₹50,000"));
    assert!(html(&before).contains("₹1,01,000") && !html(&before).contains("₹50,000"));
    assert!(html(&after).contains("₹50,000"));
}

#[test]
fn a_car_that_comes_back_is_not_taken_for_the_page_it_had_while_it_was_hidden() {
    let (site, pages) = (site(), PageCache::new(1 << 20));
    let status = |snapshot: &Snapshot, id| {
        pages.get(&site, snapshot, &car(id), Encoding::Gzip.into()).0.status.as_u16()
    };
    let (hidden, _) = thirty().with([document(5, 2, State::Hidden)]);
    assert_eq!([status(&hidden, 5), status(&hidden, 99)], [404, 404]);
    let (back, _) = hidden.with([live(5, 3, 100_000, 5)]);
    assert_eq!(status(&back, 99), 404, "the page of all that are missing is current in this generation");
    assert_eq!(status(&back, 5), 200);
}

fn rich(id: u64, sold: bool) -> Arc<Document> {
    let mut car = details(904_000, 1_700_000_000);
    car.features = [("Safety", "ABS"), ("Comfort", "Sunroof"), ("Safety", "EBD")]
        .map(|(group, name)| Feature { group: group.into(), name: name.into() })
        .into();
    car.price_history = [1_003_500, 904_000]
        .map(|price_rupees| PricePoint { changed_at: car.listed_at, price_rupees })
        .into();
    let item = |grade, note: &str| InspectionItem {
        section: "Engine".into(),
        item: "Belt".into(),
        grade,
        note: note.into(),
    };
    car.inspection = Some(Inspection {
        inspected_at: car.listed_at,
        inspector: "Inspector 13".into(),
        score: 90,
        items: vec![
            item(Grade::Pass, ""),
            item(Grade::Minor, "Tread < 3 mm & \"worn\""),
            item(Grade::Major, "x"),
        ],
    });
    let state = if sold { State::Sold(Box::new(car)) } else { State::Live(Box::new(car)) };
    document(id, 1, state)
}

#[test]
fn every_page_is_html_without_parse_errors() {
    let (site, pages) = (site(), PageCache::new(1 << 20));
    let (snapshot, _) = thirty().with([rich(40, false), rich(41, true), document(42, 1, State::Deleted)]);
    let empty = Snapshot::default();
    let first = pages.get(&site, &snapshot, &listing(), Encoding::Identity.into()).0;
    let (_, cursor) = std::str::from_utf8(&first.body).unwrap().split_once("after=").unwrap();
    let query = format!("sort=newest&after={}", cursor.split_once('"').unwrap().0);
    let next = Query::parse(&query, &site.keys).unwrap();
    for (snapshot, target, expected) in [
        (&snapshot, listing(), "rel=\"next\""),
        (&snapshot, Target::Listing(Box::new(next)), "rel=\"next\""),
        (&empty, listing(), "role=\"status\""),
        (&snapshot, car(40), "Tread &lt; 3 mm &amp; &quot;worn&quot;"),
        (&snapshot, car(41), "Sold"),
        (&snapshot, car(42), "<article"),
        (&snapshot, car(99), "<article"),
        (&empty, car(99), "<h1"),
        (&snapshot, Target::Offline, "offline"),
    ] {
        let page = pages.get(&site, snapshot, &target, Encoding::Identity.into()).0;
        let html = std::str::from_utf8(&page.body).unwrap();
        let parsed = scraper::Html::parse_document(html);
        assert_eq!(parsed.errors, Vec::<String>::new(), "{target:?}");
        assert!(html.contains(expected), "{target:?} lacks {expected}");
    }
}

#[test]
fn a_listing_shows_ten_cards_with_one_link_each_and_the_total() {
    let (site, pages) = (site(), PageCache::new(1 << 20));
    let page = pages.get(&site, &thirty(), &listing(), Encoding::Identity.into()).0;
    let html = scraper::Html::parse_document(std::str::from_utf8(&page.body).unwrap());
    let select = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let links: Vec<_> =
        html.select(&select("article :is(h2, h3) a")).map(|a| a.attr("href").unwrap()).collect();
    assert_eq!(links.len(), 10);
    assert!(links[0].starts_with("/car/2019-renault-duster-") && links[0].ends_with("-30"), "{}", links[0]);
    assert_eq!(html.select(&select("article a")).count(), 10);
    assert_eq!(html.select(&select("article")).next().unwrap().select(&select("img")).count(), 1);
    let status: String = html.select(&select("[role=status]")).next().unwrap().text().collect();
    assert!(status.contains("30"), "{status}");
    assert_eq!(html.select(&select("a[rel=next]")).count(), 1);
}
