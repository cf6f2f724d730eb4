//! A database server of a test's own: a free port on loopback, its data in a temporary folder, gone with the value.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Row};

/// Where MySQL 9 was put: `debootstrap --variant=minbase --include=mysql-server-core sid ROOT MIRROR`.
const MYSQL_ROOT: &str = "/var/tmp/forecourt-mysql9";
/// An empty data folder is made once and copied: making one takes seconds.
static TEMPLATE: Mutex<()> = Mutex::new(());

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MariaDb,
    MySql9,
}

pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    /// Behind `root`, for MySQL.
    folder: PathBuf,
    options: Vec<String>,
    process: Option<Child>,
}

impl Server {
    pub(crate) async fn mariadb() -> Self {
        Self::start(Kind::MariaDb, &[]).await
    }

    /// `None`, said loudly, where there is no MySQL 9.
    pub(crate) async fn mysql9() -> Option<Self> {
        if !mysql_root().join("usr/sbin/mysqld").exists() {
            println!("SKIPPED: there is no MySQL 9 in {} (or FORECOURT_MYSQL_ROOT)", mysql_root().display());
            return None;
        }
        Some(Self::start(Kind::MySql9, &[]).await)
    }

    /// One of each kind there is.
    pub(crate) async fn each() -> Vec<Self> {
        let mut servers = vec![Self::mariadb().await];
        servers.extend(Self::mysql9().await);
        servers
    }

    /// `options` come last on the command line, so they win.
    pub(crate) async fn start(kind: Kind, options: &[&str]) -> Self {
        let name = format!("forecourt-{}-{}", std::process::id(), free_port());
        let folder = std::env::temp_dir().join(name);
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { kind, port: free_port(), folder, options, process: None };
        let template = template(kind);
        let target = server.outside();
        let copy = ["-a", "--reflink=auto", "--sparse=always"];
        run(Command::new("cp").args(copy).arg(&template).arg(&target));
        // It names the server.
        let _ = std::fs::remove_file(target.join("auto.cnf"));
        server.restart().await;
        server
    }

    /// Its folder as this process sees it.
    fn outside(&self) -> PathBuf {
        outside(self.kind, &self.folder)
    }

    pub(crate) fn url(&self) -> String {
        self.url_of("root", "")
    }

    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        let colon = if password.is_empty() { "" } else { ":" };
        format!("mysql://{user}{colon}{password}@127.0.0.1:{}", self.port)
    }

    pub(crate) fn opts(&self) -> Opts {
        Opts::from_url(&self.url()).unwrap()
    }

    /// SIGKILL, as the kernel or an operator may.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Kills it if it runs, and waits until it answers again.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        let (folder, port) = (self.folder.display(), self.port);
        let mut command = command(self.kind);
        command.args([
            "--no-defaults".to_owned(),
            "--user=root".to_owned(),
            format!("--datadir={folder}"),
            format!("--port={port}"),
            format!("--socket={folder}/s"),
            format!("--server-id={port}"),
        ]);
        command.args(["--bind-address=127.0.0.1", "--log-bin=mb", "--binlog-format=ROW", "--sync-binlog=0"]);
        command.args(["--binlog-row-metadata=FULL", "--innodb-buffer-pool-size=32M", "--secure-file-priv="]);
        command.args(["--innodb-flush-log-at-trx-commit=2", "--log-slave-updates=ON"]);
        match self.kind {
            Kind::MariaDb => command.arg("--gtid-strict-mode=ON"),
            Kind::MySql9 => command.args(["--mysqlx=OFF", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"]),
        };
        let log = std::fs::File::create(self.outside().join("stderr")).unwrap();
        self.process = Some(command.args(&self.options).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        for _ in 0..600 {
            if Conn::new(self.opts()).await.is_ok() {
                return;
            }
            if self.process.as_mut().unwrap().try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{}", std::fs::read_to_string(self.outside().join("stderr")).unwrap());
    }

    /// Several statements may stand in one text. Returns the first one's rows; NULL is `NULL`.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        self.sql_in("", sql).await
    }

    pub(crate) async fn sql_in(&self, database: &str, sql: &str) -> Vec<Vec<String>> {
        let database = (!database.is_empty()).then(|| database.to_owned());
        let opts = OptsBuilder::from_opts(self.opts()).db_name(database).prefer_socket(false);
        let mut conn = Conn::new(opts).await.unwrap();
        let mut result = conn.query_iter(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let rows: Vec<Row> = result.collect().await.unwrap();
        result.drop_result().await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let cell =
            |row: &Row, i| row.get::<Option<String>, _>(i).unwrap().unwrap_or_else(|| "NULL".to_owned());
        let rows = rows.iter().map(|row| (0..row.len()).map(|i| cell(row, i)).collect()).collect();
        conn.disconnect().await.unwrap();
        rows
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.try_wait().unwrap().is_none())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(self.outside());
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[allow(clippy::disallowed_methods)]
fn mysql_root() -> PathBuf {
    std::env::var("FORECOURT_MYSQL_ROOT").unwrap_or_else(|_| MYSQL_ROOT.to_owned()).into()
}

fn command(kind: Kind) -> Command {
    match kind {
        Kind::MariaDb => Command::new("mariadbd"),
        Kind::MySql9 => {
            let mut command = Command::new("chroot");
            command.arg(mysql_root()).arg("/usr/sbin/mysqld");
            command
        }
    }
}

fn outside(kind: Kind, inside: &Path) -> PathBuf {
    match kind {
        Kind::MariaDb => inside.to_owned(),
        Kind::MySql9 => mysql_root().join(inside.strip_prefix("/").unwrap()),
    }
}

/// A data folder without data, as this process sees it.
fn template(kind: Kind) -> PathBuf {
    let _one_at_a_time = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
    let name = match kind {
        Kind::MariaDb => "forecourt-mariadb-template",
        Kind::MySql9 => "forecourt-mysql9-template",
    };
    let folder = std::env::temp_dir().join(name);
    if outside(kind, &folder).exists() {
        return outside(kind, &folder);
    }
    // Another process may do the same: whoever renames first has made it.
    let new = folder.with_extension(std::process::id().to_string());
    std::fs::create_dir_all(outside(kind, &new).parent().unwrap()).unwrap();
    let datadir = format!("--datadir={}", new.display());
    match kind {
        Kind::MariaDb => {
            let options = ["--no-defaults", "--auth-root-authentication-method=normal", "--user=root"];
            let small = ["--skip-test-db", "--innodb-log-file-size=8M"];
            run(Command::new("mariadb-install-db").args(options).args(small).arg(datadir));
        }
        Kind::MySql9 => {
            run(command(kind).args(["--no-defaults", "--initialize-insecure", "--user=root"]).arg(datadir));
        }
    }
    if std::fs::rename(outside(kind, &new), outside(kind, &folder)).is_err() {
        std::fs::remove_dir_all(outside(kind, &new)).unwrap();
    }
    outside(kind, &folder)
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
