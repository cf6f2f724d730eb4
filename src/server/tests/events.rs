//! What pages post, what is told of without them, and what is none of either.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, IF_NONE_MATCH};
use http::{Method, Request};
use http_body::{Frame, SizeHint};
use serde_json::{Value, json};

use super::exchange::{DELETED, HIDDEN, Origin, Reply, SOLD, UNKNOWN, request};
use crate::clock;
use crate::events::Line;
use crate::lifecycle::Phase;
use crate::server::post::{Post, Reading};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// A body that comes in pieces; where there is none yet, nothing comes.
#[derive(Debug)]
struct Pieces {
    pieces: VecDeque<Option<Bytes>>,
    length: Option<u64>,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.pieces.pop_front() {
            None => Poll::Ready(None),
            Some(None) => Poll::Pending,
            Some(Some(piece)) => Poll::Ready(Some(Ok(Frame::data(piece)))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map(SizeHint::with_exact).unwrap_or_default()
    }
}

fn whole(body: &[u8]) -> Pieces {
    let length = Some(body.len() as u64);
    Pieces { pieces: [Some(Bytes::copy_from_slice(body))].into(), length }
}

impl Origin {
    /// As hyper has it done. How often nothing was there yet, and the reply.
    fn post(&self, headers: &[(HeaderName, &str)], body: Pieces) -> (usize, Reply) {
        let mut request = Request::post("/events").header(HOST, "x").body(body).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let post = Post::of(&request).unwrap();
        if let Err(refusal) = self.shared.check_post(post, &request) {
            return (0, Reply::of(self.shared.turn_away(post, &request, refusal)));
        }
        let pages = self.pages();
        let mut reading = Reading::new(pages, post, request);
        let mut waits = 0;
        loop {
            match Future::poll(Pin::new(&mut reading), &mut Context::from_waker(Waker::noop())) {
                Poll::Pending => waits += 1,
                Poll::Ready(Ok(response)) => return (waits, Reply::of(response)),
            }
        }
    }

    fn tell(&self, events: &Value, headers: &[(HeaderName, &str)]) -> Reply {
        let reply = self.post(headers, whole(events.to_string().as_bytes())).1;
        assert_eq!(reply.status, 204, "{events}: {}", reply.text());
        reply
    }

    /// The events that were told of since, as they are written.
    fn told(&mut self) -> Vec<Value> {
        let events = self.queue.take(usize::MAX);
        events.iter().map(|event| serde_json::from_slice(&Line::of(event, "own").json).unwrap()).collect()
    }
}

fn event(id: &str, name: &str, car: u64) -> Value {
    json!({ "id": id, "name": name, "car": car, "at_ms": clock::unix_ms() })
}

fn cookie(reply: &Reply) -> Option<String> {
    Some(reply.header("set-cookie")?.split(';').next()?.to_owned())
}

#[test]
fn what_is_posted_is_taken_or_refused_with_the_reason() {
    let mut origin = Origin::ready();
    let good = event("a", "view_item", 7).to_string();
    let kind = |kind: &'static str| vec![(CONTENT_TYPE, kind)];
    let site = |site: &'static str| vec![(SITE, site)];
    let with_length = |bytes: usize| whole(&vec![b' '; bytes]);
    let endless = || Pieces { pieces: vec![Some(Bytes::from(vec![b' '; 5_000])); 9].into(), length: None };
    let mut n = 0;
    for (headers, body, status, text, closes) in [
        (vec![], whole(good.as_bytes()), 204, "", false),
        (kind("application/json"), whole(good.as_bytes()), 204, "", false),
        (kind("text/plain;charset=UTF-8"), whole(good.as_bytes()), 204, "", false),
        (kind("Text/Plain; charset=\"utf-8\""), whole(good.as_bytes()), 204, "", false),
        (site("same-origin"), whole(good.as_bytes()), 204, "", false),
        (site("none"), whole(b"[]"), 204, "", false),
        (kind("application/x-www-form-urlencoded"), whole(good.as_bytes()), 415, "application/json", true),
        (kind("text/plain;charset=utf-16"), whole(good.as_bytes()), 415, "application/json", true),
        (kind("multipart/form-data; boundary=x"), whole(good.as_bytes()), 415, "application/json", true),
        (site("cross-site"), whole(good.as_bytes()), 403, "other sites", true),
        (vec![], whole(b""), 400, "not JSON", false),
        (vec![], whole(b"{\"id\":"), 400, "not JSON", false),
        (vec![], whole(b"\xff"), 400, "not JSON", false),
        (vec![], whole(b"[{}]"), 400, "event 0: `name` is none of", false),
        (vec![], with_length(16 << 10), 400, "not JSON", false),
        (vec![], with_length((16 << 10) + 1), 413, "larger body", true),
        (vec![], with_length(1 << 20), 413, "larger body", true),
        (vec![], endless(), 413, "larger body", true),
    ] {
        n += 1;
        let reply = origin.post(&headers, body).1;
        assert_eq!((n, reply.status.as_u16()), (n, status), "{headers:?} {}", reply.text());
        assert!(
            reply.text().contains(text) && reply.text().is_empty() == (status == 204),
            "{}",
            reply.text()
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("connection"), closes.then_some("close"), "{status}");
    }
    assert_eq!(origin.told().len(), 1, "the same id is the same event");

    for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS] {
        let mut other = request("/events");
        *other.method_mut() = method;
        let reply = origin.send(&other);
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, Some("POST")));
    }
    let draining = || origin.post(&[], whole(good.as_bytes())).1;
    origin.shared.lifecycle.enter(Phase::Draining);
    assert_eq!((draining().status.as_u16(), draining().header("connection")), (204, Some("close")));
    let starting = Origin::starting().post(&[], whole(good.as_bytes())).1;
    assert_eq!((starting.status.as_u16(), starting.header("retry-after")), (503, Some("2")));
}

