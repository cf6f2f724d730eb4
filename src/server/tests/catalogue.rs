//! How pages follow the catalogue: what is rendered anew and what is not, a car's life, equal snapshots.

use super::exchange::{AS_OF_MS, DELETED, HIDDEN, N_LIVE, Origin, SOLD};
use crate::car::State;
use crate::http::Encoding;
use crate::snapshot::catalogue_tests::{details, document, live};

const HIT: Option<&str> = Some("forecourt; hit");
const RENDER: Option<&str> = Some("forecourt; fwd=miss; detail=render");

#[test]
fn a_car_page_is_rendered_again_when_it_or_a_similar_car_has_changed_and_only_then() {
    let mut origin = Origin::ready();
    let first = origin.get("/car/7");
    assert_eq!((first.header("cache-status"), first.header("forecourt-version")), (RENDER, Some("1.7")));
    assert!(first.text().contains("1,07,000"));
    assert_eq!(origin.get("/car/7").header("cache-status"), HIT);

    origin.publish([live(7, 50, 98_765, 7)]);
    let changed = origin.get("/car/7");
    assert_eq!((changed.header("cache-status"), changed.header("forecourt-version")), (RENDER, Some("1.50")));
    assert!(changed.text().contains("98,765") && !changed.text().contains("1,07,000"));
    assert_ne!(changed.header("etag"), first.header("etag"));

    // One of the similar cars gets another price.
    let text = changed.text();
    let (_, neighbour) = text.split_once("<h3><a href=\"/car/").unwrap();
    let neighbour = neighbour.split_once('"').unwrap().0.rsplit_once('-').unwrap().1.parse().unwrap();
    origin.publish([live(neighbour, 51, 99_123, neighbour as i64)]);
    let similar = origin.get("/car/7");
    assert_eq!((similar.header("cache-status"), similar.header("forecourt-version")), (RENDER, Some("1.50")));
    assert!(similar.text().contains("99,123"));

    // Nothing the page shows has changed.
    origin.publish([document(HIDDEN, 52, State::Deleted)]);
    assert_eq!(origin.get("/car/7").header("cache-status"), HIT);

    // An older version that comes late changes nothing.
    origin.publish([live(7, 49, 1, 7)]);
    let late = origin.get("/car/7");
    assert_eq!((late.header("forecourt-version"), &late.body), (Some("1.50"), &similar.body));
}

#[test]
fn a_listing_is_rendered_again_when_a_card_or_the_number_of_cars_changes() {
    let mut origin = Origin::ready();
    let path = "/cars?sort=newest";
    assert!(origin.get(path).text().contains("<p role=\"status\">25 cars</p>"));
    assert_eq!(origin.get(path).header("cache-status"), HIT);
    origin.publish([live(N_LIVE, 60, 111_111, N_LIVE as i64)]);
    let repriced = origin.get(path);
    assert_eq!(repriced.header("cache-status"), RENDER);
    assert!(repriced.text().contains("1,11,111"));
    // Car 1 is on the last page, but it counts on the first.
    origin.publish([document(1, 61, State::Hidden)]);
    assert!(origin.get(path).text().contains("<p role=\"status\">24 cars</p>"));
    origin.publish([document(DELETED, 62, State::Deleted)]);
    assert_eq!(origin.get(path).header("cache-status"), HIT);
}

/// A car of another make and price.
fn kia(id: u64, sequence: u64, name: &str, price: u32) -> std::sync::Arc<crate::car::Document> {
    let mut car = details(price, id as i64);
    (car.make.name, car.make.slug) = (name.into(), "kia".into());
    document(id, sequence, State::Live(Box::new(car)))
}

#[test]
fn what_to_do_when_nothing_is_found_follows_the_prices() {
    let mut origin = Origin::ready();
    let path = "/cars?make=kia&price_max=100000";
    origin.publish([kia(200, 200, "Kia", 200_000)]);
    let (before, again) = (origin.get(path), origin.get(path));
    assert!(before.text().contains("Raise the budget by ₹1,00,000"), "{}", before.text());
    assert_eq!(again.header("cache-status"), HIT);
    origin.publish([kia(200, 201, "Kia", 300_000)]);
    assert!(origin.get(path).text().contains("Raise the budget by ₹2,00,000"));
}

