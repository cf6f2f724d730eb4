//! What advertisers append: no byte, no key, no redirect, no trace of it in a page.

use http::header::ACCEPT_ENCODING;

use super::exchange::{DELETED, HIDDEN, Origin, SOLD, decoded};
use crate::http::ads::PARAMETERS;

#[test]
fn what_is_appended_changes_no_byte_and_is_found_in_none() {
    let origin = Origin::ready();
    let next = origin.get("/cars").all("rel=\"next\" href=\"").remove(0);
    let pages = ["/", "/cars", "/cars?make=renault", "/cars?make=nobody", "/nowhere", "/offline", &next]
        .map(str::to_owned)
        .into_iter()
        .chain([7, SOLD, HIDDEN, DELETED].map(|id| format!("/car/any-{id}")));
    for page in pages {
        let plain = origin.get(&page);
        let joint = if page.contains('?') { '&' } else { '?' };
        for (n, name) in PARAMETERS.iter().enumerate() {
            let appended = origin.get(&format!("{page}{joint}{name}=CaNaRy-{n}%3Cb%3E"));
            assert_eq!((appended.status, &appended.body), (plain.status, &plain.body), "{page} with {name}");
            assert_eq!(appended.header("etag"), plain.header("etag"), "{page} with {name}");
            let result = appended.header("cache-status");
            assert_eq!(result, Some("forecourt; hit"), "{page} with {name} has a key of its own");
            let fields =
                appended.headers.values().all(|value| !value.as_bytes().windows(6).any(|w| w == b"CaNaRy"));
            assert!(fields && !appended.text().contains("CaNaRy"), "{page} with {name}");
        }
        let broken = origin.get(&format!("{page}{joint}gclid=%zz&fbclid=%ff&utm_campaign=100%off"));
        assert_eq!((broken.status, broken.body), (plain.status, plain.body), "{page}");
    }
}

#[test]
fn no_address_is_answered_by_a_redirect() {
    let origin = Origin::ready();
    for path in [
        "/",
        "//",
        "/cars",
        "/cars/",
        "/Cars",
        "/CARS?gclid=x",
        "/index.html",
        "/car/7",
        "/car/7/",
        "/car/Old-Name-7",
        "/car/2019-renault-duster-rxs-amt-7",
        "/CAR/7",
        "/car",
        "/cars/hyundai",
        "/cars?sort=price&make=renault",
        "/cars?make=Renault",
        "/robots.txt/",
        "/sitemap.xml/",
        "/feeds",
        "/feeds/google.tsv/",
        "/nowhere?utm_source=x",
    ] {
        let reply = origin.get(path);
        assert!(!reply.status.is_redirection(), "{path}: {}", reply.status);
        assert_eq!(reply.header("location"), None, "{path}");
    }
}

#[test]
fn an_inventory_feed_is_the_same_in_gzip_and_not_sent_twice() {
    let mut origin = Origin::ready();
    for path in ["/feeds/google.tsv", "/feeds/meta.csv", "/sitemap.xml", "/sitemap.xml?part=1"] {
        let plain = origin.get(path);
        let gzip = origin.get_with(path, &[(ACCEPT_ENCODING, "gzip, br")]);
        assert_eq!(decoded(&gzip), plain.body, "{path}");
        assert_ne!(gzip.header("etag"), plain.header("etag"), "{path}");
        let tag = plain.header("etag").unwrap();
        let again = origin.get_with(path, &[(http::header::IF_NONE_MATCH, tag)]);
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
        origin.publish([crate::snapshot::catalogue_tests::live(
            1,
            1_000 + plain.body.len() as u64,
            77_777,
            1,
        )]);
        let changed = origin.get_with(path, &[(http::header::IF_NONE_MATCH, tag)]);
        assert_eq!(changed.status, 200, "{path}");
    }
}
