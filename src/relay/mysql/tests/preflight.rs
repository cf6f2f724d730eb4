//! What is said of servers that are not set up to be followed.

use mysql_async::Opts;

use super::server::{Kind, Server, free_port};
use crate::relay::mysql::preflight;

#[tokio::test]
async fn a_good_server_passes() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY)").await;
        assert_eq!(preflight(&server.opts(), "shop").await, Ok(vec![]));
    }
}

#[tokio::test]
async fn each_wrong_setting_has_its_line() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop").await;
        for (name, value) in
            [("binlog_format", "MIXED"), ("binlog_row_image", "MINIMAL"), ("binlog_row_metadata", "MINIMAL")]
        {
            server.sql(&format!("SET GLOBAL {name} = '{value}'")).await;
            let errors = preflight(&server.opts(), "shop").await.unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(
                errors[0].starts_with(&format!("{name} is '{value}': run SET GLOBAL {name} = '")),
                "{errors:?}"
            );
            let good = if name == "binlog_format" { "ROW" } else { "FULL" };
            server.sql(&format!("SET GLOBAL {name} = '{good}'")).await;
        }
        let special = match server.kind {
            Kind::MariaDb => "log_bin_compress = ON",
            Kind::MySql9 => "binlog_row_value_options = 'PARTIAL_JSON'",
        };
        server.sql(&format!("SET GLOBAL {special}")).await;
        assert_eq!(preflight(&server.opts(), "shop").await.unwrap_err().len(), 1);
        let errors = preflight(&server.opts(), "shoop").await.unwrap_err();
        assert!(errors.iter().any(|error| error.starts_with("database 'shoop': ")), "{errors:?}");
    }
    let nobody = Opts::from_url(&format!("mysql://root@127.0.0.1:{}", free_port())).unwrap();
    let errors = preflight(&nobody, "shop").await.unwrap_err();
    assert!(errors.len() == 1 && errors[0].contains("cannot reach the server"), "{errors:?}");
}

#[tokio::test]
async fn a_server_without_a_binlog_is_told_so() {
    let server = Server::start(Kind::MariaDb, &["--skip-log-bin"]).await;
    server.sql("CREATE DATABASE shop").await;
    let errors = preflight(&server.opts(), "shop").await.unwrap_err();
    assert!(errors.len() == 1 && errors[0].contains("set log_bin"), "{errors:?}");
}

#[tokio::test]
async fn missing_privileges_come_with_the_statement_that_grants_them() {
    for server in Server::each().await {
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.cars (id INT); CREATE USER reader@'%' IDENTIFIED BY 'secret'").await;
        let opts = Opts::from_url(&server.url_of("reader", "secret")).unwrap();
        let errors = preflight(&opts, "shop").await.unwrap_err();
        assert_eq!(errors.len(), 3, "{errors:?}");
        for error in errors {
            let (_, grant) = error.split_once("run ").unwrap();
            server.sql(grant).await;
        }
        assert_eq!(preflight(&opts, "shop").await, Ok(vec![]));
        // And these are enough to read.
        let log = super::following::Following::start(opts, &Default::default()).await;
        drop(log);
    }
}

#[tokio::test]
async fn what_will_be_missed_is_warned_of() {
    let server = Server::mariadb().await;
    server
        .sql(
            "CREATE DATABASE shop; CREATE TABLE shop.cars (id INT PRIMARY KEY); \
             CREATE TABLE shop.photos (car INT, FOREIGN KEY (car) REFERENCES shop.cars (id) ON DELETE CASCADE)",
        )
        .await;
    let warnings = preflight(&server.opts(), "shop").await.unwrap();
    assert!(warnings.len() == 1 && warnings[0].starts_with("photos: "), "{warnings:?}");
    if Server::mysql9().await.is_none() {
        return;
    }
    let server = Server::start(Kind::MySql9, &["--enforce-gtid-consistency=OFF", "--gtid-mode=OFF"]).await;
    server.sql("CREATE DATABASE shop").await;
    let warnings = preflight(&server.opts(), "shop").await.unwrap();
    assert!(warnings.len() == 1 && warnings[0].contains("gtid_mode"), "{warnings:?}");
}
