//! Rows that cannot become a document: they cost one car its update, and nothing else.

use crate::harness::{Place, until};

/// What is done to car 1000's rows, and what the reason must say.
const WRONGS: [(&str, &str); 12] = [
    ("UPDATE inspection_items SET note = hex(zeroblob(500000)) WHERE id = :item", "note: 1000000 bytes"),
    ("UPDATE cars SET colour = 'R' || char(7) || 'ed' WHERE id = 1000", "colour: control character U+0007"),
    ("UPDATE cars SET colour = 'R' || char(10) || 'ed' WHERE id = 1000", "colour: control character U+000A"),
    (
        "UPDATE variants SET name = 'VX </script><script>alert(1)</script>' WHERE id = 9000",
        "variant: HTML markup",
    ),
    ("UPDATE variants SET name = x'ff00' WHERE id = 9000", "variant: expected text"),
    ("UPDATE car_prices SET price = -5 WHERE car_id = 1000", "price: expected 1 to"),
    ("UPDATE car_prices SET price = 'on request' WHERE car_id = 1000", "price: expected a number"),
    ("DELETE FROM car_prices WHERE car_id = 1000", "the price is missing"),
    ("DELETE FROM car_photos WHERE car_id = 1000", "no photos"),
    ("DELETE FROM variants WHERE id = 9000", "the variant is missing"),
    ("UPDATE cars SET hub_id = 987654 WHERE id = 1000", "the hub is missing"),
    ("UPDATE cars SET status = 'vanished' WHERE id = 1000", "status: expected live, sold or hidden"),
];

/// Car 1000 gets a variant of its own, and everything a test changes is kept to be put back.
const PREPARE: &str = "
    INSERT INTO variants SELECT 9000, model_id, 'Own', fuel, transmission, engine_cc, max_power_bhp, mileage_kmpl, seats
        FROM variants WHERE id = (SELECT variant_id FROM cars WHERE id = 1000);
    UPDATE cars SET variant_id = 9000 WHERE id = 1000;
    CREATE TABLE kept_cars AS SELECT * FROM cars WHERE id = 1000;
    CREATE TABLE kept_prices AS SELECT * FROM car_prices WHERE car_id = 1000;
    CREATE TABLE kept_photos AS SELECT * FROM car_photos WHERE car_id = 1000;
    CREATE TABLE kept_variants AS SELECT * FROM variants WHERE id = 9000;
    CREATE TABLE kept_items AS SELECT * FROM inspection_items WHERE inspection_id IN
        (SELECT id FROM inspections WHERE car_id = 1000);";
const REPAIR: &str = "
    BEGIN;
    REPLACE INTO cars SELECT * FROM kept_cars;
    REPLACE INTO car_prices SELECT * FROM kept_prices;
    REPLACE INTO car_photos SELECT * FROM kept_photos;
    REPLACE INTO variants SELECT * FROM kept_variants;
    REPLACE INTO inspection_items SELECT * FROM kept_items;
    COMMIT;";

