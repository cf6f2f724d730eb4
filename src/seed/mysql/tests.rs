//! Against a real server: what is there before and after, and after a failure.

use std::path::Path;

use crate::seed::{DEFAULT_SEED, Options, Origin, Summary, run};
use crate::source::mysql::tests::server::Server;

fn seed(from: Origin, to: &str) -> anyhow::Result<Summary> {
    run(&Options { from, to: to.to_owned(), progress: false })
}

fn generated(cars: u32) -> Origin {
    Origin::Generated { cars, seed: DEFAULT_SEED }
}

fn told(result: anyhow::Result<Summary>) -> String {
    format!("{:#}", result.unwrap_err())
}

#[test]
fn a_database_is_created_filled_once_and_whole() {
    let server = Server::start(&[]);
    let to = server.url("shop");
    let summary = seed(generated(100), &to).unwrap();
    assert_eq!((summary.cars_live, summary.cars_sold, summary.cars_hidden), (100, 15, 5));
    let rows: u64 = crate::seed::table::TABLES
        .iter()
        .map(|table| server.number(&format!("SELECT COUNT(*) FROM shop.{}", table.name)))
        .sum();
    assert_eq!(rows, summary.rows);
    let error = told(seed(generated(100), &to));
    let expected =
        format!("mysql://127.0.0.1:{}/shop already holds 120 cars; choose an empty database", server.port);
    assert_eq!(error, expected);
    // Tables without cars are filled.
    server.run("CREATE DATABASE emptied");
    server.run("CREATE TABLE emptied.cars LIKE shop.cars");
    assert!(
        told(seed(generated(1), &server.url("emptied").replace("root@", "nobody:sesame@")))
            .contains("Access denied")
    );
    assert_eq!(seed(generated(20), &server.url("emptied")).unwrap().cars_live, 20);
}

#[test]
fn a_failed_seeding_leaves_nothing() {
    let server = Server::start(&[]);
    let databases = "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'shop'";
    // An error of a row: in the middle, so that rows before it were sent.
    let directory = tempfile::tempdir().unwrap();
    copy_with_a_second_car_1000(directory.path());
    let error = told(seed(Origin::Directory(directory.path().to_owned()), &server.url("shop")));
    assert!(error.starts_with("cars with id 1000: Duplicate entry '1000'"), "{error}");
    assert_eq!(server.number(databases), 0);

    // A table that was there and does not fit stays as it was; the others go.
    server.run("CREATE DATABASE shop");
    server.run("CREATE TABLE shop.features (id INT PRIMARY KEY)");
    server.run("INSERT INTO shop.features VALUES (5)");
    let error = told(seed(generated(5), &server.url("shop")));
    assert!(error.contains("Unknown column 'group_name'"), "{error}");
    assert_eq!(server.number("SELECT id FROM shop.features"), 5);
    let tables = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'";
    assert_eq!(server.number(tables), 1);
}

/// A directory of files with two cars, which have the same id.
fn copy_with_a_second_car_1000(directory: &Path) {
    for (table, text) in [
        ("makes", "id,name,slug,country\n1,Tata,tata,India\n"),
        ("models", "id,make_id,name,slug,body_type\n1,1,Nexon,nexon,suv\n"),
        (
            "variants",
            "id,model_id,name,fuel,transmission,engine_cc,max_power_bhp,mileage_kmpl,seats\n1,1,XM,petrol,manual,1199,118.3,17.4,5\n",
        ),
        ("cities", "id,name,slug,state\n1,Pune,pune,Maharashtra\n"),
        ("hubs", "id,city_id,name,address,phone,opens_at,closes_at\n1,1,Hub,1 Road,+911,09:30,20:00\n"),
        ("features", "id,group_name,name\n"),
        (
            "cars",
            "id,variant_id,hub_id,registration_year,km_driven,owner_number,colour,insurance,status,listed_at,sold_at\n\
             1000,1,1,2020,5,1,Red,,live,2026-01-01 00:00:00,\n1000,1,1,2020,5,1,Red,,live,2026-01-01 00:00:00,\n",
        ),
        ("car_prices", "car_id,price,updated_at\n"),
        ("price_changes", "id,car_id,price,changed_at\n"),
        ("car_photos", "id,car_id,position,storage_key,kind,width,height\n"),
        ("car_features", "car_id,feature_id\n"),
        ("inspections", "id,car_id,inspected_at,inspector,score\n"),
        ("inspection_items", "id,inspection_id,section,item,grade,note\n"),
    ] {
        std::fs::write(directory.join(format!("{table}.csv")), text).unwrap();
    }
}
