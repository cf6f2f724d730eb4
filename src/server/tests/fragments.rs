//! The part of a page that a script swaps in: under its own name, the same bytes as in the page, and a look like any other.

use http::header::{ACCEPT_ENCODING, COOKIE, HeaderName};

use super::exchange::{BASE, DELETED, Origin, Reply, decoded};
use crate::http::Encoding;

/// The page's title, canonical link and `<main>`, cut out of it.
fn cut(page: &str) -> String {
    let between = |from: &str, to: &str| {
        let start = page.find(from).unwrap();
        &page[start..start + page[start..].find(to).unwrap() + to.len()]
    };
    let canonical = between("<link rel=\"canonical\"", ">");
    [between("<title>", "</title>"), canonical, between("<main ", "</main>")].concat()
}

fn cookie(reply: &Reply) -> Option<&str> {
    reply.header("set-cookie")?.split(';').next()
}

#[test]
fn a_fragment_is_cut_out_of_its_page() {
    let origin = Origin::ready();
    for (path, fragment, status) in [
        ("/cars", "/cars?f=1", 200),
        ("/", "/?utm_source=x&f=1", 200),
        ("/cars?make=renault&sort=price", "/cars?f=1&sort=price&make=renault", 200),
        ("/cars?make=kia", "/cars?make=kia&f=1", 200),
        ("/car/x-7", "/car/y-7?gclid=1&f=1", 200),
        ("/car/99", "/car/99?f=1", 404),
        ("/car/33", "/car/33?f=1", 410),
        ("/offline", "/offline?f=1", 200),
    ] {
        let (page, part) = (origin.get(path), origin.get(fragment));
        assert_eq!((page.status.as_u16(), part.status.as_u16()), (status, status), "{path}");
        assert_eq!(part.text(), cut(&page.text()), "{path}");
        assert_ne!(part.header("etag"), page.header("etag"), "{path}");
        assert_eq!((page.header("x-robots-tag"), part.header("x-robots-tag")), (None, Some("noindex")));
        // Neither is taken for the other.
        assert_eq!(origin.get(path).body, page.body);
        for encoding in Encoding::ALL {
            assert_eq!(decoded(&origin.get_in(fragment, encoding)), part.body, "{path}");
        }
    }
    assert!(DELETED == 33 && origin.get("/car/7?f=1").text().contains(BASE));
}

#[test]
fn a_personal_fragment_is_put_together_from_pieces_too() {
    let origin = Origin::ready();
    let given = cookie(&origin.get("/car/7?f=1")).unwrap().to_owned();
    let asked = |path, accept| origin.get_with(path, &[(COOKIE, &given), (ACCEPT_ENCODING, accept)]);
    for _ in 0..2 {
        let (page, part) = (asked("/cars", "gzip"), asked("/cars?f=1", "gzip"));
        assert_eq!(part.header("cache-control"), Some("private, no-cache"));
        assert_eq!(part.header("x-robots-tag"), Some("noindex"));
        let text = String::from_utf8(decoded(&page)).unwrap();
        assert!(text.contains("Because you looked at"));
        assert_eq!(String::from_utf8(decoded(&part)).unwrap(), cut(&text));
        assert_eq!(decoded(&asked("/cars?f=1", "identity")), decoded(&part));
    }
}

#[test]
fn who_gets_a_fragment_has_looked_unless_it_was_fetched_ahead() {
    let mut origin = Origin::ready();
    for name in ["sec-purpose", "purpose"].map(HeaderName::from_static) {
        for path in ["/car/7?f=1", "/cars?f=1"] {
            assert_eq!(cookie(&origin.get_with(path, &[(name.clone(), "prefetch")])), None, "{name}");
        }
    }
    assert!(origin.queue.take(9).is_empty());
    let seen = origin.get("/car/7?f=1");
    assert!(cookie(&seen).is_some() && seen.header("cache-control") == Some("private, no-cache"));
    origin.get("/cars?sort=price&f=1");
    assert_eq!(origin.queue.take(9).len(), 2);
}
