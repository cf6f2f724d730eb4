//! Fetching while others write: every table as of the same commit, so that no car is ever half old and half new.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use forecourt::car::CarId;
use forecourt::change::Reach;
use forecourt::projector::assemble::assemble;
use forecourt::source::Source as _;
use forecourt::source::catalogue::{BUILT_IN, Catalogue};
use forecourt::source::sqlite::SqliteSource;
use rusqlite::Connection;
use tokio::runtime::Builder;

use crate::harness::Place;
use crate::stories::whole_car;

const CARS: std::ops::Range<u64> = 1000..1020;
/// A car that comes and goes.
const NEW: u64 = 5000;
const COMMITS: u32 = 400;

/// One number in three tables of every car, and a whole car in or out, in one transaction.
fn write(database: &Connection, number: u32) {
    let come_or_go = if number.is_multiple_of(2) {
        whole_car(NEW, 1000)
    } else {
        ["cars WHERE id", "car_prices WHERE car_id", "car_photos WHERE car_id", "car_features WHERE car_id"]
            .into_iter()
            .chain(["price_changes WHERE car_id", "inspections WHERE car_id"])
            .map(|rows| format!("DELETE FROM {rows} = {NEW};"))
            .collect()
    };
    let statements = format!(
        "BEGIN IMMEDIATE;
         DELETE FROM inspection_items WHERE inspection_id = 1000000 + {NEW}; {come_or_go}
         UPDATE car_prices SET price = {number} + 1 WHERE car_id < {NEW};
         UPDATE car_photos SET storage_key = 'cars/' || {number} WHERE car_id < {NEW};
         UPDATE inspection_items SET note = '{number}';
         COMMIT;"
    );
    database.execute_batch(&statements).unwrap();
}

#[test]
fn a_fetch_sees_every_table_as_of_the_same_commit() {
    let place = Place::with_cars(20);
    place.sql("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    let catalogue = Arc::new(Catalogue::parse("built in", BUILT_IN).unwrap());
    let mut source = SqliteSource::open(&place.source(), catalogue).unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    let cars: Vec<_> = CARS.chain([NEW]).map(CarId).collect();
    let database = place.database();
    write(&database, 0);
    let (done, mut fetches) = (&AtomicBool::new(false), 0);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            (1..=COMMITS).for_each(|number| write(&database, number));
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            let fetched = runtime.block_on(source.fetch(&cars, &Reach::default())).unwrap();
            fetches += 1;
            for &car in &cars {
                // The new car is whole or not there: half of it could not be assembled, or lacked its inspection.
                let Some(state) = assemble(car, &fetched).unwrap() else { continue };
                let details = state.details().unwrap();
                let inspection = details.inspection.as_ref().expect("every car is inspected");
                assert!(!inspection.items.is_empty(), "car {car} without its items");
                if car.0 != NEW {
                    let number = details.price_rupees - 1;
                    assert_eq!(details.photos[0].storage_key, format!("cars/{number}"), "car {car}");
                    assert_eq!(inspection.items[0].note, number.to_string(), "car {car}");
                }
            }
        }
    });
    assert!(fetches > 10, "{fetches} fetches met {COMMITS} commits");
}
