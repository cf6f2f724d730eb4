//! Broken CSV files: each is an error that names the place, and leaves no database.

use std::fs;
use std::path::Path;

use super::super::{Options, Origin, Summary, run};

/// One small catalogue: a file per table.
pub(in crate::seed) const FILES: [(&str, &str); 13] = [
    ("makes", "id,name,slug,country\n1,Maruti,maruti,India\n"),
    // Columns in another order, a byte order mark, Windows line ends.
    ("models", "\u{feff}slug,name,body_type,make_id,id\r\nswift,Swift,Hatchback,1,1\r\n"),
    (
        "variants",
        "id,model_id,name,fuel,transmission,engine_cc,max_power_bhp,mileage_kmpl,seats\n\
         1,1,\"VXI, BS IV\",Petrol,Manual,1197,81.8,20.4,5\n2,1,EV,Electric,Automatic,,120,,5\n",
    ),
    ("cities", "id,name,slug,state\n1,Pune,pune,Maharashtra\n"),
    (
        "hubs",
        "id,city_id,name,address,phone,opens_at,closes_at\n1,1,Baner,\"66, Baner\",+91800,09:30,20:00\n",
    ),
    ("features", "id,group_name,name\n1,Safety,ABS\n"),
    (
        "cars",
        "id,variant_id,hub_id,registration_year,km_driven,owner_number,colour,insurance,status,listed_at,sold_at\n\
         1000,1,1,2019,51146,1,Red,,live,2026-09-20 05:45:00,\n\
         1001,2,1,2017,18200,1,Red,Zero Dep,sold,2026-09-11 23:22:00,2026-10-01 10:00:00\n",
    ),
    (
        "car_prices",
        "car_id,price,updated_at\n1000,904000,2026-10-22 20:39:38\n1001,399000,2026-09-11 23:22:00\n",
    ),
    ("price_changes", "id,car_id,price,changed_at\n1,1000,904000,2026-10-22 20:39:38\n"),
    (
        "car_photos",
        "id,car_id,position,storage_key,kind,width,height\n1,1000,1,cars/1000/01-front,front,1600,1200\n",
    ),
    ("car_features", "car_id,feature_id\n1000,1\n"),
    ("inspections", "id,car_id,inspected_at,inspector,score\n1,1000,2026-09-16 05:45:00,Inspector 13,90\n"),
    ("inspection_items", "id,inspection_id,section,item,grade,note\n1,1,Exterior,Bonnet,pass,\n"),
];

pub(in crate::seed) fn write_files(directory: &Path) {
    for (table, content) in FILES {
        fs::write(directory.join(format!("{table}.csv")), content).unwrap();
    }
}

fn seed(directory: &Path, database: &Path) -> anyhow::Result<Summary> {
    let to = format!("sqlite:{}", database.display());
    run(&Options { from: Origin::Directory(directory.to_owned()), to, progress: false })
}

/// Replaces `from` in a table's file, and expects an error that reads `expected` behind the directory's path.
fn check(table: &str, from: &[u8], to: &[u8], expected: &str) {
    let directory = tempfile::tempdir().unwrap();
    write_files(directory.path());
    let file = directory.path().join(format!("{table}.csv"));
    let mut content = fs::read(&file).unwrap();
    let at = content.windows(from.len()).rposition(|window| window == from).expect("the file has `from`");
    content.splice(at..at + from.len(), to.iter().copied());
    fs::write(&file, content).unwrap();

    let database = directory.path().join("db.sqlite");
    let error = format!("{:#}", seed(directory.path(), &database).unwrap_err());
    let place = format!("{}/", directory.path().display());
    assert_eq!(error.replace(&place, ""), expected);
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.len(), FILES.len(), "only the CSV files are left: {left:?}");
}

#[test]
fn a_directory_is_read_whatever_the_order_of_columns() {
    let directory = tempfile::tempdir().unwrap();
    write_files(directory.path());
    let database = directory.path().join("db.sqlite");
    let summary = seed(directory.path(), &database).unwrap();
    assert_eq!((summary.cars_live, summary.cars_sold, summary.cars_hidden), (1, 1, 0));
    assert_eq!(summary.rows, super::rows_about(directory.path()));

    let connection = rusqlite::Connection::open(&database).unwrap();
    let text = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).unwrap();
    assert_eq!(text("SELECT name FROM models WHERE slug = 'swift'").as_deref(), Some("Swift"));
    assert_eq!(text("SELECT name FROM variants WHERE id = 1").as_deref(), Some("VXI, BS IV"));
    assert_eq!(text("SELECT insurance FROM cars WHERE id = 1000"), None);
    assert_eq!(text("SELECT typeof(max_power_bhp) FROM variants WHERE id = 2").as_deref(), Some("real"));
    assert_eq!(text("SELECT typeof(engine_cc) FROM variants WHERE id = 2").as_deref(), Some("null"));
}

#[test]
fn what_does_not_fit_is_named_by_file_line_and_column() {
    for (table, from, to, expected) in [
        ("cars", "18200", "18.2k", "cars.csv:3: column km_driven: `18.2k` is not a whole number"),
        ("cars", "18200", "", "cars.csv:3: column km_driven: is empty"),
        ("variants", "81.8", "inf", "variants.csv:2: column max_power_bhp: `inf` is not a number"),
        (
            "cars",
            "2026-10-01 10:00:00",
            "2026-13-01 10:00:00",
            "cars.csv:3: column sold_at: `2026-13-01 10:00:00` is not a time like 2026-11-20 06:00:00",
        ),
        ("cars", ",Red,Zero", ",Red,A,Zero", "cars.csv:3: 12 fields, but the header has 11"),
        ("cars", ",Red,Zero", ",Zero", "cars.csv:3: 10 fields, but the header has 11"),
        ("cars", "1001", "1000", "cars.csv:3: UNIQUE constraint failed: cars.id"),
        ("car_prices", "1001", "1002", "car_prices.csv:3: FOREIGN KEY constraint failed"),
        (
            "makes",
            "country",
            "land",
            "makes.csv:1: column land is unknown; makes has id, name, slug, country",
        ),
        ("makes", ",country", "", "makes.csv:1: column country is missing"),
        ("makes", "country", "country,slug", "makes.csv:1: column slug stands twice"),
    ] {
        check(table, from.as_bytes(), to.as_bytes(), expected);
    }
    check("cars", b"Zero Dep", b"Z\xE9ro", "cars.csv:3: column insurance: is not valid UTF-8");
}

#[test]
fn a_missing_file_is_named_before_anything_is_written() {
    let directory = tempfile::tempdir().unwrap();
    write_files(directory.path());
    fs::remove_file(directory.path().join("inspection_items.csv")).unwrap();
    let database = directory.path().join("db.sqlite");
    let error = format!("{:#}", seed(directory.path(), &database).unwrap_err());
    assert!(
        error.starts_with("cannot read ") && error.contains("inspection_items.csv: No such file"),
        "{error}"
    );
    assert!(!database.exists());
}
