//! kill -9 at random moments while rows change, and disk copies that are damaged: no car ever goes back, and in the end
//! every page says what the source says.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::harness::{Instance, PATIENCE, Place, seed, until};
use crate::stories::whole_car;

const CARS: std::ops::Range<u64> = 1000..1060;
const ROUNDS: usize = 10;

/// The greatest version each car has been served at.
type Seen = BTreeMap<u64, (u64, u64)>;

/// Another program: one small transaction after another, until it is told to stop.
fn write(place: &Place, seed: u64, stop: &AtomicBool) {
    let dice = &mut StdRng::seed_from_u64(seed);
    let database = place.database();
    let mut new = 5000;
    while !stop.load(Ordering::Relaxed) {
        let (car, other) = (dice.random_range(CARS), dice.random_range(CARS));
        let statements = match dice.random_range(0..10) {
            0 => format!("UPDATE cars SET status = 'hidden' WHERE id = {car}"),
            1 => format!("UPDATE cars SET status = 'sold', sold_at = datetime('now') WHERE id = {car}"),
            2 | 3 => format!("UPDATE cars SET status = 'live' WHERE id IN ({car}, {other})"),
            4 => format!("UPDATE OR IGNORE car_features SET car_id = {other} WHERE car_id = {car}"),
            5 => format!(
                "UPDATE variants SET name = 'V {new}' WHERE id = (SELECT variant_id FROM cars WHERE id = {car})"
            ),
            6 => {
                new += 1;
                format!("BEGIN; {} COMMIT", whole_car(new, car))
            }
            7 if new > 5000 => format!("DELETE FROM cars WHERE id = {}", dice.random_range(5000..new)),
            _ => format!("UPDATE car_prices SET price = price + 1000 WHERE car_id = {car}"),
        };
        database.execute_batch(&statements).unwrap();
        // A flood would leave no moment between two changes to be killed in.
        std::thread::sleep(Duration::from_micros(dice.random_range(0..3_000)));
    }
}

/// Looks at every car and holds it against what has been seen.
fn look(instance: &Instance, seen: &mut Seen) {
    for car in CARS.chain(5000..5010) {
        let Some(version) = instance.car(car).version() else { continue };
        let before = seen.insert(car, version);
        assert!(
            before.is_none_or(|before| version >= before),
            "car {car} went back from {before:?} to {version:?}"
        );
    }
}

/// Every address a page of this catalogue has.
fn assert_same_pages(instance: &Instance, fresh: &Instance) {
    for car in CARS.chain(5000..6000) {
        let (page, expected) = (instance.car(car), fresh.car(car));
        // A car that was deleted before the fresh one started was never there for it.
        let gone = |status| status == 404 || status == 410;
        assert!(page.status == expected.status || gone(page.status) && gone(expected.status), "car {car}");
        assert!(gone(page.status) || page.body == expected.body, "car {car}");
    }
    assert_eq!(instance.listing(), fresh.listing());
    assert_eq!(instance.get("/cars").body, fresh.get("/cars").body);
    assert_eq!(instance.get("/sitemap.xml").body, fresh.get("/sitemap.xml").body);
}

#[test]
fn killed_at_random_moments_no_car_goes_back_and_all_changes_arrive() {
    let seed = seed();
    let dice = &mut StdRng::seed_from_u64(seed);
    let place = Place::with_cars(60);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Stops the writer when a check below panics, too: the scope would wait for it.
        let _stop = StopOnDrop(&stop);
        scope.spawn(|| write(&place, seed, &stop));
        let mut seen = Seen::new();
        for round in 0..ROUNDS {
            // Now and then it dies before it is ready.
            let mut early = place.serve().spawn();
            std::thread::sleep(Duration::from_millis(dice.random_range(0..150)));
            early.kill();

            let mut instance = place.serve().ready();
            assert!(round == 0 || instance.took < PATIENCE / 4, "ready after {:?}", instance.took);
            let kill_at = forecourt::clock::now() + Duration::from_millis(dice.random_range(0..250));
            look(&instance, &mut seen);
            while forecourt::clock::now() < kill_at {
                look(&instance, &mut seen);
            }
            instance.process.kill();
        }
        let instance = place.serve().ready();
        look(&instance, &mut seen);
        stop.store(true, Ordering::Relaxed);
        instance.caught_up();
        look(&instance, &mut seen);
        let fresh = place.serve().data(&place.path("fresh")).ready();
        fresh.caught_up();
        assert_same_pages(&instance, &fresh);
    });
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn after_a_kill_pages_come_from_the_disk_copy_and_catch_up_with_what_was_written_meanwhile() {
    let place = Place::with_cars(60);
    let mut instance = place.serve().ready();
    until("the disk copy is written", || place.path("data/snapshot.bin").exists().then_some(()));
    let before = instance.car(1000).version();
    instance.process.kill();
    place.sql("UPDATE car_prices SET price = 123456 WHERE car_id = 1000; DELETE FROM cars WHERE id = 1001");
    let instance = place.serve().ready();
    instance.caught_up();
    assert!(instance.car(1000).has("1,23,456") && instance.car(1000).version() > before);
    // Known from the copy alone: the source has no trace of it.
    assert_eq!(instance.car(1001).status, 410);
    assert_eq!(instance.car(1002).version(), before, "what has not changed keeps its version");
}

#[test]
fn a_damaged_disk_copy_is_ignored_with_a_warning() {
    let seed = seed();
    let dice = &mut StdRng::seed_from_u64(seed);
    let place = Place::with_cars(60);
    let fresh = place.serve().data(&place.path("fresh")).ready();
    place.serve().ready().end();
    let base = place.path("data/snapshot.bin");
    let mut last = (0, 0);
    for round in 0..4 {
        let mut bytes = fs::read(&base).unwrap();
        if round % 2 == 0 {
            bytes.truncate(dice.random_range(0..bytes.len()));
        } else {
            let at = dice.random_range(0..bytes.len());
            bytes[at] ^= 1 << dice.random_range(0..8);
        }
        fs::write(&base, bytes).unwrap();
        let instance = place.serve().ready();
        let log = instance.process.log();
        assert!(log.contains("WARN") && log.contains("is not used"), "{log}");
        instance.caught_up();
        for car in CARS {
            assert!(instance.car(car).body == fresh.car(car).body, "car {car}");
        }
        let version = instance.car(1000).version().unwrap();
        assert!(version > last, "{version:?} after {last:?}");
        last = version;
        instance.end();
    }
    // The copy written since is whole again.
    let instance = place.serve().ready();
    assert!(!instance.process.log().contains("is not used"));
    assert_eq!(instance.car(1000).version(), Some(last));
}

#[test]
fn ended_before_it_is_complete_it_leaves_no_copy_that_looks_complete() {
    let seed = seed();
    let dice = &mut StdRng::seed_from_u64(seed);
    let place = Place::with_cars(400);
    // One car at a time, so that there is a while to be ended in.
    let serve = || place.serve().with("PROJECTOR__BATCH_CARS_MAX", "1").with("SERVER__DRAIN_S", "0");
    for _ in 0..4 {
        let mut early = serve().spawn();
        std::thread::sleep(Duration::from_millis(dice.random_range(20..120)));
        early.signal(nix::sys::signal::Signal::SIGTERM);
        early.wait();
        let instance = serve().ready();
        assert_eq!(instance.status()["cars"]["live"], 400);
        instance.end();
        fs::remove_dir_all(place.path("data")).unwrap();
    }
}
