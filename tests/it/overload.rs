//! More than can be done: what is accepted is answered in time, the rest is refused at once, and health answers; clients
//! that are slow on purpose are cut off, and nobody else.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use forecourt::clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Instance, PATIENCE, Place, until};

/// How long an answer took, from when it was due, and its status.
type Answers = Vec<(Duration, u16)>;

/// A visitor who has looked at a car: listings are made for nobody else.
fn visitor(instance: &Instance) -> String {
    let page = instance.car(1000);
    page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn personal(cookie: &str) -> Vec<u8> {
    format!("GET /cars HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nCookie: {cookie}\r\n\r\n").into_bytes()
}

/// Asks and reads the whole answer.
async fn ask(stream: &mut tokio::net::TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> u16 {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the connection was closed");
        let Some(head) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let (length, status) = (length.parse::<usize>().unwrap(), text[9..12].parse().unwrap());
        assert_eq!(status == 503, text.contains("\r\nretry-after: 1"), "{text}");
        while buffer.len() < head + 4 + length {
            assert!(stream.read_buf(buffer).await.unwrap() > 0, "the connection was closed");
        }
        return status;
    }
}

/// So many requests a second over so many connections, whatever becomes of them.
fn offer(address: SocketAddr, request: &[u8], per_second: f64, connections: u32, seconds: u32) -> Answers {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let interval = Duration::from_secs_f64(f64::from(connections) / per_second);
    let asking = |i: u32| {
        let request = request.to_vec();
        async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let (mut buffer, mut answers) = (Vec::new(), Vec::new());
            let began = clock::now() + Duration::from_millis(100);
            let mut due = began + interval * i / connections;
            while due < began + Duration::from_secs(seconds.into()) {
                // The runtime's clock ticks once a millisecond: who is late does not sleep.
                if due > clock::now() {
                    tokio::time::sleep_until(due.into()).await;
                }
                let status = ask(&mut stream, &request, &mut buffer).await;
                answers.push((clock::now().duration_since(due), status));
                due = due.max(clock::now() - interval) + interval;
            }
            answers
        }
    };
    runtime.block_on(async {
        let tasks: Vec<_> = (0..connections).map(|i| tokio::spawn(asking(i))).collect();
        let mut answers = Answers::new();
        for task in tasks {
            answers.extend(task.await.unwrap());
        }
        answers
    })
}

/// Of those with this status: how many, median, 99th percentile.
fn sorted(answers: &Answers, of: u16) -> (usize, Duration, Duration) {
    let mut took: Vec<_> =
        answers.iter().filter(|(_, status)| *status == of).map(|(took, _)| *took).collect();
    took.sort_unstable();
    let at = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or_default();
    (took.len(), at(50), at(99))
}

fn resident_kib(instance: &Instance) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", instance.process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim_end_matches("kB").trim().parse().unwrap()
}

#[test]
fn ten_times_what_can_be_done_is_refused_at_once_and_the_rest_is_answered_in_time() {
    let place = Place::with_cars(300);
    let instance = place.serve().with("SERVER__WORKERS", "1").ready();
    let request = personal(&visitor(&instance));
    let address = instance.address;

    let busy = offer(address, &request, 1e9, 4, 1);
    let capacity = busy.len() as f64;
    let half = offer(address, &request, capacity / 2.0, 16, 3);
    let (_, median, unloaded) = sorted(&half, 200);
    println!("capacity {capacity}/s; half of it: median {median:.1?}, p99 {unloaded:.1?}");

    let (before, done) = (resident_kib(&instance), AtomicBool::new(false));
    let (overload, health) = std::thread::scope(|scope| {
        let health = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) {
                let began = clock::now();
                assert_eq!(instance.get("/healthz").status, 200);
                assert_eq!(instance.admin.get("/readyz").status, 200);
                // What is ready is sent whatever else is asked for.
                assert_eq!(instance.car(1001).status, 200);
                slowest = slowest.max(clock::now().duration_since(began));
                std::thread::sleep(Duration::from_millis(50));
            }
            slowest
        });
        let overload = offer(address, &request, 10.0 * capacity, 300, 5);
        done.store(true, Ordering::Relaxed);
        (overload, health.join().unwrap())
    });
    let ((served, median, p99), refused) = (sorted(&overload, 200), sorted(&overload, 503));
    let grown = resident_kib(&instance).saturating_sub(before);
    println!("ten times: served {} /s, median {median:.1?}, p99 {p99:.1?}", served / 5);
    println!("refused {} /s, median {:.1?}, p99 {:.1?}", refused.0 / 5, refused.1, refused.2);
    println!("health and a page that is ready, the slowest: {health:.1?}; memory {before} KiB, {grown} more");
    assert_eq!(served + refused.0, overload.len(), "only 200 and 503");
    assert!(refused.0 > served, "it was no overload");
    // Other tests run beside this one: these bounds are for what must never be, `println!` is for the figures.
    assert!(p99 < (2 * unloaded).max(Duration::from_millis(100)), "{p99:?}");
    assert!(served as f64 > 5.0 * capacity / 10.0, "{served}");
    assert!(health < Duration::from_secs(2), "{health:?}");
    assert!(grown < 64 << 10, "{grown} KiB");
    assert!(instance.metric("forecourt_turned_down_total") >= refused.0 as f64);
    assert_eq!(instance.metric("forecourt_waiting_requests"), 0.0);

    // A second later it is as if nothing had been.
    let calm = || offer(address, &request, capacity / 4.0, 4, 1);
    until("the overload is over", || calm().iter().all(|(_, status)| *status == 200).then_some(()));
    instance.end();
}

