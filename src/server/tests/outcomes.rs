//! The table of outcomes: status, cache policy, vary, entity tag, type and length of every route.

use bytes::Bytes;
use http::header::HOST;
use http::{Method, Request};
use http_body_util::Full;

use super::exchange::{AS_OF_MS, BASE, DELETED, HIDDEN, Origin, Reply, SOLD, UNKNOWN, decoded, request};
use crate::clock;
use crate::http::Encoding;
use crate::http::ads::NO_VARY_SEARCH;

const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Cache-Control and CDN-Cache-Control.
type Policy = [&'static str; 2];
const REVALIDATE: Policy = ["public, no-cache", "public, no-cache, stale-if-error=300"];
/// Of pages that come with a cookie.
const PRIVATE: Policy = ["private, no-cache"; 2];
const IMMUTABLE: Policy = ["public, max-age=31536000, immutable"; 2];
const DAILY: Policy = ["public, max-age=86400"; 2];
const NO_STORE: Policy = ["no-store"; 2];

/// What one address answers. `kept` pages come from the page cache: negotiated, tagged, with the age of their data.
struct Outcome {
    path: String,
    status: u16,
    policy: Policy,
    content_type: &'static str,
    kept: bool,
    version: Option<&'static str>,
}

fn outcomes(origin: &Origin) -> Vec<Outcome> {
    let first = origin.get("/cars");
    let next = &first.all("rel=\"next\" href=\"")[0];
    let icon = &first.all("rel=\"icon\" type=\"image/svg+xml\" href=\"")[0];
    let photo = &first.all("<img src=\"")[0];
    let share = first.all("property=\"og:image\" content=\"").remove(0);
    let share = share.strip_prefix(BASE).unwrap();
    let row = |path: &str, status, policy, content_type, kept| Outcome {
        path: path.to_owned(),
        status,
        policy,
        content_type,
        kept,
        version: None,
    };
    let version = |version, outcome| Outcome { version: Some(version), ..outcome };
    let with_slug = |id: u64| format!("/car/2019-renault-duster-rxs-amt-{id}");
    vec![
        row("/", 200, REVALIDATE, HTML, true),
        row("/cars", 200, REVALIDATE, HTML, true),
        row("/cars?utm_source=x&gclid=1", 200, PRIVATE, HTML, true),
        row(next, 200, REVALIDATE, HTML, true),
        version("1.7", row(&with_slug(7), 200, PRIVATE, HTML, true)),
        version("1.7", row("/car/any-old-slug-7", 200, PRIVATE, HTML, true)),
        version("1.7", row("/car/7", 200, PRIVATE, HTML, true)),
        version("1.40", row(&with_slug(SOLD), 200, PRIVATE, HTML, true)),
        row(&with_slug(HIDDEN), 404, REVALIDATE, HTML, true),
        row(&with_slug(DELETED), 410, REVALIDATE, HTML, true),
        row(&with_slug(UNKNOWN), 404, REVALIDATE, HTML, true),
        row("/nowhere", 404, REVALIDATE, HTML, true),
        row(icon, 200, IMMUTABLE, "image/svg+xml", true),
        row(photo, 200, IMMUTABLE, "image/svg+xml", true),
        row(share, 200, IMMUTABLE, "image/png", false),
        row("/assets/icon.0123456789abcdef.svg", 404, REVALIDATE, HTML, true),
        row("/manifest.webmanifest", 200, DAILY, "application/manifest+json", true),
        row("/offline", 200, DAILY, HTML, true),
        row("/robots.txt", 200, DAILY, PLAIN, true),
        row("/sitemap.xml", 200, REVALIDATE, "application/xml; charset=utf-8", false),
        row("/sitemap.xml?part=pages", 200, REVALIDATE, "application/xml; charset=utf-8", false),
        row("/sitemap.xml?part=1", 200, REVALIDATE, "application/xml; charset=utf-8", false),
        row("/feeds/google.tsv", 200, REVALIDATE, "text/tab-separated-values; charset=utf-8", false),
        row("/feeds/meta.csv?x=1", 200, REVALIDATE, "text/csv; charset=utf-8", false),
        row("/sitemap.xml?part=2", 400, NO_STORE, HTML, false),
        row("/sitemap.xml?part=x", 400, NO_STORE, HTML, false),
        row("/sitemap.xml?part=0", 400, NO_STORE, HTML, false),
        row("/sitemap.xml?part=18446744073709551615", 400, NO_STORE, HTML, false),
        row("/healthz", 200, NO_STORE, PLAIN, false),
        row("/cars?after=garbage", 400, NO_STORE, HTML, false),
        row(&format!("{next}x"), 400, NO_STORE, HTML, false),
        row("/cars?after=", 200, REVALIDATE, HTML, true),
        row(&format!("{next}&{}", &next[6..]), 400, NO_STORE, HTML, false),
        row("/cars?make=%ff", 400, NO_STORE, HTML, false),
        row("/%", 400, NO_STORE, HTML, false),
        row("/assets/..%2f..%2fetc%2fpasswd", 400, NO_STORE, HTML, false),
        row(&format!("/cars?make={}", "x".repeat(3_000)), 414, NO_STORE, HTML, false),
    ]
}

#[test]
fn every_route_says_what_it_is_and_how_long_it_may_be_kept() {
    let origin = Origin::ready();
    for outcome in outcomes(&origin) {
        let plain = origin.get(&outcome.path);
        check(&outcome, &plain, Encoding::Identity);
        for encoding in Encoding::ALL {
            let reply = origin.get_in(&outcome.path, encoding);
            check(&outcome, &reply, encoding);
            assert_eq!(decoded(&reply), plain.body, "{} in {}", outcome.path, encoding.as_str());
        }
    }
}

fn check(expected: &Outcome, reply: &Reply, encoding: Encoding) {
    let path = &expected.path;
    assert_eq!(reply.status, expected.status, "{path}");
    let policy = ["cache-control", "cdn-cache-control"].map(|name| reply.header(name).unwrap_or_default());
    assert_eq!(policy, expected.policy, "{path}");
    assert_eq!(reply.header("content-type"), Some(expected.content_type), "{path}");
    assert_eq!(reply.header("forecourt-version"), expected.version, "{path}");
    assert_eq!(reply.headers.get_all("content-type").iter().count(), 1, "{path}");
    let is_written =
        expected.status == 200 && (path.starts_with("/sitemap.xml") || path.starts_with("/feeds/"));
    let length = (!is_written).then_some(reply.body.len() as u64);
    assert_eq!(reply.content_length(), length, "{path}");
    assert!(
        reply.header("connection").is_none_or(|value| value == "close" && expected.status == 400),
        "{path}"
    );
    assert_eq!(reply.header("retry-after"), None, "{path}");
    assert_eq!(reply.header("strict-transport-security"), None, "{path}");

    let coding = match encoding {
        Encoding::Identity => None,
        Encoding::Gzip if is_written => Some("gzip"),
        _ => expected.kept.then_some(encoding.as_str()),
    };
    assert_eq!(reply.header("content-encoding"), coding, "{path}");
    let varies = expected.kept || is_written;
    assert_eq!(reply.header("vary"), varies.then_some("accept-encoding"), "{path}");
    let is_html = expected.kept && expected.content_type == HTML;
    assert_eq!(reply.header("no-vary-search"), is_html.then_some(NO_VARY_SEARCH), "{path}");
    let as_of = AS_OF_MS.to_string();
    assert_eq!(reply.header("forecourt-as-of"), expected.kept.then_some(as_of.as_str()), "{path}");
    assert_eq!(reply.header("etag").is_some(), varies, "{path}");
    assert_eq!(reply.header("server-timing").is_some(), expected.kept, "{path}");
    assert_eq!(reply.header("cache-status").is_some(), expected.kept, "{path}");
    if let Some(etag) = reply.header("etag").filter(|_| expected.kept) {
        let hash =
            etag.strip_prefix('"').and_then(|tag| tag.strip_suffix(&format!("-{}\"", encoding.as_str())));
        let hash = hash.unwrap_or_else(|| panic!("{path}: {etag} in {}", encoding.as_str()));
        assert!(hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {etag}");
    }
    if path != "/healthz" {
        for name in
            ["content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy"]
        {
            assert!(reply.headers.contains_key(name), "{path}: no {name}");
        }
    }
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let origin = Origin::ready();
    for outcome in outcomes(&origin) {
        for encoding in Encoding::ALL {
            let (get, head) =
                (origin.get_in(&outcome.path, encoding), origin.head_in(&outcome.path, encoding));
            let path = &outcome.path;
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.body.len(), 0, "{path}");
            let mut expected = get.lasting_headers();
            // hyper writes the length of a body it has; for HEAD only the field can tell.
            if let Some(length) = get.content_length() {
                expected.insert("content-length", length.into());
            }
            assert_eq!(head.lasting_headers(), expected, "{path}");
        }
    }
}

#[test]
fn what_is_no_readable_get_is_refused_with_its_reason() {
    let origin = Origin::ready();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE, Method::PATCH] {
        let mut request = request("/cars");
        *request.method_mut() = method;
        let reply = origin.send(&request);
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, Some("GET, HEAD")));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }

    let body = Request::get("/cars").header(HOST, "x").body(Full::new(Bytes::from_static(b"a=b"))).unwrap();
    let reply = origin.send(&body);
    // The body is not read, so the connection cannot go on.
    assert_eq!((reply.status.as_u16(), reply.header("connection")), (413, Some("close")));

    let mut no_host = request("/cars");
    no_host.headers_mut().remove(HOST);
    assert_eq!(origin.send(&no_host).status, 400);
    *no_host.version_mut() = http::Version::HTTP_10;
    assert_eq!(origin.send(&no_host).status, 200);
}

#[test]
fn strict_transport_is_asked_for_only_where_the_visitor_came_by_https() {
    let origin = Origin::ready();
    let proto = || http::HeaderName::from_static("x-forwarded-proto");
    for path in ["/cars", "/car/7", "/nowhere", "/sitemap.xml", "/robots.txt", "/cars?after=x", "/%"] {
        for (sent, expected) in [("https", true), ("http", false), ("", false)] {
            let reply = origin.get_with(path, &[(proto(), sent)]);
            assert_eq!(reply.header("strict-transport-security").is_some(), expected, "{path} by {sent}");
        }
    }
}

#[test]
fn that_a_car_is_not_there_is_said_also_when_nothing_may_be_made() {
    let origin = Origin::ready();
    let without_turn = |path| {
        let response = origin.shared.respond_if(&request(path), clock::now(), || false);
        response.map(|response| response.status().as_u16())
    };
    assert_eq!(without_turn("/car/x-987654"), None);
    assert_eq!(origin.get("/car/x-987654").status, 404);
    assert_eq!(without_turn("/car/x-987655"), Some(404));
    assert_eq!(without_turn("/car/x-7"), None);
}
