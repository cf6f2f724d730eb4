//! A replica takes over: another address, other files, the same transactions.

use std::time::Duration;

use super::following::{Following, briefs};
use super::server::{Kind, Server};
use crate::change::Position;

async fn replicate(from: &Server, to: &Server) {
    let port = from.port;
    from.sql("CREATE USER IF NOT EXISTS copier@'%' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO copier@'%'").await;
    match to.kind {
        Kind::MariaDb => {
            to.sql(&format!(
                "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, MASTER_USER = 'copier', \
                 MASTER_PASSWORD = 'secret', MASTER_USE_GTID = slave_pos; START SLAVE"
            ))
            .await
        }
        Kind::MySql9 => {
            to.sql(&format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'copier', \
                 SOURCE_PASSWORD = 'secret', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA"
            ))
            .await
        }
    };
}

async fn wait_for_rows(server: &Server, n: usize) {
    for _ in 0..600 {
        let known = server.sql("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'").await;
        if !known.is_empty() && server.sql("SELECT id FROM shop.cars").await.len() == n {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the replica does not follow");
}

#[tokio::test]
async fn reading_goes_on_at_a_replica_that_took_over() {
    for kind in [Kind::MariaDb, Kind::MySql9] {
        if kind == Kind::MySql9 && Server::mysql9().await.is_none() {
            return;
        }
        let options: &[&str] = if kind == Kind::MariaDb { &["--gtid-domain-id=3"] } else { &[] };
        let mut primary = Server::start(kind, options).await;
        // Other names of files, so positions by file cannot be right by chance.
        let replica = Server::start(kind, &[options, &["--log-bin=other"]].concat()).await;
        primary.sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY); INSERT INTO shop.cars VALUES (1)").await;
        replicate(&primary, &replica).await;
        let mut log = Following::start(primary.opts(), &Position::default()).await;
        primary.sql("INSERT INTO shop.cars VALUES (2)").await;
        assert_eq!(log.all().await.len(), 1);
        let position = log.position.clone();
        drop(log);
        primary.sql("INSERT INTO shop.cars VALUES (3)").await;
        wait_for_rows(&replica, 3).await;
        primary.kill();
        replica.sql("INSERT INTO shop.cars VALUES (4)").await;
        let mut log = Following::start(replica.opts(), &position).await;
        assert!(log.resumed);
        let changes = log.all().await;
        assert_eq!(briefs(&changes), [3, 4].map(|id| format!(r#"insert cars: - {{"id":{id}}}"#)));
        assert!(changes.iter().all(|change| change.origin.as_ref().unwrap().file.starts_with("other.")));
        let ids: Vec<_> = changes.iter().map(|change| change.origin.as_ref().unwrap().server_id).collect();
        assert_eq!(ids, [u32::from(primary.port), u32::from(replica.port)]);
        // Back again, as a reader that has read more than the old primary has: refused, since that one lacks it.
        let position = log.position.clone();
        drop(log);
        primary.restart().await;
        let log = Following::start(primary.opts(), &position).await;
        assert!(!log.resumed);
    }
}