fn connect(instance: &Instance) -> TcpStream {
    let stream = TcpStream::connect(instance.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Whether the other end has closed, or does within a moment.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    match stream.read(&mut [0; 4096]) {
        Ok(n) => n == 0,
        Err(error) => !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
    }
}

#[test]
fn slow_clients_are_cut_off_and_nobody_else() {
    let place = Place::with_cars(300);
    let serve = place.serve().with("SERVER__HEAD_TIMEOUT_S", "2").with("SERVER__WRITE_TIMEOUT_S", "2");
    let instance = serve.ready();
    // Heads and bodies that come byte by byte and never end.
    let begun = |bytes: &str| {
        let mut stream = connect(&instance);
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    };
    let head = "GET /cars HTTP/1.1\r\nHost: x\r\nX: ";
    let body = "POST /leads HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 9000\r\n\r\ncar_id=";
    let mut slow: Vec<_> =
        [head, body].into_iter().flat_map(|part| (0..100).map(move |_| part)).map(begun).collect();
    // Answers that nobody reads: far more than the kernel keeps for somebody.
    let mut greedy = connect(&instance);
    let feed = "GET /feeds/google.tsv HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let _ = greedy
        .set_write_timeout(Some(Duration::from_millis(100)))
        .and_then(|()| greedy.write_all(feed.as_bytes()));
    // Who has asked before, and is quiet now.
    let mut idle = connect(&instance);
    let answered = |stream: &mut TcpStream| {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let n = stream.read(&mut [0; 4096]).unwrap();
        assert!(n > 0);
    };
    answered(&mut idle);

    let began = clock::now();
    until("slow heads and bodies are cut off", || {
        slow.retain_mut(|stream| stream.write_all(b"x").is_ok() && !is_closed(stream));
        assert_eq!(instance.car(1000).status, 200, "others are served meanwhile");
        slow.is_empty().then_some(())
    });
    let took = clock::now().duration_since(began);
    assert!(took < Duration::from_secs(10), "{took:?}");
    until("only the quiet one is left", || (instance.metric("forecourt_connections") <= 4.0).then_some(()));
    answered(&mut idle);
    instance.end();
}

#[test]
fn who_reads_feeds_slowly_has_a_few_places_and_not_for_long() {
    let place = Place::with_cars(300);
    let instance = place.serve().with("SERVER__WORKERS", "1").with("SERVER__WRITE_TIMEOUT_S", "2").ready();
    // Far more than the kernel keeps for somebody.
    let feeds = "GET /feeds/google.tsv HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let greedy: Vec<_> = (0..20).map(|_| connect(&instance)).collect();
    for mut stream in &greedy {
        stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
        let _ = stream.write_all(feeds.as_bytes());
    }
    let refused = until("there is no place", || {
        let feed = instance.get("/feeds/google.tsv");
        (feed.status == 503).then_some(feed)
    });
    assert!(refused.header("retry-after").is_some());
    assert_eq!((instance.get("/sitemap.xml?part=pages").status, instance.car(1000).status), (503, 200));
    until("they are cut off", || (instance.get("/feeds/google.tsv").status == 200).then_some(()));
    drop(greedy);
    instance.end();
}

#[test]
fn who_keeps_all_connections_and_asks_for_nothing_keeps_nobody_out() {
    let place = Place::with_cars(5);
    let instance = place.serve().with("SERVER__CONNECTIONS_MAX", "40").ready();
    let kept: Vec<_> = (0..200).map(|_| TcpStream::connect(instance.address).unwrap()).collect();
    for _ in 0..20 {
        let began = clock::now();
        let mut stream = connect(&instance);
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let took = clock::now().duration_since(began);
        assert!(took < Duration::from_secs(15), "{took:?}");
    }
    assert!(instance.metric("forecourt_connections_evicted_total") > 0.0);
    drop(kept);
    instance.end();
}