#[test]
fn a_body_in_pieces_is_waited_for() {
    let mut origin = Origin::ready();
    let body = event("a", "view_item", 7).to_string();
    let (start, rest) = body.as_bytes().split_at(9);
    let pieces = [None, Some(Bytes::copy_from_slice(start)), None, None, Some(Bytes::copy_from_slice(rest))];
    let (waits, reply) = origin.post(&[], Pieces { pieces: pieces.into(), length: None });
    assert_eq!((waits, reply.status.as_u16(), origin.told().len()), (3, 204, 1));
}

#[test]
fn part_of_a_body_that_cannot_be_read_spoils_the_whole() {
    let mut origin = Origin::ready();
    let body = json!([event("a", "view_item", 7), event("b", "buy", 7)]).to_string();
    let reply = origin.post(&[], whole(body.as_bytes())).1;
    assert_eq!((reply.status.as_u16(), cookie(&reply)), (400, None));
    assert!(reply.text().starts_with("event 1: "), "{}", reply.text());
    origin.tell(&event("a", "view_item", 7), &[]);
    assert_eq!(origin.told().len(), 1);
}

#[test]
fn cars_that_nobody_can_see_are_no_events() {
    let mut origin = Origin::ready();
    let cars = [HIDDEN, DELETED, UNKNOWN, SOLD, 7];
    let events: Vec<_> = cars.iter().map(|car| event(&format!("c{car}"), "view_item", *car)).collect();
    let reply = origin.tell(&json!(events), &[]);
    let told: Vec<_> = origin.told().iter().map(|event| event["car"].as_u64().unwrap()).collect();
    assert_eq!((told, cookie(&reply).is_some()), (vec![SOLD, 7], true));
    assert_eq!(cookie(&origin.tell(&event("x", "view_item", HIDDEN), &[])), None);
}

