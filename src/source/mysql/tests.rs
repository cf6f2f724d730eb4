//! Against a real server: what it gives, what it shows, and what a wrong catalogue or a lost connection says.

pub(crate) mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use serde_json::json;

use self::server::Server;
use super::{MysqlSource, database, opts, session};
use crate::car::CarId;
use crate::change::{Change, Op, Reach};
use crate::clock;
use crate::projector::assemble::assemble;
use crate::seed;
use crate::source::catalogue::{BUILT_IN, Catalogue, Part};
use crate::source::sqlite::SqliteSource;
use crate::source::{Source, Value};
use crate::store::valkey_tests::certificate;

/// A generated catalogue in `shop`: 60 live cars, 9 sold, 3 hidden.
fn seeded() -> Server {
    let server = Server::start(&[]);
    seed(server.url("shop"));
    server
}

fn seed(to: String) {
    let from = seed::Origin::Generated { cars: 60, seed: 7 };
    let seeded = std::thread::spawn(|| seed::run(&seed::Options { from, to, progress: false }));
    seeded.join().unwrap().unwrap();
}

fn catalogue(text: &str) -> Arc<Catalogue> {
    Arc::new(Catalogue::parse("c.toml", text).unwrap())
}

async fn open(server: &Server, text: &str) -> Result<MysqlSource, String> {
    MysqlSource::open(server.opts("shop"), catalogue(text), 4).await.map_err(|e| e.to_string())
}

/// Where the binlog ends.
async fn end_of_log(server: &Server) -> (String, u64) {
    let mut on = Conn::new(server.opts("shop")).await.unwrap();
    let (file, pos, ..): (String, u64, String, String) =
        on.query_first("SHOW MASTER STATUS").await.unwrap().unwrap();
    (file, pos)
}

fn place(file: &str, pos: u64) -> Reach {
    Reach { place: Some((file.to_owned(), pos)), gtids: BTreeMap::new() }
}

#[tokio::test]
async fn it_gives_the_same_documents_as_the_embedded_source() {
    let server = seeded();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.sqlite");
    seed(format!("sqlite:{}", path.display()));
    let mut other = SqliteSource::open(&path, catalogue(BUILT_IN)).unwrap();
    let mut source = open(&server, BUILT_IN).await.unwrap();

    let mut cars = source.car_ids().await.unwrap();
    assert_eq!((cars.len(), &cars), (72, &other.car_ids().await.unwrap()));
    cars.push(CarId(999_999));
    let (ours, theirs) = (
        source.fetch(&cars, &Reach::default()).await.unwrap(),
        other.fetch(&cars, &Reach::default()).await.unwrap(),
    );
    assert!(ours.is_proven, "nothing was told, so all of it is shown");
    for &car in &cars {
        let state = assemble(car, &ours).unwrap();
        assert_eq!((state.is_some(), &state), (car.0 != 999_999, &assemble(car, &theirs).unwrap()), "{car}");
    }
    assert!(source.fetch(&[], &Reach::default()).await.unwrap().is_proven);

    // Routes: a hub's cars, whether its id is written as a number or as text; a photo's own column.
    let changes = |hub: serde_json::Value| {
        let image = json!({"id": hub, "car_id": 1003}).as_object().cloned();
        [
            Change::row("hubs", Op::Update, image.clone(), image.clone()),
            Change::row("car_photos", Op::Insert, None, image),
        ]
    };
    let hub = server.number("SELECT hub_id FROM shop.cars WHERE id = 1000");
    let mut expected = other.route(&changes(json!(hub))).await.unwrap().unwrap();
    expected.sort_unstable();
    assert!(expected.contains(&CarId(1000)) && expected.contains(&CarId(1003)));
    for hub in [json!(hub), json!(hub.to_string())] {
        let mut routed = source.route(&changes(hub)).await.unwrap().unwrap();
        routed.sort_unstable();
        assert_eq!(routed, expected);
    }
}

#[tokio::test]
async fn a_read_is_proven_when_its_snapshot_shows_what_was_told() {
    let server = seeded();
    let mut source = open(&server, BUILT_IN).await.unwrap();
    let cars: Vec<_> = (1000..1072).map(CarId).collect();
    server.run("UPDATE shop.cars SET km_driven = 77 WHERE id = 1000");
    let (file, pos) = end_of_log(&server).await;
    let (stem, number) = file.rsplit_once('.').unwrap();
    let next = format!("{stem}.{:06}", number.parse::<u64>().unwrap() + 1);
    let gtids = Reach {
        gtids: BTreeMap::from([("0d9f6d3e-2b6f-11ef-9c1e-0242ac110002".to_owned(), 7)]),
        place: None,
    };
    for (reach, proven) in [
        (place(&file, pos), true),
        (place(&file, 4), true),
        (place(&file, pos + 1), false),
        (place(&next, 4), false),
        (place("other.000001", 4), false),
        (gtids, false),
    ] {
        let fetched = source.fetch(&cars, &reach).await.unwrap();
        assert_eq!(fetched.is_proven, proven, "{reach:?}");
        assert!(fetched.rows(CarId(1000), Part::Car)[0].contains(&Value::Int(77)), "read all the same");
    }
    server.run("FLUSH BINARY LOGS");
    assert!(source.fetch(&cars, &place(&file, pos)).await.unwrap().is_proven, "an earlier file");
}