#[test]
fn a_car_with_wrong_rows_keeps_its_page_until_they_are_repaired() {
    let place = Place::with_cars(20);
    place.sql(PREPARE);
    let instance = place.serve().ready();
    let item: i64 =
        place.database().query_row("SELECT min(id) FROM kept_items", [], |row| row.get(0)).unwrap();
    let good = instance.car(1000);
    for (i, (wrong, reason)) in WRONGS.into_iter().enumerate() {
        place.sql(&wrong.replace(":item", &item.to_string()));
        // Another car's change goes through meanwhile.
        place.sql(&format!("UPDATE car_prices SET price = {} WHERE car_id = 1001", 700_000 + i));
        instance.caught_up();

        let page = instance.car(1000);
        assert_eq!((page.status, page.version()), (200, good.version()), "{wrong}");
        assert!(page.has("Own") && !page.has("alert(1)"), "{wrong}");
        assert!(instance.car(1001).has(&format!("7,00,0{i:02}")), "{wrong}");

        let status = instance.status();
        assert_eq!(status["quarantined"], 1, "{wrong}");
        assert_eq!(status["quarantine"][0]["car"], 1000, "{wrong}");
        let said = status["quarantine"][0]["reason"].as_str().unwrap();
        assert!(said.contains(reason) && said.len() < 300, "{wrong}: {said}");
        assert_eq!(instance.metric("forecourt_quarantined_cars"), 1.0);
        assert_eq!(
            instance.metric("forecourt_quarantined_total"),
            (i + 1) as f64,
            "each wrong is counted once"
        );

        place.sql(REPAIR);
        instance.caught_up();
        assert_eq!(instance.status()["quarantined"], 0, "{wrong}");
        assert_eq!(instance.metric("forecourt_quarantined_cars"), 0.0);
        // Nothing has changed in the end, so nothing is written.
        assert_eq!(instance.car(1000).version(), good.version(), "{wrong}");
    }
    assert!(instance.process.log().contains("no photos"));
}

#[test]
fn a_wrong_car_can_still_be_hidden_and_deleted() {
    let place = Place::with_cars(20);
    let instance = place.serve().ready();
    place.sql("DELETE FROM car_photos WHERE car_id IN (1000, 1001)");
    instance.caught_up();
    assert_eq!(instance.status()["quarantined"], 2);
    place.sql("UPDATE cars SET status = 'hidden' WHERE id = 1000; DELETE FROM cars WHERE id = 1001");
    instance.caught_up();
    assert_eq!((instance.car(1000).status, instance.car(1001).status), (404, 410));
    assert_eq!(instance.status()["quarantined"], 0);
}

#[test]
fn a_car_that_was_wrong_from_the_start_appears_once_it_is_repaired() {
    let place = Place::with_cars(20);
    place.sql("UPDATE car_prices SET price = -price WHERE car_id = 1000");
    let instance = place.serve().ready();
    assert_eq!((instance.car(1000).status, instance.status()["quarantined"].as_u64()), (404, Some(1)));
    place.sql("UPDATE car_prices SET price = -price WHERE car_id = 1000");
    instance.caught_up();
    assert_eq!((instance.car(1000).status, instance.status()["quarantined"].as_u64()), (200, Some(0)));
}

#[test]
fn a_flood_of_wrong_rows_is_a_few_lines_and_all_of_them_on_the_status_page() {
    let place = Place::with_cars(150);
    let instance = place.serve().ready();
    place.sql("UPDATE car_prices SET price = -1");
    instance.caught_up();
    let status = instance.status();
    let listed = status["quarantine"].as_array().unwrap().len();
    assert!(listed >= 150 && status["quarantined"] == listed, "{listed}");
    // The rest is told of within a second or so.
    let log = until("the flood is told of", || {
        let log = instance.process.log();
        log.contains("such lines were left out, the last: a car's rows").then_some(log)
    });
    assert_eq!(
        log.lines().filter(|line| !line.contains("left out") && line.contains("a car's rows")).count(),
        10
    );
}

#[test]
fn a_row_that_can_be_no_car_is_said_and_counted() {
    let place = Place::with_cars(5);
    place.sql("INSERT INTO cars SELECT -7, variant_id, hub_id, 2020, 1, 1, 'Red', NULL, 'live', listed_at, NULL FROM cars LIMIT 1");
    let instance = place.serve().ready();
    assert_eq!(instance.metric("forecourt_source_strange_ids"), 1.0);
    let expected = "queries.ids: expected whole numbers from 0, found `-7`: no page for such rows";
    assert!(instance.process.log().contains(expected), "{}", instance.process.log());
    // Nor does a change of it concern any car.
    place.sql("UPDATE cars SET colour = 'Blue' WHERE id = -7");
    instance.caught_up();
    assert!(instance.process.log().contains("cars.id: expected a car's id, found -7: no page"));
    assert_eq!(instance.status()["quarantined"], 0);
}
