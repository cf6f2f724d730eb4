//! Every column type, from real servers.

use serde_json::{Value, json};

use super::following::Following;
use super::server::{Kind, Server};
use crate::change::{Op, Position};

/// Column, its SQL value, its JSON. For both kinds of server.
fn numbers_and_times() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("TINYINT", "-128", json!(-128)),
        ("TINYINT UNSIGNED", "255", json!(255)),
        ("TINYINT(1)", "1", json!(1)),
        ("SMALLINT", "-32768", json!(-32768)),
        ("SMALLINT UNSIGNED", "65535", json!(65535)),
        ("MEDIUMINT", "-8388608", json!(-8_388_608)),
        ("MEDIUMINT UNSIGNED", "16777215", json!(16_777_215)),
        ("INT", "-2147483648", json!(-2_147_483_648_i64)),
        ("INT UNSIGNED", "4000000000", json!(4_000_000_000_u64)),
        ("BIGINT", "-9223372036854775808", json!(i64::MIN)),
        ("BIGINT UNSIGNED", "18446744073709551615", json!(u64::MAX)),
        ("BIGINT UNSIGNED", "7", json!(7)),
        ("FLOAT", "1.1", json!(1.1)),
        ("DOUBLE", "-1.5e300", json!(-1.5e300)),
        ("DECIMAL(10,2)", "-12345.67", json!("-12345.67")),
        ("DECIMAL(10,2)", "0.05", json!("0.05")),
        ("DECIMAL(18,9)", "5", json!("5.000000000")),
        ("DECIMAL(9,0)", "0", json!("0")),
        ("DECIMAL(18,0)", "7", json!("7")),
        ("DECIMAL(20,0)", "1000000000000", json!("1000000000000")),
        ("DECIMAL(5,5)", "-0.00001", json!("-0.00001")),
        (
            "DECIMAL(65,30)",
            "12345678901234567890.5",
            json!("12345678901234567890.500000000000000000000000000000"),
        ),
        ("DATE", "'2024-02-29'", json!("2024-02-29")),
        ("DATE", "'0000-00-00'", json!("0000-00-00")),
        ("DATETIME", "'2024-01-02 03:04:05'", json!("2024-01-02 03:04:05")),
        ("DATETIME(3)", "'2024-01-02 03:04:05.678'", json!("2024-01-02 03:04:05.678")),
        ("DATETIME(6)", "'9999-12-31 23:59:59.000001'", json!("9999-12-31 23:59:59.000001")),
        ("DATETIME(3)", "'2024-01-02 03:04:05'", json!("2024-01-02 03:04:05.000")),
        ("DATETIME", "'0000-00-00 00:00:00'", json!("0000-00-00 00:00:00")),
        ("TIMESTAMP NULL", "'2024-07-02 03:04:05'", json!("2024-07-02 03:04:05")),
        ("TIMESTAMP(6) NULL", "'2024-07-02 03:04:05.000007'", json!("2024-07-02 03:04:05.000007")),
        ("TIMESTAMP NULL", "'0000-00-00 00:00:00'", json!("0000-00-00 00:00:00")),
        ("TIME", "'-12:34:56'", json!("-12:34:56")),
        ("TIME(3)", "'-12:34:56.789'", json!("-12:34:56.789")),
        ("TIME", "'838:59:59'", json!("838:59:59")),
        ("TIME(6)", "'00:00:00.000001'", json!("00:00:00.000001")),
        ("TIME(2)", "'-01:02:03.04'", json!("-01:02:03.04")),
        ("TIME(4)", "'101:02:03.0405'", json!("101:02:03.0405")),
        ("TIME(5)", "'-00:00:01.00005'", json!("-00:00:01.00005")),
        ("TIME(1)", "'-00:00:00.1'", json!("-00:00:00.1")),
        ("YEAR", "2024", json!(2024)),
        ("YEAR", "0", json!(0)),
    ]
}