#[test]
fn what_visitors_do_is_in_their_profile_and_they_are_in_the_event() {
    let mut origin = Origin::ready();
    for (name, notes) in
        [("view_item", true), ("add_to_wishlist", true), ("generate_lead", true), ("select_item", false)]
    {
        let reply = origin.tell(&event(name, name, 7), &[]);
        let told = origin.told().remove(0);
        assert_eq!((cookie(&reply).is_some(), told["visitor"].is_string()), (notes, notes), "{name}");
        assert_eq!((&told["name"], &told["id"], &told["by"]), (&json!(name), &json!(name), &json!("page")));
    }
    // One visitor, one number; a cookie only if there is news.
    let first = origin.tell(&event("b1", "view_item", 7), &[]);
    let given = cookie(&first).unwrap();
    assert!(first.header("set-cookie").unwrap().contains("HttpOnly; SameSite=Lax"));
    let again = origin
        .tell(&json!([event("b2", "view_item", 7), event("b3", "select_item", 8)]), &[(COOKIE, &given)]);
    assert_eq!(cookie(&again), None);
    let liked = origin.tell(&event("b4", "add_to_wishlist", 8), &[(COOKIE, &given)]);
    let visitors: Vec<_> = origin.told().iter().map(|event| event["visitor"].clone()).collect();
    assert!(visitors.len() == 4 && visitors.iter().all(|one| one == &visitors[0]), "{visitors:?}");
    let listing = origin.get_with("/cars", &[(COOKIE, &cookie(&liked).unwrap())]);
    assert_eq!(listing.header("cache-control"), Some("private, no-cache"));
    // What was there before is not noted again either.
    assert_eq!(cookie(&origin.tell(&event("b4", "add_to_wishlist", 9), &[])), None);
}

#[test]
fn served_lists_are_told_of_with_place_order_and_model() {
    let mut origin = Origin::ready();
    let cards = |reply: &Reply| -> Vec<Value> {
        let links = reply.all("<h2><a href=\"");
        links.iter().map(|link| json!(link.rsplit('-').next().unwrap().parse::<u64>().unwrap())).collect()
    };
    let first = origin.get("/cars?make=renault&gclid=1");
    let next = first.all("rel=\"next\" href=\"")[0].replace("&amp;", "&");
    let second = origin.get(&next);
    origin.get("/cars?make=renault");
    let told = origin.told();
    assert_eq!(told.len(), 3, "a hit is served as well");
    for (event, index, page) in [(&told[0], 0, &first), (&told[1], 10, &second), (&told[2], 0, &first)] {
        assert_eq!((&event["name"], &event["by"]), (&json!("view_item_list"), &json!("server")));
        assert_eq!((&event["index"], &event["query"]), (&json!(index), &json!("make=renault")));
        assert_eq!(event["cars"], json!(cards(page)));
        let generation = origin.shared.snapshots.load().ranking()[0].model.generation.clone();
        assert_eq!((&event["order"], &event["model"]), (&json!("recommended"), &json!(generation)));
        assert!(event["list"] == told[0]["list"] && event["visitor"].is_null());
    }
    // A visitor's own list, and everybody's that a visitor is given.
    let given = cookie(&origin.get("/car/7")).unwrap();
    origin.get_with("/cars?make=renault", &[(COOKIE, &given)]);
    let sorted = origin.get_with("/cars?make=renault&sort=price", &[(COOKIE, &given)]);
    let own = origin.told();
    let names: Vec<_> = own.iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["view_item", "view_item_list", "view_item_list"]);
    assert!(own.iter().all(|event| event["visitor"].is_string() && event["visitor"] == own[0]["visitor"]));
    assert!(own[1]["list"] != told[0]["list"] && own[2]["list"] != own[1]["list"]);
    assert_eq!((&own[2]["order"], &own[2]["model"]), (&json!("price"), &Value::Null));
    assert_eq!(own[2]["cars"], json!(cards(&sorted)));
}

#[test]
fn what_nobody_sees_is_not_told_of() {
    let mut origin = Origin::ready();
    let given = cookie(&origin.get("/car/7")).unwrap();
    let (list, etag) = (origin.get("/cars"), origin.get("/cars").header("etag").unwrap().to_owned());
    assert_eq!((list.status.as_u16(), origin.told().len()), (200, 3));
    // A reload.
    origin.get_with("/car/7", &[(COOKIE, &given)]);
    origin.get_with("/car/8", &[(PURPOSE, "prefetch")]);
    origin.get_with("/cars", &[(PURPOSE, "prefetch;prerender")]);
    origin.get_with("/cars", &[(IF_NONE_MATCH, &etag)]);
    for path in ["/cars", "/car/9"] {
        let mut head = request(path);
        *head.method_mut() = Method::HEAD;
        origin.send(&head);
    }
    for path in
        ["/car/99", &format!("/car/{HIDDEN}"), "/nowhere", "/cars?after=x", "/robots.txt", "/sitemap.xml"]
    {
        origin.get(path);
    }
    assert_eq!(origin.told(), [] as [Value; 0]);
}
