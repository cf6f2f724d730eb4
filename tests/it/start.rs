//! Starts that cannot succeed: one readable line, exit code 64, nothing bound. And what is no obstacle to a start.

use std::fs;
use std::net::TcpListener;

use crate::harness::{Place, Serve};

/// Ends with 64 and one line that says all of `expected`.
fn refused(what: &str, serve: &Serve, expected: &[&str]) {
    let output = serve.run();
    let error = output.stderr;
    assert_eq!(output.status.code(), Some(64), "{what}: {error}");
    assert_eq!(error.lines().count(), 1, "{what}: {error}");
    assert!(error.starts_with("forecourt: ") && error.ends_with('\n'), "{what}: {error}");
    assert!(error.len() < 400, "{what}: {error}");
    for part in expected {
        assert!(error.contains(part), "{what}: no `{part}` in {error}");
    }
    let words: Vec<_> = error.trim_end().split(": ").collect();
    assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{what}: a prefix is said twice: {error}");
    assert!(output.stdout.is_empty(), "{what}");
}

/// `serve` with a configuration file of this text.
fn with_file(place: &Place, text: &str) -> Serve {
    let file = place.path("forecourt.toml");
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    Serve::new(&["serve", "--config", file])
        .data(&place.path("data"))
        .with("SOURCE__URL", &place.source_url())
}

#[test]
fn a_wrong_setting_is_named_with_its_file_and_what_was_expected() {
    let place = Place::with_cars(1);
    for (text, expected) in [
        ("[server]\nwokers = 2\n", &["forecourt.toml", "server", "wokers", "workers"][..]),
        ("[sever]\nworkers = 2\n", &["forecourt.toml", "sever"]),
        (
            "[source]\nwatch_interval_ms = \"soon\"\n",
            &["forecourt.toml", "source.watch_interval_ms", "soon", "u32"],
        ),
        ("[source]\nwatch_interval_ms = -1\n", &["forecourt.toml", "source.watch_interval_ms"]),
        ("[photos]\nbase_url = \"ftp://x\"\n", &["photos.base_url", "http:// or https://"]),
        ("[server]\nidle_timeout_s = 30\n", &["server.idle_timeout_s", "more than", "60"]),
        ("[listing]\nsimilar_cars = 1000\n", &["listing.similar_cars", "at most 24"]),
        ("[server\n", &["forecourt.toml"]),
        ("[log]\nformat = \"xml\"\n", &["forecourt.toml", "log.format", "xml", "text"]),
        ("[log]\nlevel = \"l=o=u=d\"\n", &["log.level", "l=o=u=d"]),
    ] {
        refused(text, &with_file(&place, text), expected);
    }
}

#[test]
fn a_wrong_environment_is_named() {
    let place = Place::with_cars(1);
    for (key, value, expected) in [
        ("SERVER__WOKERS", "2", &["environment", "server", "wokers"][..]),
        ("SEVER__WORKERS", "2", &["environment", "sever"]),
        ("SERVER__WORKERS", "many", &["environment", "server.workers", "many"]),
        ("SERVER__LISTEN", "8080", &["environment", "server.listen", "8080"]),
        ("SOURCE__URL", "oracle:x", &["source.url", "sqlite:PATH"]),
        ("SOURCE__URL", "mysql:u", &["source.url", "mysql://user:password@host:port/database"]),
        ("SOURCE__URL", "mysql://u:secret@127.0.0.1:1/db", &["source.url", "127.0.0.1:1"]),
        ("STORE__URL", "memcache://h", &["store.url", "redis://"]),
        ("KAFKA__BROKERS", "127.0.0.1:1", &["source.url", "mysql://", "kafka.brokers"]),
    ] {
        refused(key, &place.serve().with("SOURCE__WAIT_S", "0").with(key, value), expected);
    }
    let secret = "mysql://u:secret@127.0.0.1:1/db";
    let secret = place.serve().with("SOURCE__WAIT_S", "0").with("SOURCE__URL", secret).run();
    assert!(!secret.stderr.contains("secret"));
}

#[test]
fn names_that_are_not_settings_are_left_alone() {
    let place = Place::with_cars(1);
    let serve = place
        .serve()
        .with("HOME", "/opt/forecourt")
        .with("X", "1")
        .with("_", "x")
        .with("__X", "x")
        .with("X__", "x");
    serve.ready().end();
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::with_cars(1);
    let gone = place.path("gone.toml");
    let serve = Serve::new(&["serve", "--config", gone.to_str().unwrap()]).data(&place.path("data"));
    refused("config", &serve, &["--config", "gone.toml", "no such file"]);
    refused(
        "catalogue",
        &place.serve().with("CATALOGUE__FILE", gone.to_str().unwrap()),
        &["catalogue.file", "gone.toml"],
    );
    let gone = format!("sqlite:{}", place.path("gone.sqlite").display());
    refused(
        "source",
        &place.serve().with("SOURCE__URL", &gone),
        &["source.url", "gone.sqlite", "forecourt seed"],
    );
    assert!(!place.path("gone.sqlite").exists());
}

