//! Requests no browser sends, byte by byte: a clear 4xx, or an end where HTTP demands one, and the next request works.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::{Instance, PATIENCE, Place, until};

const GOOD: &str = "GET /car/x-1000 HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends the bytes and a good request behind them; answers the statuses that come back until the end.
fn statuses(instance: &Instance, request: &[u8]) -> Vec<u16> {
    let mut stream = TcpStream::connect(instance.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may have closed before all is written.
    let _ = stream.write_all(request);
    let last = GOOD.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(last.as_bytes());
    let mut answer = Vec::new();
    // What was answered before a reset is still there to be read.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    answer.match_indices("HTTP/1.1 ").map(|(at, _)| answer[at + 9..at + 12].parse().unwrap()).collect()
}

/// The good request is answered too.
const GOES_ON: &[u16] = &[200];
/// The connection ends: what follows cannot be told from the bad request's rest.
const ENDS: &[u16] = &[];

/// What is sent, the status it gets, and what becomes of the request behind it.
type Case = (&'static str, Vec<u8>, u16, &'static [u16]);

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()
}

fn with(fields: &str) -> Vec<u8> {
    format!("GET /cars HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n").into_bytes()
}

fn long(n: usize) -> String {
    "x".repeat(n)
}

/// What is no HTTP, or more than a head may hold.
fn unreadable() -> Vec<Case> {
    vec![
        ("no request line", b"\0\x01\x02garbage\r\n\r\n".to_vec(), 400, ENDS),
        ("a request line of one word", b"GET\r\n\r\n".to_vec(), 400, ENDS),
        ("no path", b"GET  HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 400, ENDS),
        ("another protocol", b"GET / HTTQ/1.1\r\nHost: x\r\n\r\n".to_vec(), 400, ENDS),
        ("a later version", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n".to_vec(), 400, ENDS),
        (
            "TLS where none is spoken",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            400,
            ENDS,
        ),
        ("a space in the path", b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 400, ENDS),
        ("a NUL in the path", b"GET /car/\0-1000 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 400, ENDS),
        ("a NUL in a field", with("X: a\0b"), 400, ENDS),
        ("a field without a colon", with("nonsense"), 400, ENDS),
        ("a space before the colon", with("Content-Length : 5"), 400, ENDS),
        ("too many fields", with(&vec!["A: b"; 500].join("\r\n")), 431, ENDS),
        ("a huge field", with(&format!("Cookie: {}", long(64 << 10))), 431, ENDS),
        ("a path longer than a head may be", get(&format!("/{}", long(64 << 10))), 431, ENDS),
        ("a long path", get(&format!("/{}", long(20_000))), 414, GOES_ON),
        ("a query of 20 KB", get(&format!("/cars?make={}", long(20_000))), 414, GOES_ON),
    ]
}

/// What is HTTP, and asks for what no page is.
fn senseless() -> Vec<Case> {
    vec![
        (
            "bytes beyond ASCII in the path",
            b"GET /car/\xff\xfe-1000 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            400,
            ENDS,
        ),
        ("escapes that are not UTF-8", get("/car/%ff%fe-1000"), 400, ENDS),
        ("an escape cut short", get("/car/%4"), 400, ENDS),
        ("an escaped NUL", get("/car/%00-1000"), 400, ENDS),
        ("an escaped line break", get("/car/%0d%0aSet-Cookie:x-1000"), 400, ENDS),
        ("escapes that are not UTF-8 in the query", get("/cars?make=%ff"), 400, ENDS),
        ("a garbage cursor", get("/cars?after=AAAA"), 400, ENDS),
        ("a huge car number", get("/car/x-99999999999999999999999"), 404, GOES_ON),
        ("a path leading out", get("/../../etc/passwd"), 400, ENDS),
        ("a path leading out, escaped", get("/assets/%2e%2e/%2e%2e/etc/passwd"), 400, ENDS),
        ("no host", b"GET /cars HTTP/1.1\r\n\r\n".to_vec(), 400, ENDS),
        ("two hosts", b"GET /cars HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_vec(), 400, ENDS),
        ("an unknown method", b"BREW /cars HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 405, GOES_ON),
        ("a method nothing takes", b"DELETE /car/x-1000 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 405, GOES_ON),
        ("a tunnel", b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 405, GOES_ON),
        ("two lengths", with("Content-Length: 3\r\nContent-Length: 4"), 400, ENDS),
        ("a list of lengths", with("Content-Length: 3, 4"), 400, ENDS),
        ("a negative length", with("Content-Length: -1"), 400, ENDS),
        ("a length and chunks", with("Content-Length: 3\r\nTransfer-Encoding: chunked"), 413, ENDS),
        ("an unknown coding of the body", with("Transfer-Encoding: cow"), 400, ENDS),
        ("a body", [with("Content-Length: 5"), b"hello".to_vec()].concat(), 413, ENDS),
        (
            "a body in chunks",
            [with("Transfer-Encoding: chunked"), b"5\r\nhello\r\n0\r\n\r\n".to_vec()].concat(),
            413,
            ENDS,
        ),
        ("a post", b"POST /cars HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".to_vec(), 405, GOES_ON),
        ("no length at all", with("Content-Length: 0"), 200, GOES_ON),
    ]
}

#[test]
fn every_malformed_request_is_refused_and_the_next_one_works() {
    let place = Place::with_cars(5);
    let instance = place.serve().ready();
    let mut wrong = Vec::new();
    for (what, request, first, rest) in unreadable().into_iter().chain(senseless()) {
        let expected = [&[first], rest].concat();
        let got = statuses(&instance, &request);
        if got != expected {
            wrong.push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
        assert_eq!(statuses(&instance, b""), [200], "after {what}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(instance.admin.get("/livez").status, 200);
}

#[test]
fn a_good_request_before_garbage_is_answered() {
    let place = Place::with_cars(5);
    let instance = place.serve().ready();
    assert_eq!(
        statuses(&instance, GOOD.repeat(3).as_bytes()),
        [200; 4],
        "pipelined requests are answered in order"
    );
    let garbage = [GOOD.as_bytes(), b"\0\0garbage\r\n\r\n"].concat();
    assert_eq!(statuses(&instance, &garbage), [200, 400]);
}

#[test]
fn answers_to_head_have_a_length_and_no_body() {
    let place = Place::with_cars(5);
    let instance = place.serve().ready();
    for path in ["/cars", "/car/x-1000", "/nowhere", "/healthz", "/sitemap.xml", "/%"] {
        let ask = |method: &str| {
            let mut stream = TcpStream::connect(instance.address).unwrap();
            write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
            (length, body.len())
        };
        let (get, head) = (ask("GET"), ask("HEAD"));
        assert_eq!(head, (get.0.clone(), 0), "{path}");
        assert!(path == "/sitemap.xml" || get.0 == Some(get.1.to_string()), "{path}");
    }
}

#[test]
fn half_a_head_and_then_silence_is_closed() {
    let place = Place::with_cars(5);
    let instance = place.serve().with("SERVER__HEAD_TIMEOUT_S", "1").ready();
    let began = forecourt::clock::now();
    let mut idle = TcpStream::connect(instance.address).unwrap();
    let mut halves = ["GET", "GET /cars HTTP/1.1\r\nHo", "GET /cars HTTP/1.1\r\nHost: x\r\n"].map(|half| {
        let mut stream = TcpStream::connect(instance.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(half.as_bytes()).unwrap();
        stream
    });
    // Bytes that keep coming are no excuse.
    let mut dripping = TcpStream::connect(instance.address).unwrap();
    until("the dripping head is closed", || {
        std::thread::sleep(Duration::from_millis(50));
        dripping.write_all(b"G").err()
    });
    for half in &mut halves {
        // A reset is an end as well.
        assert!(half.read(&mut [0; 1]).map_or(true, |n| n == 0));
    }
    let took = forecourt::clock::now().duration_since(began);
    assert!(took >= Duration::from_secs(1), "{took:?}");
    // A connection that asks nothing is not slow, it is idle.
    idle.write_all(GOOD.as_bytes()).unwrap();
    let mut start = [0; 12];
    idle.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}

#[test]
fn a_client_that_does_not_read_is_closed_and_disturbs_nobody() {
    let place = Place::with_cars(5);
    let settings = place.serve().with("SERVER__WRITE_TIMEOUT_S", "1").with("SERVER__WORKERS", "1");
    let instance = settings.ready();
    let mut deaf = TcpStream::connect(instance.address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    // Ask until neither side takes any more.
    let mut full = 0;
    while full < 3 {
        full = if deaf.write_all(GOOD.repeat(50).as_bytes()).is_err() { full + 1 } else { 0 };
        assert_eq!(statuses(&instance, b""), [200]);
    }
    until("the deaf connection is closed", || {
        assert_eq!(statuses(&instance, b""), [200]);
        (instance.metric("forecourt_connections") == 0.0).then_some(())
    });
}
