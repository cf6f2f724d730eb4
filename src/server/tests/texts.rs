//! What browsers read beside pages: manifest, offline page, assets.

use super::exchange::Origin;
use crate::lifecycle::Phase;

#[test]
fn an_empty_catalogue_has_pages_too() {
    let origin = Origin::starting().with([]);
    origin.shared.lifecycle.enter(Phase::Ready);
    let listing = origin.get("/cars");
    assert!(listing.status == 200 && listing.all("rel=\"next\" href=\"").is_empty());
    assert_eq!(origin.get("/car/1").status, 404);
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
fn the_offline_page_depends_on_nothing_but_the_script_that_the_worker_keeps_with_it() {
    let origin = Origin::ready();
    let page = origin.get("/offline");
    assert!(page.text().contains("You are offline") && page.text().contains("<ul data-kept></ul>"));
    let worker = origin.get("/sw.js").text();
    let script = page.all("src=\"");
    assert!(script.len() == 1 && worker.contains(&format!("APP=\"{}\"", script[0])), "{script:?}");
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
