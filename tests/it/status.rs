//! What operators look at: the status page, and that alarms and dashboard ask for metrics that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::{Place, until};

/// Words of a text that are names of metrics.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_metric = |word: &&str| word.starts_with("forecourt_") || word.starts_with("process_");
    words.filter(is_metric).map(str::to_owned).collect()
}

#[test]
fn alarms_and_dashboard_ask_for_nothing_that_metrics_do_not_give() {
    let place = Place::with_cars(5);
    // Relay, projector and instance in one.
    let instance = place.serve().ready();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut given = metrics_in(&instance.admin.get("/metrics").text());
    // But for what only a relay to Kafka counts, which `tests/tidy.rs` holds to its table.
    let table = fs::read_to_string(config.join("deployment.md")).unwrap();
    given.extend(table.lines().filter(|line| line.contains(" | relay | ")).flat_map(metrics_in));
    for (file, at_least) in [("alerts.yml", 15), ("dashboard.json", 25)] {
        let asked = metrics_in(&fs::read_to_string(config.join(file)).unwrap());
        assert!(asked.len() >= at_least, "{file}: {asked:?}");
        let missing: Vec<_> = asked.difference(&given).collect();
        assert!(missing.is_empty(), "{file} asks for what /metrics does not give: {missing:?}");
    }
    instance.end();
}

#[test]
fn people_get_a_page_with_charts_and_programs_get_json() {
    let place = Place::with_cars(20);
    let instance = place.serve().ready();
    instance.car(1000);
    place.sql("UPDATE car_prices SET price = -1 WHERE car_id = 1001");
    until("the car is in quarantine", || (instance.status()["quarantined"] == 1).then_some(()));

    let accept = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = until("there are charts", || {
        let page = instance.admin.get_with("/status", &accept);
        page.has("<polyline").then_some(page)
    });
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for text in [
        "Forecourt serve",
        ">ready<",
        concat!(env!("CARGO_PKG_VERSION"), " ("),
        "Age of the data",
        "Time of pages in the server",
        "Pages a second",
        "<h2>Quarantine</h2>",
        "price: expected",
        "<h2>Last warnings</h2>",
        "<dt>generation</dt>",
        "<dt>models</dt>",
    ] {
        assert!(page.has(text), "{text} is not on the page\n{}", page.text());
    }
    // Nothing of it is loaded from anywhere, and nothing runs.
    assert!(!page.has("<script") && !page.has("src="));
    let document = scraper::Html::parse_document(&page.text());
    assert!(document.errors.is_empty(), "{:?}", document.errors);

    let status = instance.status();
    assert_eq!(status, {
        let mut json: serde_json::Value =
            serde_json::from_slice(&instance.admin.get("/status.json").body).unwrap();
        for (key, value) in status.as_object().unwrap() {
            // What moves between two looks.
            if ["as_of_age_ms", "as_of_unix_ms", "resident_bytes", "running_s"].contains(&&**key) {
                json[key] = value.clone();
            }
        }
        json
    });
    assert!(status["version"] == env!("CARGO_PKG_VERSION") && status["commit"].is_string());
    assert!(status["last_warnings"][0]["what"].as_str().unwrap().contains("1001"));
    instance.end();
}
