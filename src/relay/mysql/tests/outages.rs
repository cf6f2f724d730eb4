//! Servers that die, logs that are gone, connections that say nothing any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mysql_async::OptsBuilder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::following::{Following, briefs};
use super::server::{Kind, Server, free_port};
use crate::change::{ALL_TABLES, Position};
use crate::clock;
use crate::relay::mysql::SILENCE_MAX;

const TABLES: &str = "CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY)";

fn insert(id: u32) -> String {
    format!("INSERT INTO shop.cars VALUES ({id})")
}

fn inserted(ids: impl IntoIterator<Item = u32>) -> Vec<String> {
    ids.into_iter().map(|id| format!(r#"insert cars: - {{"id":{id}}}"#)).collect()
}

/// Files stay while a connection that has ended a moment ago seems to read them.
async fn purge(server: &Server, to: &str) {
    for _ in 0..200 {
        server.sql(&format!("PURGE BINARY LOGS TO '{to}'")).await;
        if server.sql("SHOW BINARY LOGS").await[0][0] == to {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?} {:?}", server.sql("SHOW BINARY LOGS").await, server.sql("SHOW PROCESSLIST").await);
}

#[tokio::test]
async fn a_killed_server_is_waited_for_and_a_reader_goes_on_where_it_was() {
    for mut server in Server::each().await {
        server.sql(TABLES).await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql(&insert(1)).await;
        assert_eq!(briefs(&log.all().await), inserted([1]));
        server.kill();
        while log.faults.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.restart().await;
        server.sql(&insert(2)).await;
        assert_eq!(briefs(&log.all().await), inserted([2]));
        assert_eq!(log.faults.list(), []);
        // And a reader that was away.
        let position = log.position.clone();
        drop(log);
        server.sql(&insert(3)).await;
        server.restart().await;
        server.sql(&insert(4)).await;
        let mut log = Following::start(server.opts(), &position).await;
        assert!(log.resumed && log.begin == position);
        assert_eq!(briefs(&log.all().await), inserted([3, 4]));
    }
}

#[tokio::test]
async fn a_server_that_dies_while_a_huge_transaction_is_read_costs_no_row() {
    for mut server in Server::each().await {
        server
            .sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY, pad VARCHAR(500))")
            .await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql("INSERT INTO shop.cars VALUES (0, '')").await;
        log.all().await;
        let before = log.position.clone();
        let digits = "(SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
                      UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
        let from = ["a", "b", "c", "d", "e"].map(|name| format!("{digits} {name}")).join(", ");
        let sum = "1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n";
        server.sql(&format!("INSERT INTO shop.cars SELECT {sum}, REPEAT('x', 500) FROM {from}")).await;
        for _ in 0..10 {
            assert_eq!(log.next().await.position, before);
        }
        server.restart().await;
        let changes = log.all().await;
        let mut ids: Vec<_> =
            changes.iter().map(|change| change.after.as_ref().unwrap()["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), ids[0], ids[99_999]), (100_000, 1, 100_000));
        assert_ne!(log.position, before);
    }
}

#[tokio::test]
async fn without_gtids_the_file_and_position_are_enough() {
    let Some(server) = Server::mysql9().await else { return };
    drop(server);
    let off = ["--enforce-gtid-consistency=OFF", "--gtid-mode=OFF"];
    let mut server = Server::start(Kind::MySql9, &off).await;
    server.sql(TABLES).await;
    let mut log = Following::start(server.opts(), &Position::default()).await;
    server.sql(&insert(1)).await;
    let changes = log.all().await;
    assert_eq!((briefs(&changes), &changes[0].origin.as_ref().unwrap().gtid), (inserted([1]), &None));
    let position = log.position.clone();
    drop(log);
    server.sql(&format!("FLUSH BINARY LOGS; {}", insert(2))).await;
    server.restart().await;
    server.sql(&insert(3)).await;
    let mut log = Following::start(server.opts(), &position).await;
    assert!(log.resumed);
    assert_eq!(briefs(&log.all().await), inserted([2, 3]));
    server.sql("PURGE BINARY LOGS TO 'mb.000003'").await;
    let log = Following::start(server.opts(), &position).await;
    assert!(!log.resumed);
}

#[tokio::test]
async fn rotation_is_followed() {
    for server in Server::each().await {
        server.sql(TABLES).await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        for id in 1..4 {
            server.sql(&format!("{}; FLUSH BINARY LOGS", insert(id))).await;
        }
        let changes = log.all().await;
        assert_eq!(briefs(&changes), inserted(1..4));
        let files: Vec<_> =
            changes.iter().map(|change| change.origin.as_ref().unwrap().file.as_str()).collect();
        assert_eq!(files, ["mb.000001", "mb.000002", "mb.000003"].map(str::to_owned));
        // Nothing happens in the new file: it is complete all the same, and the position is in it.
        log.all().await;
        assert!(log.position.0.contains("mb.000004"), "{:?}", log.position);
    }
}

#[tokio::test]
async fn a_purged_position_is_refused() {
    for server in Server::each().await {
        server.sql(TABLES).await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql(&insert(1)).await;
        log.all().await;
        let position = log.position.clone();
        drop(log);
        server.sql(&format!("{}; FLUSH BINARY LOGS; {}; FLUSH BINARY LOGS", insert(2), insert(3))).await;
        purge(&server, "mb.000003").await;
        let mut log = Following::start(server.opts(), &position).await;
        assert!(!log.resumed && log.begin != position);
        server.sql(&insert(4)).await;
        assert_eq!(briefs(&log.all().await), inserted([4]));
        for nonsense in
            ["", "nonsense", r#"{"flavour":"mysql","server":"x","file":"mb.000001","pos":4,"gtid":""}"#]
        {
            assert!(!Following::start(server.opts(), &Position(nonsense.to_owned())).await.resumed);
        }
    }
}

#[tokio::test]
async fn a_log_that_is_gone_while_it_is_followed_dirties_everything() {
    for mut server in Server::each().await {
        server.sql(TABLES).await;
        let mut log = Following::start(server.opts(), &Position::default()).await;
        server.sql(&insert(1)).await;
        log.all().await;
        // Meanwhile at another address.
        let port = std::mem::replace(&mut server.port, free_port());
        server.restart().await;
        server.sql(&format!("{}; FLUSH BINARY LOGS; FLUSH BINARY LOGS", insert(2))).await;
        let files = server.sql("SHOW BINARY LOGS").await;
        purge(&server, &files.last().unwrap()[0]).await;
        server.port = port;
        server.restart().await;
        let changes = log.all().await;
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].table, ALL_TABLES);
        server.sql(&insert(3)).await;
        assert_eq!(briefs(&log.all().await), inserted([3]));
        assert_eq!(log.faults.list(), []);
    }
}

#[tokio::test]
async fn a_silent_connection_is_given_up() {
    for server in Server::each().await {
        server.sql(TABLES).await;
        let proxy = Proxy::start(server.port).await;
        let through = OptsBuilder::from_opts(server.opts()).tcp_port(proxy.port);
        let mut log = Following::start(through.into(), &Position::default()).await;
        log.all().await;
        proxy.is_silent.store(true, Ordering::Relaxed);
        server.sql(&insert(1)).await;
        let begun = clock::now();
        while log.faults.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let noticed = clock::now().duration_since(begun);
        assert!(noticed < SILENCE_MAX + Duration::from_secs(2), "{noticed:?}");
        proxy.is_silent.store(false, Ordering::Relaxed);
        assert_eq!(briefs(&log.all().await), inserted([1]));
        assert_eq!(log.faults.list(), []);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_passed_over_and_dirties_everything() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY, note TEXT)").await;
        let proxy = Proxy::start(server.port).await;
        let through = OptsBuilder::from_opts(server.opts()).tcp_port(proxy.port);
        let mut log = Following::start(through.into(), &Position::default()).await;
        server.sql("INSERT INTO shop.cars VALUES (1, 'fine')").await;
        assert_eq!(log.all().await.len(), 1);
        server.sql("INSERT INTO shop.cars VALUES (2, 'perishable')").await;
        let changes = log.all().await;
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].table, ALL_TABLES);
        assert!(changes[0].note.as_ref().unwrap().contains("checksum"), "{changes:?}");
        server.sql("INSERT INTO shop.cars VALUES (3, 'fine')").await;
        assert_eq!(log.all().await[0].after.as_ref().unwrap()["id"], 3);
        assert_eq!(log.faults.list(), []);
    }
}

/// Forwards to a port until it is told to be silent: connections stay open then, and so does the port.
/// And it spoils what says [`SPOILED`].
struct Proxy {
    port: u16,
    is_silent: Arc<AtomicBool>,
}

const SPOILED: &[u8] = b"perishable";

impl Proxy {
    async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, is_silent) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let silent = Arc::clone(&is_silent);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let (client, server) = (client.into_split(), server.into_split());
                tokio::spawn(forward(client.0, server.1, Arc::clone(&silent)));
                tokio::spawn(forward(server.0, client.1, Arc::clone(&silent)));
            }
        });
        Self { port, is_silent }
    }
}

async fn forward(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    is_silent: Arc<AtomicBool>,
) {
    let mut buffer = [0; 16_384];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if is_silent.load(Ordering::Relaxed) {
            // For ever: what was lost on the way is not made up for later.
            std::future::pending::<()>().await;
        }
        if let Some(i) = buffer[..n].windows(SPOILED.len()).position(|bytes| bytes == SPOILED) {
            buffer[i] = b'P';
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
