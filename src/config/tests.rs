//! Layers, and the errors an operator reads.

use std::fs;

use super::{Config, SourceUrl, environment};

/// Loads with a file's text; the process environment is not touched.
fn load(text: &str) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("f.toml");
    fs::write(&file, text).unwrap();
    Config::load(Some(&file)).map_err(|e| e.to_string())
}

#[test]
fn the_example_file_has_every_key_with_its_default_and_a_comment() {
    let text = include_str!("../../config/forecourt.toml");
    assert_eq!(load(text).unwrap(), Config::default());
    let example: toml::Table = toml::from_str(text).unwrap();
    let defaults: toml::Table = toml::from_str(&Config::default().to_toml().unwrap()).unwrap();
    assert_eq!(example, defaults, "a key is missing in the example, or has another value than the default");
    let lines: Vec<_> = text.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        let key = line.contains('=') && !line.starts_with('#');
        assert!(!key || lines[i - 1].starts_with('#'), "no comment above `{line}`");
    }
}

#[test]
fn an_error_is_one_line_with_file_key_and_what_was_expected() {
    for (text, parts) in [
        ("[server]\nlisten = 'nowhere'", &["f.toml", "server.listen", "socket address"][..]),
        ("[server]\nworkers = 'two'", &["f.toml", "server.workers", "found string"]),
        ("[server]\nwokers = 2", &["f.toml", "wokers", "unknown field", "workers"]),
        ("[servr]\nworkers = 2", &["f.toml", "servr", "unknown field"]),
        ("[server]\nidle_timeout_s = 30", &["server.idle_timeout_s", "60 s"]),
        ("[source]\nurl = 'oracle:x'", &["source.url", "sqlite:PATH"]),
        ("[photos]\nbase_url = 'photos'", &["photos.base_url", "http://"]),
        ("[store]\nurl = 'memcache://h'", &["store.url", "redis://host:port/db"]),
        ("[kafka]\nbrokers = 'h:9092'", &["source.url", "mysql://"]),
        ("[kafka]\nbrokers = 'h:9092'\n[source]\nurl = 'mysql://u@h/d'", &["store.url", "redis://"]),
        ("[events]\nbody_bytes_max = 10", &["events.body_bytes_max", "1024 to 1048576"]),
        ("[events]\nper_second_max = -1", &["events.per_second_max"]),
        ("[kafka]\npartitions = 0", &["kafka.partitions", "1 to 1000"]),
        ("[kafka.properties]\n'a.b' = 1", &["f.toml", "kafka.properties.a.b"]),
        ("[server\n", &["f.toml"]),
    ] {
        let error = load(text).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "`{error}` lacks `{part}`");
        }
        assert!(!error.contains('\n'), "{error}");
    }
    let absent = Config::load(Some("/nowhere/f.toml".as_ref())).unwrap_err().to_string();
    assert!(absent.contains("/nowhere/f.toml: no such file"), "{absent}");
}

#[test]
fn two_ports_of_one_process_are_not_the_same() {
    for (server, admin, fine) in [
        ("127.0.0.1:9090", "127.0.0.1:9090", false),
        ("0.0.0.0:9090", "127.0.0.1:9090", false),
        ("127.0.0.1:9090", "[::]:9090", false),
        ("0.0.0.0:80", "[::1]:80", true),
        ("10.0.0.1:9090", "127.0.0.1:9090", true),
        ("0.0.0.0:8080", "0.0.0.0:9090", true),
        ("0.0.0.0:0", "0.0.0.0:0", true),
    ] {
        let text = format!("[server]\nlisten = '{server}'\n[admin]\nlisten = '{admin}'");
        let checked = load(&text).unwrap().check_ports().map_err(|e| e.to_string());
        assert_eq!(checked.is_ok(), fine, "{server} {admin}");
        let Err(line) = checked else { continue };
        assert!(line.starts_with("admin.listen: ") && line.contains("server.listen"), "{line}");
    }
}

#[test]
fn only_section_and_key_names_are_settings() {
    let chosen = environment();
    for (name, setting) in [("SERVER__LISTEN", true), ("HOME", false), ("__X", false), ("X__", false)] {
        let filtered = chosen.iter().any(|(key, _)| key == name);
        // The environment of the test holds none of them; the filter itself is asked.
        assert!(!filtered);
        let wanted = name.split_once("__").is_some_and(|(s, k)| !s.is_empty() && !k.is_empty());
        assert_eq!(wanted, setting, "{name}");
    }
}

#[test]
fn passwords_are_not_shown() {
    for (url, shown) in [
        ("mysql://user:secret@host:3306/db", "mysql://user:***@host:3306/db"),
        ("redis://:p@ss@host:6379/0", "redis://:***@host:6379/0"),
        ("sqlite:file.db", "sqlite:file.db"),
        ("mysql://user@host/db", "mysql://user@host/db"),
    ] {
        assert_eq!(super::masked(url), shown);
    }
    let text = "[kafka.properties]\n'sasl.password' = 'se_cret'\n'sasl.username' = 'cars'\n'ssl.key.pem' = 'se_cret'";
    let shown = load(text).unwrap().to_toml().unwrap();
    assert!(
        shown.contains("cars") && shown.contains("sasl.password") && !shown.contains("se_cret"),
        "{shown}"
    );
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    fs::write(&file, "p@ss word\n").unwrap();
    assert_eq!(super::secret("k", &file).unwrap().as_deref(), Some("p@ss word"));
    assert_eq!(super::secret("k", "".as_ref()).unwrap(), None);
    let error = super::secret("source.password_file", "/nowhere/x".as_ref()).unwrap_err().to_string();
    assert!(error.starts_with("source.password_file: cannot read /nowhere/x"), "{error}");
}

#[test]
fn a_sqlite_url_without_a_path_is_the_embedded_database() {
    let of = |url| SourceUrl::parse(url, "data".as_ref()).unwrap();
    let SourceUrl::Sqlite { path, embedded } = of("sqlite:") else { panic!("not SQLite") };
    assert!(embedded && path.ends_with("data/catalogue.sqlite"));
    assert_eq!(of("sqlite:/x/y.db"), SourceUrl::Sqlite { path: "/x/y.db".into(), embedded: false });
}
