//! A place with a database, a running Forecourt, and a client: what these tests begin with. Whatever was started is
//! ended when it is dropped, after a panic too.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use forecourt::{clock, seed};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::client::{Client, Page};

/// How long anything that must happen may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A directory of a test's own: a source database, and room for the data of instances.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    /// With no database yet.
    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// With a generated catalogue: live cars from id 1000 up, then sold and hidden ones.
    pub(crate) fn with_cars(live: u32) -> Self {
        let place = Self::empty();
        let from = seed::Origin::Generated { cars: live, seed: seed::DEFAULT_SEED };
        seed::run(&seed::Options { from, to: place.source_url(), progress: false }).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.path("source.sqlite")
    }

    pub(crate) fn source_url(&self) -> String {
        format!("sqlite:{}", self.source().display())
    }

    /// A connection as another program would have it: like the `sqlite3` shell it does not act on foreign keys.
    pub(crate) fn database(&self) -> Connection {
        let connection = Connection::open(self.source()).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
    }

    /// Runs statements by a program that ends behind them.
    pub(crate) fn sql(&self, statements: &str) {
        self.database().execute_batch(statements).unwrap();
    }

    pub(crate) fn serve(&self) -> Serve {
        let (data, keys) = (self.path("data"), self.path("keys"));
        // Instances of one place accept each other's cursors.
        fs::write(&keys, "a key of this place\n").unwrap();
        Serve::new(&[])
            .with("VISITOR__KEYS_FILE", keys.to_str().unwrap())
            .with("SOURCE__URL", &self.source_url())
            .data(&data)
    }
}

/// The command line and environment of an instance, ports chosen by the system.
pub(crate) struct Serve {
    arguments: Vec<String>,
    environment: HashMap<String, String>,
}

impl Serve {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let serve = Self { arguments, environment: HashMap::new() };
        let addresses = ["SERVER__LISTEN", "ADMIN__LISTEN"];
        let serve = addresses.into_iter().fold(serve, |serve, key| serve.with(key, "127.0.0.1:0"));
        // Pages name themselves by this; so they are equal whatever the port is.
        serve
            .with("SITE__BASE_URL", "https://cars.example.com")
            .with("SERVER__WORKERS", "2")
            .with("SERVER__DRAIN_S", "0")
            .with("LOG__REQUESTS_PER_SECOND_MAX", "0")
    }

    /// Sets `FORECOURT_{key}`.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.insert(format!("FORECOURT_{key}"), value.to_owned());
        self
    }

    pub(crate) fn data(self, directory: &Path) -> Self {
        self.with("DATA__DIR", directory.to_str().unwrap())
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forecourt"));
        // Nothing of the environment of whoever runs the tests.
        command.args(&self.arguments).env_clear().envs(&self.environment).stdin(Stdio::null());
        command
    }

    /// Starts it without waiting for anything.
    pub(crate) fn spawn(&self) -> Process {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(File::options().append(true).open(log.path()).unwrap());
        Process { child: command.spawn().unwrap(), log }
    }

    /// Runs it to its end, which must come by itself.
    pub(crate) fn run(&self) -> Output {
        let mut process = self.spawn();
        let lines = lines_of(process.child.stdout.take().unwrap());
        let status = process.wait();
        let stdout = lines.iter().fold(String::new(), |text, line| text + &line + "\n");
        Output { status, stdout, stderr: process.log() }
    }

    /// Starts it and waits until it says that it is ready.
    pub(crate) fn ready(&self) -> Instance {
        let mut process = self.spawn();
        let began = clock::now();
        let lines = lines_of(process.child.stdout.take().unwrap());
        let address = |word: &str| -> SocketAddr {
            let line =
                std::iter::from_fn(|| lines.recv_timeout(PATIENCE).ok()).find(|line| line.starts_with(word));
            let line = line.unwrap_or_else(|| panic!("the instance did not become ready\n{}", process.log()));
            line.split("http://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap()
        };
        let (address, admin) = (address("Listing"), address("Status"));
        let took = clock::now().duration_since(began);
        Instance { pages: Client::of(address), admin: Client::of(admin), process, address, took }
    }
}

/// What a command left behind.
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Lines as they come, so that waiting for one can have an end.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (line, lines) = mpsc::channel();
    std::thread::spawn(move || {
        // Reads on when nobody listens any more: a full pipe would stop the process.
        BufReader::new(output).lines().map_while(Result::ok).for_each(|text| drop(line.send(text)));
    });
    lines
}

/// A process that is ended when it is dropped.
pub(crate) struct Process {
    child: Child,
    log: tempfile::NamedTempFile,
}

impl Process {
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log.path()).unwrap()).into_owned()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal::kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        until("the process ends", || self.child.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the instance's log\n{}---", self.log());
        }
    }
}

/// An instance that is ready.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    pub(crate) pages: Client,
    pub(crate) admin: Client,
    /// From the start of the process to the first "ready".
    pub(crate) took: Duration,
    pub(crate) process: Process,
}

impl Instance {
    pub(crate) fn get(&self, path: &str) -> Page {
        self.pages.get(path)
    }

    pub(crate) fn car(&self, id: u64) -> Page {
        self.get(&format!("/car/x-{id}"))
    }

    /// The whole listing: every card's link in order, over all pages.
    pub(crate) fn listing(&self) -> Vec<String> {
        let (mut path, mut cards) = ("/cars?sort=newest".to_owned(), Vec::new());
        loop {
            let page = self.get(&path);
            assert_eq!(page.status, 200);
            cards.extend(page.all("<h2><a href=\""));
            match page.all("rel=\"next\" href=\"").pop() {
                Some(next) => path = next.replace("&amp;", "&"),
                None => return cards,
            }
        }
    }

    /// Waits until everything committed before this call is on the pages.
    pub(crate) fn caught_up(&self) {
        let now_ms = clock::unix_ms();
        until("the pages catch up", || (self.get("/robots.txt").as_of_ms() > now_ms).then_some(()));
    }

    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_slice(&self.admin.get("/status").body).unwrap()
    }

    /// The value of a metric, by its name with labels as it stands in the text.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.admin.get("/metrics").text();
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
    }

    /// SIGTERM, and a polite end.
    pub(crate) fn end(mut self) {
        self.process.signal(Signal::SIGTERM);
        assert_eq!(self.process.wait().code(), Some(0));
    }
}

/// Asks again and again for what no event tells.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = clock::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock::now().duration_since(began) < PATIENCE, "waited for {PATIENCE:?} until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A seed for this run, printed so that a failure can be had again with `TEST_SEED`.
pub(crate) fn seed() -> u64 {
    let given = std::env::var_os("TEST_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed = given.unwrap_or_else(rand::random);
    println!("TEST_SEED={seed}");
    seed
}
