//! A MariaDB server of a test's own: a free port, data in a temporary folder, ended when it is dropped.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::source::mysql::opts;

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    directory: tempfile::TempDir,
}

impl Server {
    /// `options` as on the command line of `mariadbd`.
    pub(crate) fn start(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let copied = Command::new("cp").arg("-r").args([template(), &data]).status().unwrap();
        assert!(copied.success());
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("mariadbd");
        command
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--skip-name-resolve"])
            .args(["--server-id=7", "--log-bin=mb", "--binlog-format=ROW", "--binlog-row-metadata=FULL"])
            .args([
                "--innodb-log-file-size=16M",
                "--innodb-buffer-pool-size=64M",
                "--innodb-flush-log-at-trx-commit=0",
            ])
            .arg(format!("--port={port}"))
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", directory.path().join("s").display()))
            .args(options)
            .stdout(Stdio::null())
            .stderr(fs::File::create(directory.path().join("log")).unwrap());
        let server = Self { child: command.spawn().expect("mariadbd is installed"), port, directory };
        server.wait();
        server
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }

    pub(crate) fn opts(&self, database: &str) -> Opts {
        opts(&self.url(database), None, None).unwrap()
    }

    /// Any statements, on a connection of their own.
    pub(crate) fn run(&self, statements: &str) {
        self.number_of(statements);
    }

    pub(crate) fn number(&self, query: &str) -> u64 {
        self.number_of(query).unwrap()
    }

    fn number_of(&self, text: &str) -> Option<u64> {
        let opts = self.opts("");
        let text = text.to_owned();
        // A thread of its own, since a test may be a runtime's.
        let asked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut on = Conn::new(opts).await.unwrap();
                let number = on.query_first(text).await.unwrap();
                on.disconnect().await.unwrap();
                number
            })
        });
        asked.join().unwrap()
    }

    /// It says nothing any more; its connections stay open.
    pub(crate) fn stop(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub(crate) fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    fn wait(&self) {
        let log = self.directory.path().join("log");
        for _ in 0..1_000 {
            let text = fs::read_to_string(&log).unwrap_or_default();
            if text.contains("ready for connections") {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("mariadbd does not start: {}", fs::read_to_string(log).unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A fresh data folder, made once per machine: that takes seconds, a copy does not.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path = std::env::temp_dir().join("forecourt-test-mariadb-1");
        if !path.is_dir() {
            let made = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
            let installed = Command::new("mariadb-install-db")
                .args([
                    "--no-defaults",
                    "--user=root",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                ])
                .args(["--innodb-log-file-size=16M"])
                .arg(format!("--datadir={}", made.path().join("data").display()))
                .stdout(Stdio::null())
                .status();
            assert!(installed.expect("mariadb-install-db is installed").success());
            // Another test process may have been faster.
            let _ = fs::rename(made.path().join("data"), &path);
        }
        path
    })
}
