//! What machines read: sitemap, robots, manifest, assets, canonical links.

use std::collections::BTreeSet;

use super::exchange::{BASE, N_LIVE, Origin};
use crate::lifecycle::Phase;
use crate::snapshot::catalogue_tests::live;

/// The text of each element of this name, of a document that is well-formed.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let found = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.sitemaps.org/schemas/sitemap/0.9", name)));
    found.map(|node| node.text().unwrap().to_owned()).collect()
}

#[test]
fn the_sitemap_names_every_live_car_once_by_its_canonical_address() {
    let origin = Origin::ready();
    let sitemap = origin.get("/sitemap.xml").text();
    let addresses = elements(&sitemap, "loc");
    assert_eq!(addresses[0], format!("{BASE}/cars"));
    assert_eq!(addresses.len() as u64, 1 + N_LIVE);
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
    for address in &addresses {
        let page = origin.get(address.strip_prefix(BASE).unwrap());
        assert_eq!(page.status, 200, "{address}");
        assert_eq!(page.all("rel=\"canonical\" href=\""), [address.as_str()]);
    }
    let days = elements(&sitemap, "lastmod");
    assert!(
        days.len() as u64 == N_LIVE && days.iter().all(|day| day.len() == "2026-11-24".len()),
        "{days:?}"
    );
}

#[test]
fn a_sitemap_too_long_for_one_file_is_an_index_of_complete_parts() {
    let n = 40_001;
    let origin = Origin::starting().with((1..=n).map(|id| live(id, 1, 1, id as i64)));
    origin.shared.lifecycle.enter(Phase::Ready);
    let parts = elements(&origin.get("/sitemap.xml").text(), "loc");
    assert_eq!(parts, [1, 2].map(|part| format!("{BASE}/sitemap.xml?part={part}")));
    let mut cars = BTreeSet::new();
    for part in parts {
        let addresses = elements(&origin.get(part.strip_prefix(BASE).unwrap()).text(), "loc");
        assert!(addresses.len() <= 50_000);
        cars.extend(addresses.into_iter().filter(|address| address.contains("/car/")));
    }
    assert_eq!(cars.len() as u64, n);
}

#[test]
fn an_empty_catalogue_has_pages_too() {
    let origin = Origin::starting().with([]);
    origin.shared.lifecycle.enter(Phase::Ready);
    assert_eq!(elements(&origin.get("/sitemap.xml").text(), "loc"), [format!("{BASE}/cars")]);
    let listing = origin.get("/cars");
    assert!(listing.status == 200 && listing.all("rel=\"next\" href=\"").is_empty());
    assert_eq!(origin.get("/car/1").status, 404);
}

#[test]
fn robots_points_to_the_sitemap() {
    let robots = Origin::ready().get("/robots.txt").text();
    assert!(robots.lines().any(|line| line == format!("Sitemap: {BASE}/sitemap.xml")), "{robots}");
    assert!(robots.lines().any(|line| line == "User-agent: *"), "{robots}");
    assert!(!robots.lines().any(|line| line == "Disallow: /"), "{robots}");
}

#[test]
fn the_manifest_is_json_whose_icons_and_start_are_there() {
    let origin = Origin::ready();
    let manifest: serde_json::Value =
        serde_json::from_slice(&origin.get("/manifest.webmanifest").body).unwrap();
    assert_eq!(manifest["display"], "standalone");
    assert_eq!(origin.get(manifest["start_url"].as_str().unwrap()).status, 200);
    let icons = manifest["icons"].as_array().unwrap();
    assert!(!icons.is_empty());
    for icon in icons {
        let reply = origin.get(icon["src"].as_str().unwrap());
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), icon["type"].as_str());
    }
}

#[test]
fn the_offline_page_depends_on_nothing_but_the_icon() {
    let page = Origin::ready().get("/offline");
    assert!(page.text().contains("You are offline"));
    assert_eq!(page.all("src=\"").len(), 0);
}

#[test]
fn pictures_are_kept_for_ever_under_a_name_that_changes_with_them() {
    let origin = Origin::ready();
    for address in origin.get("/car/7").all("<img src=\"") {
        let picture = origin.get(&address);
        assert_eq!(picture.status, 200);
        roxmltree::Document::parse(&picture.text()).unwrap();
        let [name, hash, extension]: [&str; 3] = address.split('.').collect::<Vec<_>>().try_into().unwrap();
        let other = if hash.starts_with('0') { '1' } else { '0' };
        for wrong in [
            format!("{name}.{other}{}.{extension}", &hash[1..]),
            format!("{name}.{extension}"),
            format!("{address}x"),
        ] {
            let missing = origin.get(&wrong);
            assert_eq!(
                (missing.status.as_u16(), missing.header("cache-control")),
                (404, Some("public, no-cache"))
            );
        }
    }
}
