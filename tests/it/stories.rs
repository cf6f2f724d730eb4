//! What the portals do to the database, and what a visitor then sees: each story by another program than the server.

use std::sync::atomic::{AtomicBool, Ordering};

use forecourt_views::format;
use rusqlite::Connection;

use crate::harness::{Instance, Place};

const CAR: u64 = 1000;
const OTHER: u64 = 1001;
const LIVE: u32 = 40;

/// A catalogue that is served, photos by their storage keys.
fn forecourt() -> (Place, Instance) {
    let place = Place::with_cars(LIVE);
    let instance = place.serve().with("PHOTOS__BASE_URL", "https://photos.example.com").ready();
    (place, instance)
}

fn one<T: rusqlite::types::FromSql>(database: &Connection, sql: &str) -> T {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The statements of a whole new car.
pub(crate) fn whole_car(new: u64, like: u64) -> String {
    include_str!("whole_car.sql").replace(":new", &new.to_string()).replace(":like", &like.to_string())
}

impl Instance {
    /// The card of a car in the listing.
    fn card(&self, id: u64) -> Option<String> {
        let mut path = "/cars".to_owned();
        loop {
            let page = self.get(&path);
            let text = page.text();
            let mut cards =
                text.split("<article").skip(1).map(|card| card.split("</article>").next().unwrap());
            if let Some(card) = cards.find(|card| card.contains(&format!("-{id}\""))) {
                return Some(card.to_owned());
            }
            path = page.all("rel=\"next\" href=\"").pop()?;
        }
    }

    fn n_found(&self) -> String {
        let text = self.get("/cars").text();
        text.split("role=\"status\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    }
}

#[test]
fn a_new_price_is_on_the_page_and_on_the_card_under_a_larger_version() {
    let (place, instance) = forecourt();
    let before = instance.car(CAR);
    place.sql("UPDATE car_prices SET price = price - 10000 WHERE car_id = 1000");
    instance.caught_up();
    let price: u32 = one(&place.database(), "SELECT price FROM car_prices WHERE car_id = 1000");
    let shown = format::rupees(price.into());
    assert!(!before.has(&format!("<b>{shown}")));
    let after = instance.car(CAR);
    assert!(after.has(&shown), "{shown}");
    assert!(after.version() > before.version(), "{:?} {:?}", after.version(), before.version());
    assert!(instance.card(CAR).unwrap().contains(&shown));
    assert_eq!(instance.car(OTHER).version(), before.version());
}

#[test]
fn a_car_inserted_in_one_transaction_appears_whole() {
    let (place, instance) = forecourt();
    assert_eq!(instance.car(5000).status, 404);
    place.sql(&format!("BEGIN; {} COMMIT;", whole_car(5000, CAR)));
    instance.caught_up();
    let (new, like) = (instance.car(5000), instance.car(CAR));
    assert_eq!(new.status, 200);
    let photos =
        |page: &crate::client::Page, car| page.all(&format!("https://photos.example.com/cars/{car}/")).len();
    let n_photos: u32 = one(&place.database(), "SELECT count(*) FROM car_photos WHERE car_id = 5000");
    assert!(photos(&new, 5000) >= n_photos as usize);
    assert_eq!(photos(&new, 5000), photos(&like, CAR));
    for part in ["id=\"inspection\"", "7,77,000"] {
        assert!(new.has(part), "{part}");
    }
    assert_eq!(instance.n_found(), "41 cars");
    assert!(instance.listing()[0].ends_with("-5000"), "the newest car comes first");
}

#[test]
fn a_car_that_is_rolled_back_is_never_seen() {
    let (place, instance) = forecourt();
    place.sql(&format!("BEGIN; {} ROLLBACK;", whole_car(5000, CAR)));
    instance.caught_up();
    assert_eq!((instance.car(5000).status, instance.n_found().as_str()), (404, "40 cars"));
}

#[test]
fn a_sold_car_keeps_its_page_and_loses_its_card() {
    let (place, instance) = forecourt();
    let before = instance.car(CAR);
    place.sql("UPDATE cars SET status = 'sold', sold_at = datetime('now') WHERE id = 1000");
    instance.caught_up();
    let sold = instance.car(CAR);
    assert_eq!(sold.status, 200);
    assert!(sold.has("found its next owner") && sold.version() > before.version());
    assert_eq!((instance.card(CAR), instance.n_found().as_str()), (None, "39 cars"));
}

#[test]
fn a_hidden_car_is_not_found_and_comes_back() {
    let (place, instance) = forecourt();
    let before = instance.car(CAR);
    place.sql("UPDATE cars SET status = 'hidden' WHERE id = 1000");
    instance.caught_up();
    assert_eq!((instance.car(CAR).status, instance.card(CAR)), (404, None));
    place.sql("UPDATE cars SET status = 'live' WHERE id = 1000");
    instance.caught_up();
    let back = instance.car(CAR);
    assert!(back.body == before.body && back.version() > before.version());
}

#[test]
fn photos_come_and_go_on_page_and_card() {
    let (place, instance) = forecourt();
    place.sql(
        "INSERT INTO car_photos (car_id, position, storage_key, kind, width, height)
               VALUES (1000, 0, 'cars/1000/new', 'front-left', 1600, 1200)",
    );
    instance.caught_up();
    let new = "https://photos.example.com/cars/1000/new-720.webp\"";
    assert!(instance.car(CAR).has(new) && instance.card(CAR).unwrap().contains(new));
    place.sql("DELETE FROM car_photos WHERE storage_key = 'cars/1000/new'");
    instance.caught_up();
    assert!(!instance.car(CAR).has(new) && !instance.card(CAR).unwrap().contains(new));
}

#[test]
fn a_renamed_variant_is_renamed_on_all_its_cars() {
    let (place, instance) = forecourt();
    let database = place.database();
    database
        .execute(
            "UPDATE cars SET variant_id = (SELECT variant_id FROM cars WHERE id = 1000) WHERE id < 1008",
            [],
        )
        .unwrap();
    place.sql(
        "UPDATE variants SET name = 'ZXi & Söhne' WHERE id = (SELECT variant_id FROM cars WHERE id = 1000)",
    );
    instance.caught_up();
    for id in 1000..1008 {
        let page = instance.car(id);
        assert!(page.has("ZXi &amp; Söhne"), "{id}");
        assert_eq!(page.all("rel=\"canonical\" href=\"").len(), 1);
    }
    assert!(instance.card(CAR).unwrap().contains("ZXi &amp; Söhne"));
}

#[test]
fn a_feature_moves_from_one_car_to_another() {
    let (place, instance) = forecourt();
    place.sql(
        "INSERT INTO features VALUES (900, 'Comfort', 'Heated steering yoke');
               INSERT INTO car_features VALUES (1000, 900)",
    );
    instance.caught_up();
    let has = |id| instance.car(id).has("Heated steering yoke");
    assert_eq!((has(CAR), has(OTHER)), (true, false));
    place.sql("UPDATE car_features SET car_id = 1001 WHERE car_id = 1000 AND feature_id = 900");
    instance.caught_up();
    assert_eq!((has(CAR), has(OTHER)), (false, true));
}

#[test]
fn a_car_whose_row_is_deleted_is_gone() {
    let (place, instance) = forecourt();
    place.sql("DELETE FROM cars WHERE id = 1000");
    instance.caught_up();
    assert_eq!((instance.car(CAR).status, instance.card(CAR)), (410, None));
    assert_eq!(instance.n_found(), "39 cars");
}

#[test]
fn every_price_changes_at_once_while_requests_go_on() {
    let (place, instance) = forecourt();
    let before: Vec<_> = (0..u64::from(LIVE)).map(|i| instance.car(CAR + i).version()).collect();
    let stop = AtomicBool::new(false);
    let served = std::thread::scope(|scope| {
        let visitor = scope.spawn(|| {
            let (mut served, mut newest) = (0u64, vec![None; LIVE as usize]);
            while !stop.load(Ordering::Relaxed) {
                for (i, newest) in newest.iter_mut().enumerate() {
                    let page = instance.car(CAR + i as u64);
                    assert_eq!(page.status, 200);
                    assert!(page.version() >= *newest, "a version went back");
                    *newest = page.version();
                    served += 1;
                }
                assert_eq!(instance.get("/cars").status, 200);
            }
            served
        });
        for _ in 0..5 {
            place.sql("UPDATE car_prices SET price = price * 0.97");
            instance.caught_up();
        }
        stop.store(true, Ordering::Relaxed);
        visitor.join().unwrap()
    });
    assert!(served > 0);
    let database = place.database();
    for (i, before) in (0..u64::from(LIVE)).zip(before) {
        let page = instance.car(CAR + i);
        let price: f64 = one(&database, &format!("SELECT price FROM car_prices WHERE car_id = {}", CAR + i));
        assert!(page.has(&format::rupees(price.round() as u64)) && page.version() > before);
    }
    assert_eq!(instance.metric("forecourt_page_cache_total{result=\"miss\"}"), 0.0);
    assert_eq!(instance.metric("forecourt_feed_gaps_total"), 0.0);
}
