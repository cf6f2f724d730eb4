//! Log lines: one of a request, of a sample and of all that fails or is slow; nobody in it; and a sink that takes none
//! holds nobody up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use nix::fcntl::OFlag;
use nix::sys::signal::{self, Signal};
use nix::unistd::{Pid, pipe2};
use serde_json::Value;

use crate::client::Client;
use crate::harness::{Instance, PATIENCE, Place, until};

fn lines(instance: &Instance, path: &str) -> Vec<Value> {
    until("the line is written", || {
        let log = instance.process.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let lines: Vec<_> = lines.filter(|line| line["path"] == path).collect();
        (!lines.is_empty()).then_some(lines)
    })
}

#[test]
fn a_line_says_what_was_asked_and_how_it_went_and_names_nobody() {
    let place = Place::with_cars(5);
    let serve = place.serve().with("LOG__FORMAT", "json").with("LOG__REQUESTS_PER_SECOND_MAX", "100");
    let instance = serve.ready();
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let fields = [
        ("traceparent", &*format!("00-{id}-00f067aa0ba902b7-01")),
        ("x-forwarded-for", "203.0.113.77"),
        ("user-agent", "canary-agent"),
        ("referer", "https://canary.example/"),
        ("cookie", "forecourt=canary-cookie"),
    ];
    instance.pages.get_with("/car/x-1000?utm_source=canary-query&phone=9876543210", &fields);
    instance.pages.get_with("/leads/canary-receipt", &fields);
    instance.pages.get_with("/unsubscribe/canary@example.com", &fields);
    instance.pages.get("/robots.txt");

    let line = &lines(&instance, "/car/x-1000")[0];
    for (key, expected) in [
        ("target", Value::from("request")),
        ("level", "INFO".into()),
        ("method", "GET".into()),
        ("route", "car".into()),
        ("status", 200.into()),
        ("cache", "render".into()),
        ("trace_id", id.into()),
    ] {
        assert_eq!(line[key], expected, "{line}");
    }
    assert!(line["took_us"].is_u64() && line["bytes"].as_u64() > Some(0), "{line}");
    // Who came without an id gets one.
    let made = lines(&instance, "/robots.txt")[0]["trace_id"].clone();
    assert!(made.as_str().is_some_and(|made| made.len() == 32 && made != id), "{made}");
    assert_eq!((lines(&instance, "/leads/*").len(), lines(&instance, "/unsubscribe/*").len()), (1, 1));
    let log = instance.process.log();
    for nobody in ["canary", "9876543210", "203.0.113.77"] {
        assert!(!log.contains(nobody), "{nobody} is in the log:\n{log}");
    }
    instance.end();
}

#[test]
fn what_is_slow_has_a_line_whatever_the_sample_is() {
    let place = Place::with_cars(300);
    // No sample, and only warnings: in a build that is not optimised a page takes longer than a millisecond to make.
    let serve =
        place.serve().with("LOG__FORMAT", "json").with("LOG__LEVEL", "warn").with("LOG__SLOW_MS", "1");
    let instance = serve.ready();
    instance.get("/cars?sort=price");
    instance.get("/healthz");
    let line = &lines(&instance, "/cars")[0];
    assert!(line["took_us"].as_u64() > Some(1_000) && line["level"] == "WARN", "{line}");
    instance.end();
}

/// A pipe that nobody reads, full to the brim, and its other end.
fn full_pipe() -> (OwnedFd, OwnedFd) {
    let (read, write) = pipe2(OFlag::O_CLOEXEC).unwrap();
    let filling = std::fs::File::from(write.try_clone().unwrap());
    let flags = nix::fcntl::fcntl(&write, nix::fcntl::FcntlArg::F_GETFL).unwrap();
    let set = |flags| nix::fcntl::fcntl(&write, nix::fcntl::FcntlArg::F_SETFL(flags)).unwrap();
    let flags = OFlag::from_bits_truncate(flags);
    set(flags | OFlag::O_NONBLOCK);
    while (&filling).write(&[b'x'; 4096]).is_ok() {}
    // It is the pipe that is not to block, and not who inherits it.
    set(flags);
    (read, write)
}

#[test]
fn a_log_that_nobody_reads_holds_nobody_up() {
    const REQUESTS: usize = 20_000;
    let place = Place::with_cars(5);
    let (unread, full) = full_pipe();
    let mut command = place.serve().with("LOG__REQUESTS_PER_SECOND_MAX", "1000000").command();
    let mut child = command.stdout(Stdio::from(full)).stderr(Stdio::piped()).spawn().unwrap();
    // Its first lines are read to learn where it listens; from then on none is.
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it has ended");
    }
    let address = |key: &str| -> SocketAddr {
        let plain: String = line.replace("\u{1b}[3m", "").replace("\u{1b}[0m", "").replace("\u{1b}[2m", "");
        let at = plain.find(&format!(" {key}=")).unwrap();
        plain[at..].split('=').nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap()
    };
    let (pages, admin) = (Client::of(address("address")), Client::of(address("admin")));
    until("it is ready", || (pages.get("/healthz").status == 200).then_some(()));

    let mut stream = TcpStream::connect(address("address")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut asking = stream.try_clone().unwrap();
    let asked = std::thread::spawn(move || {
        for _ in 0..REQUESTS / 100 {
            asking.write_all("GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100).as_bytes()).unwrap();
        }
        asking.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    });
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).unwrap();
    asked.join().unwrap();
    let served = answers.windows(16).filter(|bytes| bytes == b"HTTP/1.1 200 OK\r").count();
    assert_eq!(served, REQUESTS + 1);

    let metrics = admin.get("/metrics").text();
    let dropped = metrics.lines().find_map(|line| line.strip_prefix("forecourt_log_lines_dropped_total "));
    let dropped: u64 = dropped.unwrap().parse().unwrap();
    assert!((1..=REQUESTS as u64).contains(&dropped), "{dropped}");
    assert_eq!((pages.get("/healthz").status, admin.get("/readyz").status), (200, 200));

    // It ends in time all the same.
    signal::kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let ended = until("the process ends", || child.try_wait().unwrap());
    assert_eq!(ended.code(), Some(0));
    drop((unread, log));
}
