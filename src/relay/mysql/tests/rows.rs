//! Rows and transactions: what is told, in which order, and where it says it was.

use std::collections::BTreeSet;
use std::time::Duration;

use super::following::{Following, briefs, settings};
use super::server::{Kind, Server};
use crate::change::{Op, Position};
use crate::clock;
use crate::lifecycle::Phase;
use crate::relay::mysql::{BATCH_ROWS_MAX, Tables};

const TABLES: &str = "CREATE DATABASE shop; CREATE DATABASE other; \
    CREATE TABLE shop.cars (id INT PRIMARY KEY, price INT); \
    CREATE TABLE shop.photos (car INT, n INT, PRIMARY KEY (n, car)); \
    CREATE TABLE shop.noise (id INT); CREATE TABLE other.cars (id INT); \
    CREATE TABLE shop.old (id INT PRIMARY KEY) ENGINE = MyISAM";

#[tokio::test]
async fn rows_arrive_in_order_with_both_images_key_and_place() {
    for server in Server::each().await {
        server.sql(TABLES).await;
        let tables = Tables::Listed(["cars", "photos", "old"].map(str::to_owned).into());
        let mut log = Following::with(settings(server.opts(), tables), &Position::default()).await;
        assert!(!log.resumed);
        server
            .sql(
                "INSERT INTO shop.cars VALUES (1, 10), (2, 20); INSERT INTO shop.noise VALUES (1); \
                 INSERT INTO other.cars VALUES (9); UPDATE shop.cars SET price = 11 WHERE id = 1; \
                 BEGIN; INSERT INTO shop.photos VALUES (1, 1); SAVEPOINT a; DELETE FROM shop.cars WHERE id = 1; \
                 ROLLBACK TO a; DELETE FROM shop.cars WHERE id = 2; COMMIT; \
                 BEGIN; INSERT INTO shop.cars VALUES (7, 7); ROLLBACK; \
                 INSERT INTO shop.old VALUES (5); REPLACE INTO shop.cars VALUES (1, 12)",
            )
            .await;
        let changes = log.all().await;
        let expected = [
            r#"insert cars: - {"id":1,"price":10}"#,
            r#"insert cars: - {"id":2,"price":20}"#,
            r#"update cars: {"id":1,"price":10} {"id":1,"price":11}"#,
            r#"insert photos: - {"car":1,"n":1}"#,
            r#"delete cars: {"id":2,"price":20} -"#,
            r#"insert old: - {"id":5}"#,
            r#"update cars: {"id":1,"price":11} {"id":1,"price":12}"#,
        ];
        assert_eq!(briefs(&changes), expected);
        assert_eq!(*changes[0].key, ["id"]);
        let photo = changes.iter().find(|change| change.table == "photos").unwrap();
        assert_eq!(photo.key.iter().collect::<BTreeSet<_>>(), [&"car".to_owned(), &"n".to_owned()].into());
        let origins: Vec<_> = changes.iter().map(|change| change.origin.clone().unwrap()).collect();
        let now_ms = clock::unix_ms();
        for origin in &origins {
            assert_eq!((origin.server_id, origin.file.as_str()), (u32::from(server.port), "mb.000001"));
            assert!(origin.ts_ms <= now_ms && origin.ts_ms > now_ms - 60_000, "{origin:?}");
        }
        assert_eq!((origins[0].row, origins[1].row), (0, 1));
        assert!(
            origins[0].pos == origins[1].pos && origins.windows(2).all(|pair| pair[0].pos <= pair[1].pos)
        );
        assert_eq!(origins[3].gtid, origins[4].gtid);
        assert_ne!(origins[2].gtid, origins[3].gtid);
        let known = match server.kind {
            Kind::MariaDb => server.sql("SELECT @@gtid_binlog_pos").await,
            Kind::MySql9 => {
                server
                    .sql("SELECT CONCAT(@@server_uuid, ':', REGEXP_SUBSTR(@@gtid_executed, '[0-9]+$'))")
                    .await
            }
        };
        assert_eq!(origins[6].gtid.as_ref(), Some(&known[0][0]));
    }
}

#[tokio::test]
async fn a_row_is_told_at_once_and_completeness_soon() {
    for server in Server::each().await {
        server.sql(TABLES).await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        log.all().await;
        let mut delays_us = Vec::new();
        let mut conn = mysql_async::Conn::new(server.opts()).await.unwrap();
        for i in 0..50 {
            let sql = format!("INSERT INTO shop.cars VALUES ({i}, 1)");
            mysql_async::prelude::Queryable::query_drop(&mut conn, sql).await.unwrap();
            let committed = clock::now();
            while log.next().await.changes.is_empty() {}
            delays_us.push(clock::now().duration_since(committed).as_micros());
        }
        delays_us.sort_unstable();
        println!("commit to batch: p50 {} us, max {} us", delays_us[25], delays_us[49]);
        // The machine may be busy, a pause between looks would still show.
        assert!(delays_us[25] < 20_000, "{delays_us:?}");
    }
}

#[tokio::test]
async fn a_huge_transaction_streams_in_bounded_batches() {
    for server in Server::each().await {
        server.sql(TABLES).await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        log.all().await;
        let before = log.position.clone();
        let limit = match server.kind {
            Kind::MariaDb => "max_recursive_iterations",
            Kind::MySql9 => "cte_max_recursion_depth",
        };
        let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i, i FROM n";
        server.sql(&format!("SET SESSION {limit} = 1000000; INSERT INTO shop.cars {numbers}")).await;
        let (mut n_rows, mut n_batches) = (0, 0);
        let begun = clock::now();
        while n_rows < 100_000 {
            // A reader that is slow at times: the channel is full then.
            if n_batches == 20 {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            let batch = log.next().await;
            assert!(batch.changes.len() <= BATCH_ROWS_MAX);
            for change in &batch.changes {
                n_rows += 1;
                assert_eq!((change.op, &change.after.as_ref().unwrap()["id"]), (Op::Insert, &n_rows.into()));
            }
            n_batches += usize::from(!batch.changes.is_empty());
            assert!(batch.position == before || n_rows == 100_000);
        }
        println!("100000 rows in {n_batches} batches, {} ms", clock::now().duration_since(begun).as_millis());
        assert!(n_batches >= 100);
        assert_eq!(log.all().await, []);
        assert_ne!(log.position, before);
    }
}

#[tokio::test]
async fn following_ends_with_its_receiver_and_with_the_process() {
    let server = Server::mariadb().await;
    server.sql(TABLES).await;
    let mut log = Following::start(server.opts(), &Position::default()).await;
    log.all().await;
    let begun = clock::now();
    log.batches.close();
    log.join();
    assert!(clock::now().duration_since(begun) < Duration::from_millis(300));
    let mut log = Following::start(server.opts(), &Position::default()).await;
    // Nobody receives: the channel is full.
    for i in 0..20 {
        server.sql(&format!("INSERT INTO shop.cars VALUES ({i}, 1)")).await;
    }
    let begun = clock::now();
    log.lifecycle.enter(Phase::Stopping);
    log.join();
    assert!(clock::now().duration_since(begun) < Duration::from_millis(300));
    // And while the server is away.
    let mut server = server;
    let mut log = Following::start(server.opts(), &Position::default()).await;
    server.kill();
    assert!(!server.is_running());
    while log.faults.list().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let begun = clock::now();
    log.lifecycle.enter(Phase::Stopping);
    log.join();
    assert!(clock::now().duration_since(begun) < Duration::from_millis(300));
}
