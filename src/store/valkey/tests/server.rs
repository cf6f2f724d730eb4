//! A Valkey server of a test's own: a free port, data in a temporary folder, ended when it is dropped.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::store::ValkeyStore;

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    directory: tempfile::TempDir,
    options: Vec<String>,
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        loop {
            let (directory, port) = (tempfile::tempdir().unwrap(), free_port());
            let child = spawn(directory.path(), port, &options);
            let mut server = Self { child, port, directory, options: options.clone() };
            if server.listens() {
                return server;
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn store(&self) -> ValkeyStore {
        ValkeyStore::open(&self.url(), None, None).unwrap()
    }

    /// Any command, on a connection of its own.
    pub(crate) fn command(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.url()).unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut client.get_connection().unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// `kill -9`, with the port and the folder kept.
    pub(crate) fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(self.directory.path(), self.port, &self.options);
        assert!(self.listens(), "another has taken port {}", self.port);
    }

    /// Waits for it. Not if it has ended: then somebody else was faster to take the port.
    fn listens(&mut self) -> bool {
        for _ in 0..1_000 {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            // Its own word, since whoever has the port may be another.
            let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            if log.contains("Ready to accept connections") {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("valkey-server does not start");
    }
}

fn spawn(directory: &Path, port: u16, options: &[String]) -> Child {
    let mut command = Command::new("valkey-server");
    command.current_dir(directory).args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    let log = File::create(directory.join("log")).unwrap();
    command.args(["--dir", "."]).args(options).stdout(log).stderr(Stdio::null());
    command.spawn().expect("valkey-server is installed")
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