#[test]
fn a_make_that_is_renamed_is_called_so_everywhere() {
    let mut origin = Origin::ready();
    let path = "/cars?make=kia";
    origin.publish([kia(200, 200, "Kia", 200_000), kia(201, 201, "Kia", 200_000)]);
    assert!(origin.get(path).text().contains("Used Kia cars"));
    origin.publish([kia(200, 202, "Kia Motors", 200_000)]);
    assert!(
        origin.get(path).text().contains("Used Kia cars"),
        "as most spell it, or the first of the alphabet"
    );
    origin.publish([kia(201, 203, "Kia Motors", 200_000)]);
    assert!(origin.get(path).text().contains("Used Kia Motors cars"));
    assert!(origin.get("/cars").text().contains("Kia Motors"));
}

#[test]
fn the_listing_leads_to_every_live_car_once() {
    let origin = Origin::ready();
    let mut path = "/cars".to_owned();
    let mut cars = Vec::new();
    loop {
        let page = origin.get(&path);
        let on_page = page.all("<h2><a href=\"/car/");
        assert!(on_page.len() <= 10);
        cars.extend(on_page.into_iter().map(|slug| slug.rsplit('-').next().unwrap().parse::<u64>().unwrap()));
        let Some(next) = page.all("rel=\"next\" href=\"").pop() else { break };
        path = next;
    }
    cars.sort_unstable();
    assert_eq!(cars, (1..=N_LIVE).collect::<Vec<_>>());
}

#[test]
fn a_car_is_sold_hidden_and_deleted() {
    let mut origin = Origin::ready();
    let in_listing = |origin: &Origin| origin.get("/cars?sort=newest").text().contains("-25\"");
    let page = origin.get("/car/25");
    assert!(page.status == 200 && page.text().contains("Price since") && in_listing(&origin));

    origin.publish([document(25, 70, State::Sold(Box::new(details(125_000, 25))))]);
    let page = origin.get("/car/25");
    assert!(page.status == 200 && page.text().contains("found its next owner") && !in_listing(&origin));
    assert_eq!(page.header("forecourt-version"), Some("1.70"));

    origin.publish([document(25, 71, State::Hidden)]);
    let hidden = origin.get("/car/25");
    assert_eq!((hidden.status.as_u16(), hidden.header("forecourt-version")), (404, None));

    origin.publish([document(25, 72, State::Deleted)]);
    let gone = origin.get("/car/25");
    assert_eq!((gone.status.as_u16(), gone.header("forecourt-version")), (410, None));

    origin.publish([live(25, 73, 125_000, 25)]);
    assert!(origin.get("/car/25").status == 200 && in_listing(&origin));
}

#[test]
fn a_hidden_and_an_unknown_car_cannot_be_told_apart() {
    let origin = Origin::ready();
    assert_eq!(origin.get(&format!("/car/{HIDDEN}")).body, origin.get("/car/98765").body);
    assert_eq!(origin.get(&format!("/car/{HIDDEN}")).body, origin.get("/nowhere").body);
}

#[test]
fn equal_snapshots_give_identical_bytes() {
    let one = Origin::ready();
    // The same documents on other ways: one by one, and over older versions.
    let mut other = Origin::starting();
    for id in (1..=N_LIVE).rev() {
        other.publish([live(id, 0, 1, 99)]);
        other.publish([live(id, id, 100_000 + 1_000 * id as u32, id as i64)]);
    }
    let ready = Origin::ready();
    let rest = [SOLD, HIDDEN, DELETED]
        .map(|id| ready.shared.snapshots.load().get(crate::car::CarId(id)).cloned().unwrap());
    other.publish(rest);
    other.set_as_of(AS_OF_MS);
    other.shared.lifecycle.enter(crate::lifecycle::Phase::Ready);

    let next = one.get("/cars").all("rel=\"next\" href=\"")[0].clone();
    let cars = (1..=N_LIVE).chain([SOLD, HIDDEN, DELETED]).map(|id| format!("/car/{id}"));
    let fixed = ["/cars", next.as_str(), "/offline", "/robots.txt", "/manifest.webmanifest", "/sitemap.xml"];
    for path in cars.chain(fixed.map(str::to_owned)) {
        for encoding in Encoding::ALL {
            let (a, b) = (one.get_in(&path, encoding), other.get_in(&path, encoding));
            assert_eq!(a.status, b.status, "{path}");
            // What is not kept is tagged by each process for itself.
            assert!(path == "/sitemap.xml" || a.header("etag") == b.header("etag"), "{path}");
            assert!(a.body == b.body, "{path} in {}", encoding.as_str());
        }
    }
}
