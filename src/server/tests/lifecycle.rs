//! Before the first snapshot, and after the first signal.

use super::exchange::Origin;
use crate::lifecycle::Phase;

#[test]
fn while_starting_every_page_asks_to_come_back_soon() {
    let origin = Origin::starting();
    for path in ["/", "/cars", "/car/7", "/robots.txt", "/sitemap.xml", "/nowhere", "/assets/x.svg"] {
        let reply = origin.get(path);
        assert_eq!(reply.status, 503, "{path}");
        assert_eq!(reply.header("retry-after"), Some("2"), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(reply.header("connection"), None, "{path}");
    }
    let health = origin.get("/healthz");
    assert_eq!((health.status.as_u16(), health.text().as_str()), (503, "starting"));
    // What cannot be read stays unreadable, ready or not.
    assert_eq!(origin.get("/%").status, 400);
}

#[test]
fn while_draining_pages_are_served_and_connections_close() {
    let origin = Origin::ready();
    let before = origin.get("/healthz");
    assert_eq!(
        (before.status.as_u16(), before.text().as_str(), before.header("connection")),
        (200, "ready", None)
    );
    let page = origin.get("/car/7");
    origin.shared.lifecycle.enter(Phase::Draining);
    for path in ["/cars", "/car/7", "/robots.txt", "/sitemap.xml"] {
        let reply = origin.get(path);
        assert_eq!((reply.status.as_u16(), reply.header("connection")), (200, Some("close")), "{path}");
    }
    assert!(origin.get("/car/7").body == page.body);
    let health = origin.get("/healthz");
    assert_eq!((health.status.as_u16(), health.text().as_str()), (503, "draining"));
    assert_eq!(health.header("connection"), Some("close"));
}
