//! SIGTERM under load: health says so, everybody is served, connections end politely.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::Signal;

use crate::harness::{PATIENCE, Place, Serve, until};

/// One request on a kept-alive connection; answers the head.
fn ask(connection: &mut BufReader<TcpStream>, path: &str) -> std::io::Result<String> {
    connection.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    connection.read_exact(&mut vec![0; length])?;
    Ok(head)
}

fn closes(head: &str) -> bool {
    head.lines().any(|line| line == "connection: close")
}

#[test]
fn sigterm_under_load_fails_no_request() {
    let place = Place::with_cars(20);
    let mut instance = place.serve().with("SERVER__DRAIN_S", "8").ready();
    let address = instance.address;
    let open = || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        BufReader::new(stream)
    };
    let (terminated, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let load = || {
        let (mut connection, mut served_draining) = (open(), 0u64);
        while !stop.load(Ordering::Relaxed) {
            let after_signal = terminated.load(Ordering::Acquire);
            let head = ask(&mut connection, "/car/x-1000").expect("no request fails");
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            if after_signal {
                assert!(closes(&head), "a draining server closes politely: {head}");
                served_draining += 1;
            }
            if closes(&head) {
                assert_eq!(connection.read(&mut [0]).unwrap(), 0, "what was announced is done");
                connection = open();
            }
        }
        served_draining
    };
    std::thread::scope(|scope| {
        let loads: Vec<_> = (0..4).map(|_| scope.spawn(load)).collect();
        // An idle connection, as a load balancer keeps them.
        let mut idle = open();
        assert!(!closes(&ask(&mut idle, "/healthz").unwrap()));

        instance.process.signal(Signal::SIGTERM);
        until("health turns", || (instance.get("/healthz").status == 503).then_some(()));
        terminated.store(true, Ordering::Release);
        assert_eq!(instance.admin.get("/readyz").status, 503);
        assert_eq!(instance.admin.get("/livez").status, 200);
        assert!(closes(&ask(&mut idle, "/cars").unwrap()));
        for _ in 0..100 {
            assert_eq!(instance.get("/cars").status, 200);
        }
        // The load balancer has turned away before the drain ends.
        stop.store(true, Ordering::Relaxed);
        for load in loads {
            assert!(load.join().unwrap() > 0);
        }
    });
    assert_eq!(instance.process.wait().code(), Some(0));
    assert!(TcpStream::connect(address).is_err());
}

/// Written piece by piece, with pauses in which nothing is read or written.
#[test]
fn feeds_under_way_are_sent_to_their_end() {
    let place = Place::with_cars(2_000);
    let mut instance = place.serve().with("SERVER__WORKERS", "1").ready();
    let whole = instance.get("/feeds/google.tsv").body.len();
    let mut streams: Vec<_> = (0..8).map(|_| TcpStream::connect(instance.address).unwrap()).collect();
    for stream in &mut streams {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        ask(&mut BufReader::new(stream.try_clone().unwrap()), "/healthz").unwrap();
    }
    for stream in &mut streams {
        stream.write_all(b"GET /feeds/google.tsv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    }
    streams[0].peek(&mut [0]).unwrap();
    instance.process.signal(Signal::SIGTERM);
    std::thread::scope(|scope| {
        for mut stream in streams {
            scope.spawn(move || {
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                assert!(answer.ends_with(b"\r\n0\r\n\r\n"), "{} of {whole} bytes", answer.len());
            });
        }
    });
    assert_eq!(instance.process.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_drain() {
    let place = Place::with_cars(5);
    let mut instance = place.serve().with("SERVER__DRAIN_S", "3600").ready();
    instance.process.signal(Signal::SIGINT);
    until("health turns", || (instance.get("/healthz").status == 503).then_some(()));
    instance.process.signal(Signal::SIGTERM);
    assert_eq!(instance.process.wait().code(), Some(0));
}

/// Waits for services that never come: an end all the same, by each signal, and no words of woe.
#[test]
fn a_signal_during_the_start_is_a_polite_end() {
    let place = Place::with_cars(1);
    // They take connections, and say nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    let (away, silent) = ("mysql://u@127.0.0.1:1/shop", format!("mysql://u@{silent}/shop"));
    let kafka = [("KAFKA__BROKERS", "127.0.0.1:1"), ("STORE__URL", "redis://127.0.0.1:1")];
    let serve = &["serve"][..];
    for (role, source, with_kafka, waits, signal) in [
        (serve, away, false, "waiting up to", Signal::SIGTERM),
        (serve, away, false, "waiting up to", Signal::SIGINT),
        (&["relay"], away, true, "waiting up to", Signal::SIGTERM),
        (&["project"], &silent, true, "waiting up to", Signal::SIGTERM),
        // Follows Kafka: waits with its ports bound.
        (serve, away, true, "pages may grow old", Signal::SIGTERM),
    ] {
        let start = Serve::new(role).data(&place.path("data")).with("SERVER__DRAIN_S", "3600");
        let start = start.with("SOURCE__URL", source).with("SOURCE__WAIT_S", "3600");
        let set = kafka.iter().filter(|_| with_kafka);
        let start = set.fold(start, |start, (key, value)| start.with(key, value));
        let mut process = start.spawn();
        until("it waits", || process.log().contains(waits).then_some(()));
        process.signal(signal);
        assert_eq!(process.wait().code(), Some(0), "{role:?} {signal}: {}", process.log());
    }
}

#[test]
fn a_signal_while_a_catalogue_is_generated_ends_that_too() {
    let place = Place::empty();
    let start = Serve::new(&["serve"]).data(&place.path("data"));
    let mut process = start.with("EMBEDDED__CARS", "1000000").spawn();
    until("it has begun", || place.path("data/catalogue.sqlite").exists().then_some(()));
    process.signal(Signal::SIGTERM);
    assert_eq!(process.wait().code(), Some(0), "{}", process.log());
}