fn texts() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("ENUM('low','hi''gh','ö')", "'hi''gh'", json!("hi'gh")),
        ("ENUM('low','ö') CHARACTER SET latin1", "'ö'", json!("ö")),
        ("SET('x','y','z')", "'x,z'", json!(["x", "z"])),
        ("SET('x','y')", "''", json!([])),
        ("BIT(1)", "b'1'", json!("1")),
        ("BIT(10)", "b'1010101011'", json!("1010101011")),
        ("BIT(64)", "b'1'", json!("0".repeat(63) + "1")),
        ("CHAR(5)", "'añ'", json!("añ")),
        ("CHAR(200)", "'long ö'", json!("long ö")),
        ("VARCHAR(20)", "'😀 é'", json!("😀 é")),
        ("VARCHAR(300)", "''", json!("")),
        ("VARCHAR(20) CHARACTER SET latin1", "'é €'", json!("é €")),
        ("VARCHAR(20) CHARACTER SET utf16", "'é😀'", json!("é😀")),
        ("VARCHAR(20) CHARACTER SET ascii", "'plain'", json!("plain")),
        ("TINYTEXT", "'tiny'", json!("tiny")),
        ("TEXT", "'text é'", json!("text é")),
        ("MEDIUMTEXT CHARACTER SET latin1", "'ü'", json!("ü")),
        ("LONGTEXT", "'long'", json!("long")),
        ("BINARY(4)", "x'4100'", json!("QQAAAA==")),
        ("VARBINARY(4)", "x'41ff'", json!("Qf8=")),
        ("TINYBLOB", "x'41ff'", json!("Qf8=")),
        ("BLOB", "x'00'", json!("AA==")),
        ("LONGBLOB", "''", json!("")),
        ("POINT", "ST_GeomFromText('POINT(1 2)')", json!("AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==")),
        ("VARCHAR(9) CHARACTER SET latin1", "'é'", json!("é")),
        ("INT", "NULL", Value::Null),
        ("TEXT", "NULL", Value::Null),
        ("JSON", "NULL", Value::Null),
    ]
}

const DOCUMENT: &str =
    r#"{"a": [1, -2, 2.5, true, false, null], "é\"": "x\ny", "big": 18446744073709551615, "o": {"k": {}}}"#;

