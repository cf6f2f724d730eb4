//! Statements in the log: DDL, and changes that were not logged as rows.

use super::following::Following;
use super::server::{Kind, Server};
use crate::change::{ALL_TABLES, Op, Position};

#[tokio::test]
async fn ddl_dirties_the_tables_it_names() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop; CREATE DATABASE other").await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        let cases: &[(&str, &[&str])] = &[
            ("CREATE TABLE cars (id INT PRIMARY KEY, price INT)", &["cars"]),
            ("CREATE TABLE IF NOT EXISTS `shop`.`my photos` (id INT)", &["my photos"]),
            ("CREATE TABLE other.cars (id INT)", &[]),
            ("/* why */ ALTER TABLE cars ADD COLUMN km INT", &["cars"]),
            ("CREATE INDEX by_price ON cars (price)", &["cars"]),
            ("DROP INDEX by_price ON cars", &["cars"]),
            ("TRUNCATE TABLE cars", &["cars"]),
            ("RENAME TABLE cars TO autos, `my photos` TO photos", &["cars", "autos", "my photos", "photos"]),
            ("ALTER TABLE autos RENAME TO cars", &["autos", "cars"]),
            ("CREATE VIEW v AS SELECT id FROM cars", &[ALL_TABLES]),
            ("CREATE TRIGGER tr BEFORE INSERT ON cars FOR EACH ROW SET NEW.km = 1", &[]),
            (
                "CREATE TEMPORARY TABLE tmp (id INT); INSERT INTO tmp VALUES (1); DROP TEMPORARY TABLE tmp",
                &[],
            ),
            ("CREATE TABLE copied AS SELECT 1 AS id", &["copied", "copied"]),
            ("DROP TABLE IF EXISTS photos, copied", &["photos", "copied"]),
            ("CREATE USER u@localhost", &[]),
            ("GRANT SELECT ON shop.* TO u@localhost", &[]),
            ("DROP DATABASE other", &[]),
            ("DROP DATABASE shop", &[ALL_TABLES]),
        ];
        for (sql, expected) in cases {
            server.sql_in("shop", sql).await;
            let changes = log.all().await;
            let mut tables: Vec<_> = changes.iter().map(|change| change.table.as_str()).collect();
            let mut expected = expected.to_vec();
            if sql.starts_with("DROP TABLE") && server.kind == Kind::MySql9 {
                // Logged one by one, in an order of its own.
                tables.sort_unstable();
                expected.sort_unstable();
            }
            assert_eq!(tables, expected, "{sql}");
            for change in changes.iter().filter(|change| change.op == Op::Table) {
                let origin = change.origin.as_ref().unwrap();
                assert!(origin.gtid.is_some() && origin.pos > 4 && origin.ts_ms > 0 && change.note.is_some());
            }
        }
    }
}

#[tokio::test]
async fn statements_in_place_of_rows_dirty_everything() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY); CREATE DATABASE other; CREATE TABLE other.t (id INT)").await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql_in("shop", "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO cars VALUES (1)").await;
        server.sql_in("other", "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO t VALUES (1)").await;
        server.sql("INSERT INTO shop.cars VALUES (2)").await;
        let changes = log.all().await;
        assert_eq!((changes[0].op, changes[0].table.as_str()), (Op::Table, ALL_TABLES));
        assert!(changes[0].note.as_ref().unwrap().contains("binlog_format"), "{changes:?}");
        assert_eq!((changes.len(), changes[1].op), (2, Op::Insert));
    }
}

#[tokio::test]
async fn two_phase_commits_are_told_when_they_become_visible() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY)").await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql("XA START 'a'; INSERT INTO shop.cars VALUES (1); XA END 'a'; XA PREPARE 'a'").await;
        server.sql("INSERT INTO shop.cars VALUES (2)").await;
        log.all().await;
        server.sql("XA COMMIT 'a'").await;
        let changes = log.all().await;
        assert!(changes.iter().any(|change| change.table == ALL_TABLES), "{changes:?}");
        server.sql("INSERT INTO shop.cars VALUES (3)").await;
        assert_eq!(log.all().await.len(), 1);
        let before = log.position.clone();
        drop(log);
        let mut log = Following::start(server.opts(), &before).await;
        assert!(log.resumed);
        assert_eq!(log.all().await, []);
    }
}