#[test]
fn a_catalogue_that_does_not_fit_the_source_is_named_by_file_and_key() {
    let place = Place::with_cars(1);
    let good = forecourt::source::catalogue::BUILT_IN;
    for (from, to, expected) in [
        ("FROM car_photos", "FROM car_fotos", &["queries.photos", "car_fotos"][..]),
        ("kind, width, height", "kind, width", &["queries.photos", "column `height`"]),
        ("p.price, p.updated_at", "p.pryce, p.updated_at", &["queries.car", "pryce"]),
        ("WHERE c.id IN (:ids)", "WHERE c.id IN (1)", &["queries.car", ":ids"]),
        ("ids = \"SELECT id FROM cars", "ids = \"SELEC id FROM cars", &["queries.ids", "SELEC"]),
        (
            "[routes.car_photos]\ncolumn = \"car_id\"",
            "[routes.car_photos]\ncolumn = \"vehicle\"",
            &["routes.car_photos", "vehicle"],
        ),
        ("[routes.hubs]", "[routes.garages]", &["routes.garages", "no such table"]),
        ("WHERE hub_id = :id\"", "WHERE hub = :id\"", &["routes.hubs.query", "hub"]),
        ("WHERE hub_id = :id\"", "WHERE hub_id = :nr\"", &["routes.hubs.query", "nr"]),
        ("[queries]", "[queries", &[]),
        ("photos = \"\"\"", "fotos = \"\"\"", &["queries.photos", "missing"]),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(place.path("own.toml"), good.replacen(from, to, 1)).unwrap();
        let serve = place.serve().with("CATALOGUE__FILE", place.path("own.toml").to_str().unwrap());
        refused(to, &serve, &[expected, &["own.toml"]].concat());
    }
}

#[test]
fn a_source_without_a_table_is_named_by_what_asks_for_it() {
    let place = Place::with_cars(1);
    place.sql("DROP TABLE inspection_items");
    refused("table", &place.serve(), &["catalogue.toml", "inspection_items"]);
    fs::write(
        place.path("text.sqlite"),
        "this is no database, but long enough to be looked at as if it were one ".repeat(20),
    )
    .unwrap();
    let text = format!("sqlite:{}", place.path("text.sqlite").display());
    refused("text", &place.serve().with("SOURCE__URL", &text), &["not a database"]);
}

#[test]
fn a_data_directory_that_cannot_be_used_is_named() {
    let place = Place::with_cars(1);
    fs::write(place.path("file"), "").unwrap();
    refused("a file", &place.serve().data(&place.path("file")), &["data.dir", "/file"]);
    refused("below a file", &place.serve().data(&place.path("file/data")), &["data.dir", "/file/data"]);

    let first = place.serve().ready();
    refused("in use", &place.serve(), &["data.dir", "another forecourt"]);
    assert_eq!(first.car(1000).status, 200, "the first is not disturbed");
    first.end();
    place.serve().ready().end();
}

#[test]
fn a_port_in_use_is_named() {
    let place = Place::with_cars(1);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (key, name) in [("SERVER__LISTEN", "server.listen"), ("ADMIN__LISTEN", "admin.listen")] {
        let serve = place.serve().with("LOG__LEVEL", "error").with(key, &address);
        refused(key, &serve, &[name, &address, "in use"]);
    }
    let both = place.serve().with("SERVER__LISTEN", &address).with("ADMIN__LISTEN", &address);
    refused("both", &both, &["admin.listen", "another port"]);
}