#[tokio::test]
async fn every_type_has_its_json() {
    for server in Server::each().await {
        let mut columns = [numbers_and_times(), texts()].concat();
        let document = format!("'{}'", DOCUMENT.replace('\\', "\\\\"));
        columns.push(("JSON", &document, json!(DOCUMENT)));
        match server.kind {
            Kind::MariaDb => {
                columns.push((
                    "UUID",
                    "'6ccd780c-baba-1026-9564-5b8c656024db'",
                    json!("bM14DLq6ECaVZFuMZWAk2w=="),
                ));
                columns.push(("INET6", "'::1'", json!("AAAAAAAAAAAAAAAAAAAAAQ==")));
                columns.push((
                    "VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_swedish_nopad_ci",
                    "'é'",
                    json!("é"),
                ));
            }
            Kind::MySql9 => {
                let (decimal, at) = ("CAST(1.10 AS DECIMAL(5,2))", "CAST('2024-01-02 03:04:05' AS DATETIME)");
                let sql = format!("JSON_OBJECT('d', {decimal}, 't', {at})");
                let text = r#"{"d": 1.10, "t": "2024-01-02 03:04:05.000000"}"#;
                columns.push(("JSON", String::leak(sql), json!(text)));
                columns.push(("VECTOR(2)", "TO_VECTOR('[1,-1]')", json!("AACAPwAAgL8=")));
                columns.push(("TIMESTAMP NULL", "'2038-01-19 03:14:07'", json!("2038-01-19 03:14:07")));
            }
        }
        let definitions: Vec<_> =
            columns.iter().enumerate().map(|(i, (kind, ..))| format!("c{i} {kind}")).collect();
        let values: Vec<_> = columns.iter().map(|(_, value, _)| *value).collect();
        let (definitions, values) = (definitions.join(", "), values.join(", "));
        server
            .sql(&format!("CREATE DATABASE shop; CREATE TABLE shop.t ({definitions}) CHARACTER SET utf8mb4"))
            .await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server
            .sql(&format!(
                "SET NAMES utf8mb4; SET sql_mode = ''; SET time_zone = '+00:00'; INSERT INTO shop.t VALUES ({values}); \
                 SET time_zone = '+05:30'; UPDATE shop.t SET c0 = 1"
            ))
            .await;
        let changes = log.all().await;
        assert_eq!(
            changes.iter().map(|change| change.op).collect::<Vec<_>>(),
            [Op::Insert, Op::Update],
            "{changes:?}"
        );
        for image in [&changes[0].after, &changes[1].before] {
            let image = image.as_ref().unwrap();
            for (i, (kind, value, expected)) in columns.iter().enumerate() {
                let found = &image[&format!("c{i}")];
                if *kind == "JSON" && !expected.is_null() {
                    // MySQL orders keys by its own rule.
                    let parse =
                        |value: &Value| serde_json::from_str::<Value>(value.as_str().unwrap()).unwrap();
                    assert_eq!(parse(found), parse(expected), "{value}");
                } else {
                    assert_eq!(found, expected, "{kind} {value}");
                }
            }
            assert_eq!(image.len(), columns.len());
        }
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_dirty_their_table() {
    for server in Server::each().await {
        server
            .sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, j JSON, x INT); INSERT INTO shop.t VALUES (1, '{}', 1)")
            .await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql("SET SESSION binlog_row_image = 'MINIMAL'; UPDATE shop.t SET x = 2").await;
        server
            .sql("SET GLOBAL binlog_row_metadata = 'MINIMAL'; INSERT INTO shop.t VALUES (2, '{}', 2)")
            .await;
        server.sql("SET GLOBAL binlog_row_metadata = 'FULL'; INSERT INTO shop.t VALUES (3, '{}', 3)").await;
        let special = match server.kind {
            Kind::MariaDb => {
                "SET GLOBAL log_bin_compress = ON; SET GLOBAL log_bin_compress_min_len = 10; \
                 INSERT INTO shop.t VALUES (4, CONCAT('\"', REPEAT('x', 500), '\"'), 4); SET GLOBAL log_bin_compress = OFF"
            }
            Kind::MySql9 => {
                "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'; \
                 UPDATE shop.t SET j = JSON_SET('{\"a\": 1}', '$.a', 2) WHERE id = 3; \
                 UPDATE shop.t SET j = JSON_SET(j, '$.a', 3) WHERE id = 3"
            }
        };
        server.sql(special.trim_start()).await;
        let changes = log.all().await;
        let notes: Vec<_> =
            changes.iter().map(|change| (change.op, change.note.as_deref().unwrap_or(""))).collect();
        let expect =
            |i: usize, word: &str| assert!(notes[i].0 == Op::Table && notes[i].1.contains(word), "{notes:?}");
        expect(0, "binlog_row_image");
        expect(1, "binlog_row_metadata");
        assert_eq!(notes[2].0, Op::Insert);
        let last = notes.len() - 1;
        expect(last, if server.kind == Kind::MariaDb { "compress" } else { "JSON" });
        assert!(changes.iter().all(|change| change.table == "t"));
    }
}

#[tokio::test]
async fn a_compressed_transaction_is_unpacked() {
    let Some(server) = Server::mysql9().await else { return };
    server.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, x TEXT)").await;
    let mut log = Following::start(server.opts(), &Position::default()).await;
    let insert = |id: u32| format!("INSERT INTO shop.t VALUES ({id}, REPEAT('x', 5000))");
    let pack = "SET SESSION binlog_transaction_compression = ON";
    server.sql(&format!("{}; {pack}; {}; {}", insert(1), insert(2), insert(3))).await;
    server.sql(&insert(4)).await;
    let changes = log.all().await;
    let ids: Vec<_> =
        changes.iter().map(|change| change.after.as_ref().unwrap()["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    let places: Vec<_> = changes.iter().map(|change| change.origin.as_ref().unwrap().pos).collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
    let resumed = Following::start(server.opts(), &log.position).await;
    assert!(resumed.resumed);
}