#[tokio::test]
async fn a_read_that_came_too_early_is_done_again() {
    let server = seeded();
    let mut source = open(&server, BUILT_IN).await.unwrap();
    let mut writer = Conn::new(server.opts("shop")).await.unwrap();
    let mut proven = 0;
    for km in 1..=20 {
        let (file, pos) = end_of_log(&server).await;
        // What a log would tell of before the engine shows it: a transaction that commits a moment later.
        let write = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            writer.query_drop(format!("UPDATE cars SET km_driven = {km} WHERE id = 1000")).await.unwrap();
        };
        let (reach, car) = (place(&file, pos + 1), [CarId(1000)]);
        let (fetched, ()) = tokio::join!(source.fetch(&car, &reach), write);
        let fetched = fetched.unwrap();
        if fetched.is_proven {
            assert!(fetched.rows(CarId(1000), Part::Car)[0].contains(&Value::Int(km)), "{km}");
            proven += 1;
        }
    }
    assert!(proven > 0, "no snapshot was taken again in time");
}

#[tokio::test]
async fn a_wrong_catalogue_is_one_line_that_names_file_and_key() {
    let server = seeded();
    for (from, to, expected) in [
        (
            "ids = \"SELECT id FROM cars",
            "ids = \"SELECT id FROM automobiles",
            "queries.ids: Table 'shop.automobiles' doesn't exist",
        ),
        (
            "ids = \"SELECT id FROM cars ORDER BY id\"",
            "ids = \"DELETE FROM cars\"",
            "queries.ids: expected a query that only reads",
        ),
        (
            "SELECT car_id, storage_key,",
            "SELECT car_id, storage,",
            "queries.photos: Unknown column 'storage' in ",
        ),
        (
            "SELECT car_id, storage_key,",
            "SELECT car_id,",
            "queries.photos: expected a column `storage_key` in its result",
        ),
        ("[routes.hubs]", "[routes.houses]", "routes.houses: the source has no such table"),
        (
            "[routes.cars]\ncolumn = \"id\"",
            "[routes.cars]\ncolumn = \"uid\"",
            "routes.cars.column: the table has no column `uid`",
        ),
        ("WHERE hub_id = :id", "WHERE hub_id = :uid", "routes.hubs.query: the table has no column `uid`"),
        (
            "FROM cars WHERE hub_id = :id",
            "FROM cars WHERE hub = :id",
            "routes.hubs.query: Unknown column 'hub' in ",
        ),
    ] {
        let error = open(&server, &BUILT_IN.replacen(from, to, 1)).await.unwrap_err();
        assert!(error.starts_with(&format!("c.toml: {expected}")), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let at = format!("127.0.0.1:{}", server.port);
    server.run("CREATE USER shopper IDENTIFIED BY 'right'");
    for (url, expected) in [
        (
            server.url("").replace("root@", "shopper:sesame@") + "shop",
            format!("source.url: cannot use {at}: Access denied for user 'shopper'@"),
        ),
        (server.url("nowhere"), format!("source.url: cannot use {at}: Unknown database 'nowhere'")),
        (server.url(""), "source.url: expected the name of a database".to_owned()),
        (
            "mysql://root@127.0.0.1:1/shop".to_owned(),
            "source.url: cannot use 127.0.0.1:1: Connection refused".to_owned(),
        ),
    ] {
        let opts = opts(&url, None, None).unwrap();
        assert_eq!(database(&opts).is_some(), !url.ends_with('/'));
        let error = MysqlSource::open(opts, catalogue(BUILT_IN), 1).await.unwrap_err().to_string();
        assert!(error.starts_with(&expected) && !error.contains("sesame"), "{error}");
    }
}

#[tokio::test]
async fn what_the_account_may_not_read_is_said_with_the_grant_that_helps() {
    let server = seeded();
    let grant = "run GRANT SELECT ON `shop`.* TO 'shopper'@'127.0.0.%'";
    server.run("CREATE USER shopper@'127.0.0.%'");
    let opts = opts(&server.url("shop").replace("root@", "shopper@"), None, None).unwrap();
    let opens = async || match MysqlSource::open(opts.clone(), catalogue(BUILT_IN), 1).await {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    // Each table in the order in which the lack of it is met: of a query, of a route, of another query.
    for (granted, expected) in [
        (&[][..], "source.url: cannot use "),
        (&["hubs"], "c.toml: queries.ids: SELECT command denied"),
        (&["cars"], "c.toml: routes.car_features: SELECT command denied"),
    ] {
        for table in granted {
            server.run(&format!("GRANT SELECT ON shop.{table} TO shopper@'127.0.0.%'"));
        }
        let error = opens().await.unwrap();
        assert!(error.starts_with(expected) && error.ends_with(grant), "{error}");
    }
    server.run(grant.trim_start_matches("run "));
    assert_eq!(opens().await, None);
}

#[tokio::test]
async fn an_encrypted_connection_needs_the_authority_that_signed() {
    let folder = tempfile::tempdir().unwrap();
    certificate::make(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let files = [format!("--ssl-cert={}", file("cert.pem")), format!("--ssl-key={}", file("key.pem"))];
    let server = Server::start(&[&files[0], &files[1], "--require-secure-transport=ON"]);
    let (ca, url) = (folder.path().join("ca.pem"), server.url("mysql"));
    let opens = async |url: &str, ca| {
        let opened = session::connect(&opts(url, None, ca).unwrap()).await;
        opened.map(drop).map_err(|failure| failure.to_string())
    };
    opens(&url, Some(&*ca)).await.unwrap();
    opens(&format!("{url}?require_ssl=true&verify_ca=false&verify_identity=false"), None).await.unwrap();
    let error = opens(&format!("{url}?require_ssl=true"), None).await.unwrap_err();
    assert!(error.contains("certificate"), "{error}");
    let error = opens(&url, None).await.unwrap_err();
    assert!(error.starts_with("Access denied"), "{error}");
}

#[tokio::test]
async fn every_type_of_column_is_read() {
    let server = seeded();
    let photos = "SELECT id AS car_id, CAST(12.50 AS DECIMAL(6,2)) AS storage_key, CAST('2026-01-02' AS DATE) AS kind, \
        TIME('-26:03:04') AS width, CAST(18446744073709551615 AS UNSIGNED) AS height FROM cars WHERE id IN (:ids)";
    let inspection = "SELECT id AS car_id, CAST('2026-01-02 03:04:05.5' AS DATETIME(1)) AS inspected_at, \
        UNHEX('FFFE') AS inspector, CAST(19.3 AS FLOAT) AS score FROM cars WHERE id IN (:ids)";
    let at = |key: &str, text: &str| format!("{key} = \"{text}\"\nunused_{key} = ");
    let text = BUILT_IN.replacen("photos = ", &at("photos", photos), 1).replacen(
        "\ninspection = ",
        &format!("\n{}", at("inspection", inspection)),
        1,
    );
    // The old texts go.
    let mut table: toml::Table = text.parse().unwrap();
    let queries = table["queries"].as_table_mut().unwrap();
    queries.retain(|key, _| !key.starts_with("unused_"));
    let mut source = open(&server, &table.to_string()).await.unwrap();
    let fetched = source.fetch(&[CarId(1000)], &Reach::default()).await.unwrap();
    let text = |text: &str| Value::Text(text.into());
    let expected =
        [text("12.50"), text("2026-01-02 00:00:00"), text("-26:03:04"), text("18446744073709551615")];
    assert_eq!(fetched.rows(CarId(1000), Part::Photos), [expected]);
    let expected = [text("2026-01-02 03:04:05.500000"), Value::Bytes(2), Value::Real(19.3)];
    assert_eq!(fetched.rows(CarId(1000), Part::Inspection), [expected]);
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_a_silent_one_given_up() {
    let server = seeded();
    let mut source = open(&server, BUILT_IN).await.unwrap();
    let cars: Vec<_> = (1000..1072).map(CarId).collect();
    source.fetch(&cars, &Reach::default()).await.unwrap();
    server.run("KILL USER root");
    source.fetch(&cars, &Reach::default()).await.unwrap();

    server.stop();
    let began = clock::now();
    let error = source.fetch(&cars, &Reach::default()).await.unwrap_err();
    assert!(clock::now() - began < Duration::from_secs(7));
    let expected = format!("fetch 72 cars: 127.0.0.1:{}: no answer within 5 s", server.port);
    assert_eq!((error.to_string(), error.is_refusal), (expected, false));
    server.go_on();
    source.fetch(&cars, &Reach::default()).await.unwrap();
}

#[tokio::test]
async fn a_changed_schema_is_a_refusal_until_it_fits_again() {
    let server = seeded();
    let mut source = open(&server, BUILT_IN).await.unwrap();
    let cars: Vec<_> = (1000..1072).map(CarId).collect();
    source.fetch(&cars, &Reach::default()).await.unwrap();
    server.run("ALTER TABLE shop.cars RENAME COLUMN colour TO color");
    let error = source.fetch(&cars, &Reach::default()).await.unwrap_err();
    assert!(error.is_refusal && error.to_string().contains("Unknown column 'c.colour'"), "{error}");
    let told = [Change::whole_table("cars", "ALTER TABLE")];
    let error = source.route(&told).await.unwrap_err();
    assert!(
        error.is_refusal && error.to_string().starts_with("check the schema: c.toml: queries.car: "),
        "{error}"
    );
    // Another column before it: places are found by name.
    server.run("ALTER TABLE shop.cars RENAME COLUMN color TO colour, ADD COLUMN first INT DEFAULT 3 FIRST");
    assert_eq!(source.route(&told).await.unwrap(), None);
    let fetched = source.fetch(&cars, &Reach::default()).await.unwrap();
    assert!(cars.iter().all(|&car| assemble(car, &fetched).unwrap().is_some()));
}