/// Settings with which a role would not start, each named by its key, by the start and before it.
#[test]
fn check_config_finds_what_a_start_would() {
    let place = Place::with_cars(1);
    let absent = place.path("absent").display().to_string();
    fs::write(place.path("properties"), "a line without a value\n").unwrap();
    let properties = place.path("properties").display().to_string();
    fs::write(place.path("short-keys"), "a-key-that-is-long-enough\ntoo-short\n").unwrap();
    let keys = place.path("short-keys").display().to_string();
    let kafka = [("KAFKA__BROKERS", "127.0.0.1:1"), ("SOURCE__URL", "mysql://u@127.0.0.1:1/shop")];
    let kafka = [&kafka[..], &[("STORE__URL", "redis://127.0.0.1:1")]].concat();
    let mysql = &kafka[1..2];
    for (settings, key, value, starts) in [
        (mysql, "SOURCE__PASSWORD_FILE", &*absent, true),
        (mysql, "SOURCE__TLS_CA_FILE", &absent, true),
        (&kafka[2..], "STORE__PASSWORD_FILE", &absent, true),
        (&kafka[2..], "STORE__TLS_CA_FILE", &absent, true),
        (&kafka, "KAFKA__PROPERTIES_FILE", &absent, true),
        (&kafka, "KAFKA__PROPERTIES_FILE", &properties, true),
        // Only another role would read these.
        (&[], "SOURCE__PASSWORD_FILE", &absent, false),
        (&[], "KAFKA__PROPERTIES_FILE", &absent, false),
        (&kafka, "KAFKA__CHANGES_TOPIC", "", false),
        (&[], "KAFKA__CHANGES_TOPIC", "", false),
        (&kafka, "RELAY__TABLES", "[\"cars\"]", false),
        (&[], "STORE__URL", "redis://h:port", true),
        (&[], "STORE__URL", "redis://", true),
        (&[], "STORE__URL", "memcache://h", true),
        (&[], "SOURCE__URL", "mysql://u@h:port/db", true),
        (&[], "ADMIN__LISTEN", "0.0.0.0:7777", true),
        (&[], "VISITOR__KEYS_FILE", &absent, true),
        (&[], "VISITOR__KEYS_FILE", &keys, true),
        (&[], "RANK__MODEL", &absent, true),
        (&[], "RANK__MODEL", &properties, true),
    ] {
        let set = |serve: Serve| {
            let serve = settings.iter().fold(serve, |serve, (key, value)| serve.with(key, value));
            let serve = serve.with("SERVER__LISTEN", "127.0.0.1:7777").with("SOURCE__WAIT_S", "0");
            serve.with(key, value)
        };
        let name = key.to_lowercase().replace("__", ".");
        let check = Serve::new(&["check-config"]).data(&place.path("data"));
        refused(key, &set(check), &[&*name]);
        if starts {
            refused(key, &set(place.serve()), &[&*name]);
        }
    }
}

#[test]
fn check_config_shows_what_is_in_effect() {
    let place = Place::empty();
    let file = place.path("forecourt.toml");
    fs::write(&file, "[listing]\nsimilar_cars = 3\n[server]\nworkers = 7\n").unwrap();
    let serve = Serve::new(&["check-config", "--config", file.to_str().unwrap()]).data(&place.path("data"));
    let output = serve.run();
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    let shown: toml::Table = output.stdout.parse().unwrap();
    assert_eq!(shown["listing"]["similar_cars"].as_integer(), Some(3));
    assert_eq!(shown["server"]["workers"].as_integer(), Some(2), "the environment wins over the file");
    assert_eq!(shown["server"]["idle_timeout_s"].as_integer(), Some(75), "defaults are shown too");
    assert!(!place.path("data").exists(), "nothing is made");
    refused("wrong", &serve.with("SERVER__WORKERS", "x"), &["server.workers"]);
}

#[test]
fn seeding_never_adds_to_a_database_that_holds_cars() {
    let place = Place::empty();
    let url = place.source_url();
    let seed = |cars: &str| Serve::new(&["seed", "--from", "generated", "--cars", cars, "--to", &url]).run();
    let first = seed("7");
    assert_eq!(first.status.code(), Some(0), "{}", first.stderr);
    let cars =
        || -> u32 { place.database().query_row("SELECT count(*) FROM cars", [], |row| row.get(0)).unwrap() };
    let n_cars = cars();
    assert!(n_cars >= 7);
    let second = seed("9");
    let error = second.stderr;
    assert!(!second.status.success() && error.contains("already holds"), "{error}");
    assert_eq!(cars(), n_cars);
}

#[test]
fn an_unknown_command_or_option_is_a_usage_error() {
    for arguments in
        [&["sevre"][..], &["--wokers", "2"], &["serve", "extra"], &["seed"], &["seed", "--cars", "many"]]
    {
        let output = Serve::new(arguments).run();
        let error = output.stderr;
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {error}");
        assert!(error.starts_with("error: ") && error.contains("--help"), "{error}");
    }
    for arguments in [&["--help"], &["--version"]] {
        assert_eq!(Serve::new(arguments).run().status.code(), Some(0));
    }
}
