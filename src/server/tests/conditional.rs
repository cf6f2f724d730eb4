//! Conditional and negotiated requests: 304 for the coding that was asked for, and for no other.

use http::header::{ACCEPT_ENCODING, COOKIE, IF_NONE_MATCH};

use super::exchange::{DELETED, HIDDEN, Origin, Reply, SOLD, UNKNOWN};
use crate::http::Encoding;

/// Every kind of page that is 200 and kept.
const PATHS: [&str; 6] = ["/cars", "/car/7", "/car/31", "/robots.txt", "/offline", "/manifest.webmanifest"];

#[test]
fn a_page_the_client_has_is_not_sent_again() {
    let origin = Origin::ready();
    for path in PATHS {
        for encoding in Encoding::ALL {
            let page = origin.get_in(path, encoding);
            let etag = page.header("etag").unwrap();
            for field in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
                let asked = [(ACCEPT_ENCODING, encoding.as_str()), (IF_NONE_MATCH, field.as_str())];
                let reply = origin.get_with(path, &asked);
                assert_eq!(reply.status, 304, "{path} {field}");
                assert_eq!(reply.body.len(), 0);
                let mut expected = page.lasting_headers();
                for field in ["content-type", "content-encoding", "content-length"] {
                    expected.remove(field);
                }
                assert_eq!(reply.lasting_headers(), expected, "{path} {field}");
            }
        }
    }
}

#[test]
fn the_tag_of_another_coding_or_of_another_page_is_answered_with_the_page() {
    let origin = Origin::ready();
    for path in PATHS {
        for encoding in Encoding::ALL {
            let others = Encoding::ALL.into_iter().filter(|&other| other != encoding);
            let tags = others.map(|other| origin.get_in(path, other).header("etag").unwrap().to_owned());
            let foreign = origin.get_in("/car/9", encoding).header("etag").unwrap().to_owned();
            for tag in tags.chain([foreign, "\"\"".to_owned(), "x".to_owned()]) {
                let asked = [(ACCEPT_ENCODING, encoding.as_str()), (IF_NONE_MATCH, tag.as_str())];
                let reply = origin.get_with(path, &asked);
                assert_eq!(reply.status, 200, "{path} in {} with {tag}", encoding.as_str());
                assert!(!reply.body.is_empty());
            }
        }
    }
}

#[test]
fn a_page_that_is_not_there_is_never_not_modified() {
    let origin = Origin::ready();
    for (car, status) in [(HIDDEN, 404), (DELETED, 410), (UNKNOWN, 404)] {
        let path = format!("/car/{car}");
        let etag = origin.get(&path).header("etag").unwrap().to_owned();
        for tag in [etag.as_str(), "*"] {
            assert_eq!(origin.get_with(&path, &[(IF_NONE_MATCH, tag)]).status, status);
        }
    }
}

#[test]
fn the_coding_with_the_highest_quality_is_sent() {
    let origin = Origin::ready();
    for (accept, expected) in [
        ("gzip, deflate, br, zstd", Some("gzip")),
        ("gzip;q=1.0, br;q=0.9", Some("gzip")),
        ("br;q=0, zstd;q=0.5, gzip;q=0.4", Some("zstd")),
        ("*;q=0.1", Some("gzip")),
        ("identity;q=1, *;q=0.5", None),
        ("gzip;q=0", None),
        ("deflate", None),
        ("", None),
        ("identity;q=0, *;q=0", None),
    ] {
        let reply = origin.get_with("/cars", &[(ACCEPT_ENCODING, accept)]);
        assert_eq!(reply.header("content-encoding"), expected, "{accept}");
    }
}

#[test]
fn ad_parameters_and_cookies_change_neither_a_byte_nor_a_cache_key() {
    let origin = Origin::ready();
    let next = origin.get("/cars").all("rel=\"next\" href=\"")[0].clone();
    for path in ["/", "/cars", next.as_str(), "/car/2019-renault-duster-7", &format!("/car/{SOLD}")] {
        for encoding in Encoding::ALL {
            let bare = origin.get_in(path, encoding);
            for parameter in [
                "gclid=Cj0KCQ",
                "fbclid=IwAR0",
                "gbraid=0AA",
                "wbraid=Cl",
                "msclkid=f1",
                "ttclid=E.C",
                "utm_source=google",
                "utm_medium=cpc",
                "utm_campaign=x%20y",
                "utm_term=%E2%82%B9",
                "utm_content=1+1",
            ] {
                let separator = if path.contains('?') { '&' } else { '?' };
                let path = format!("{path}{separator}{parameter}");
                let cookie = (COOKIE, "forecourt=visitor; _ga=GA1.1.1");
                let reply = origin.get_with(&path, &[(ACCEPT_ENCODING, encoding.as_str()), cookie]);
                assert_eq!(reply.header("cache-status"), Some("forecourt; hit"), "{path}");
                assert!(reply.body == bare.body, "{path}");
                // Only its visitor may keep a response that gives them a cookie, of the advertisement they came by.
                assert_eq!(reply.header("cache-control"), Some("private, no-cache"), "{path}");
                let rest = |reply: &Reply| {
                    let mut headers = reply.lasting_headers();
                    for name in ["cache-control", "cdn-cache-control"] {
                        headers.remove(name);
                    }
                    headers
                };
                assert_eq!(rest(&reply), rest(&bare), "{path}");
            }
        }
    }
}
