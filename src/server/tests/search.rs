//! What search engines are told: sitemap, robots, which pages to keep, when a sold car is gone.

use std::collections::BTreeSet;

use scraper::{Html, Selector};

use super::exchange::{AS_OF_MS, BASE, N_LIVE, Origin, Reply, SOLD};
use crate::car::{CivilTime, State};
use crate::lifecycle::Phase;
use crate::snapshot::catalogue_tests::{details, document, live};

/// The text of each element of this name, of a document that is well-formed.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let found = document.descendants().filter(|node| node.is_element() && node.tag_name().name() == name);
    found.map(|node| node.text().unwrap().to_owned()).collect()
}

/// The addresses of all parts that the index names.
fn sitemap(origin: &Origin) -> Vec<String> {
    let parts = elements(&origin.get("/sitemap.xml").text(), "loc");
    let locations = |part: &String| {
        let text = origin.get(part.strip_prefix(BASE).unwrap()).text();
        let document = roxmltree::Document::parse(&text).unwrap();
        let urls = document.descendants().filter(|node| node.tag_name().name() == "url").map(|url| {
            let loc = url.children().find(|child| child.tag_name().name() == "loc").unwrap();
            loc.text().unwrap().to_owned()
        });
        urls.collect::<Vec<_>>()
    };
    parts.iter().flat_map(locations).collect()
}

fn canonical(page: &Reply) -> String {
    let mut found = page.all("rel=\"canonical\" href=\"");
    assert_eq!(found.len(), 1);
    found.remove(0).replace("&amp;", "&")
}

fn is_indexed(page: &Reply) -> bool {
    page.status == 200
        && page.header("x-robots-tag").is_none()
        && !page.text().contains("content=\"noindex\"")
}

#[test]
fn the_sitemap_names_every_page_to_be_kept_by_its_canonical_address() {
    let origin = Origin::ready();
    let addresses = sitemap(&origin);
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
    for address in &addresses {
        let page = origin.get(address.strip_prefix(BASE).unwrap());
        assert!(is_indexed(&page), "{address}");
        assert_eq!(&canonical(&page), address);
        assert!(robots(&origin).allows("Googlebot", address.strip_prefix(BASE).unwrap()), "{address}");
    }
    let cars = addresses.iter().filter(|address| address.contains("/car/")).count() as u64;
    assert_eq!(cars, N_LIVE);
    for landing in
        ["", "?make=renault", "?model=duster", "?city=agra", "?body=suv", "?fuel=diesel", "?price_max=200000"]
    {
        assert!(addresses.contains(&format!("{BASE}/cars{landing}")), "{landing}");
    }
}

#[test]
fn the_sitemap_tells_when_a_page_was_changed_and_what_photos_it_has() {
    let mut origin = Origin::ready();
    let mut car = details(90_000, 86_400);
    car.price_updated_at = CivilTime::parse("2025-03-04 05:06:07").unwrap();
    origin.publish([document(1, 90, State::Live(Box::new(car)))]);
    let cars = origin.get("/sitemap.xml?part=1").text();
    assert_eq!(elements(&cars, "lastmod")[0], "2025-03-04");
    let photos =
        cars.matches("<image:image><image:loc>https://cars.example.com/assets/suv-red-front-left.").count();
    assert_eq!(photos as u64, N_LIVE);
    let index = origin.get("/sitemap.xml").text();
    assert_eq!(elements(&index, "lastmod"), ["1970-01-02", "2025-03-04"]);
    assert_eq!(elements(&index, "loc").len(), 2);
}

#[test]
fn a_sitemap_too_long_for_one_file_is_parts_that_are_complete() {
    let n = 10_001;
    let origin = Origin::starting().with((1..=n).map(|id| live(id, 1, 1, id as i64)));
    origin.shared.lifecycle.enter(Phase::Ready);
    assert_eq!(elements(&origin.get("/sitemap.xml").text(), "loc").len(), 1 + 3);
    let addresses = sitemap(&origin);
    let cars: BTreeSet<_> = addresses.iter().filter(|address| address.contains("/car/")).collect();
    assert_eq!(cars.len() as u64, n);
    let empty = Origin::starting().with([]);
    empty.shared.lifecycle.enter(Phase::Ready);
    assert_eq!(sitemap(&empty), [""; 0]);
}

#[test]
fn one_filter_is_a_page_to_be_kept_and_more_belong_to_one() {
    let origin = Origin::ready();
    for (path, belongs_to, indexed) in [
        ("/", "/cars", true),
        ("/cars?gclid=1", "/cars", true),
        ("/cars?make=renault", "/cars?make=renault", true),
        ("/cars?make=nobody", "/cars?make=nobody", false),
        ("/cars?make=renault&city=agra", "/cars?make=renault", false),
        ("/cars?make=renault&sort=price", "/cars?make=renault", false),
        ("/cars?colour=red", "/cars", false),
        ("/cars?price_max=200000", "/cars?price_max=200000", true),
        ("/cars?price_max=200001", "/cars", false),
    ] {
        let page = origin.get(path);
        assert_eq!((canonical(&page), is_indexed(&page)), (format!("{BASE}{belongs_to}"), indexed), "{path}");
    }
    let next = origin.get("/cars").all("rel=\"next\" href=\"").remove(0);
    assert!(!is_indexed(&origin.get(&next)));
}

/// Groups of names, and their patterns.
struct Robots(Vec<(Vec<String>, Vec<String>)>);

fn robots(origin: &Origin) -> Robots {
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for line in origin.get("/robots.txt").text().lines() {
        match line.split_once(": ") {
            Some(("User-agent", name)) => {
                if groups.last().is_none_or(|(_, patterns)| !patterns.is_empty()) {
                    groups.push((Vec::new(), Vec::new()));
                }
                groups.last_mut().unwrap().0.push(name.to_owned());
            }
            Some(("Disallow", pattern)) => groups.last_mut().unwrap().1.push(pattern.to_owned()),
            Some(("Sitemap", address)) => assert_eq!(address, format!("{BASE}/sitemap.xml")),
            other => assert_eq!((other, line), (None, "")),
        }
    }
    Robots(groups)
}

impl Robots {
    /// RFC 9309, as far as we use it: the group of the name or else `*`; stars in patterns; no `Allow`.
    fn allows(&self, name: &str, path: &str) -> bool {
        let group = |name: &str| self.0.iter().find(|(names, _)| names.iter().any(|own| own == name));
        let (_, patterns) = group(name).or_else(|| group("*")).unwrap();
        !patterns.iter().any(|pattern| {
            let mut parts = pattern.split('*');
            let first = parts.next().unwrap();
            let Some(rest) = path.strip_prefix(first) else { return false };
            parts.try_fold(rest, |rest, part| rest.find(part).map(|at| &rest[at + part.len()..])).is_some()
        })
    }
}

#[test]
fn crawlers_are_kept_from_what_has_no_end_and_ads_are_reviewed_anywhere() {
    let robots = robots(&Origin::ready());
    for (path, allowed) in [
        ("/", true),
        ("/cars", true),
        ("/cars?make=renault", true),
        ("/cars?make=renault&city=agra", true),
        ("/cars?make=renault&city=agra&fuel=diesel", false),
        ("/cars?make=renault&sort=price", false),
        ("/cars?sort=price", false),
        ("/cars?after=abc", false),
        ("/cars?make=renault&after=abc", false),
        ("/?a=1&b=2&c=3", false),
        ("/car/2019-renault-duster-1000", true),
        ("/car/x-1000?gclid=1&utm_source=2&utm_medium=3", true),
        ("/feeds/google.tsv", true),
        ("/sitemap.xml?part=1", true),
        ("/compare?ids=1,2", false),
        ("/compare", true),
    ] {
        assert_eq!(robots.allows("Googlebot", path), allowed, "{path}");
        for ads in ["AdsBot-Google", "AdsBot-Google-Mobile", "facebookexternalhit"] {
            assert!(robots.allows(ads, path), "{ads} {path}");
        }
    }
}

#[test]
fn no_link_of_a_page_that_is_crawled_leads_to_what_is_not() {
    let origin = Origin::ready();
    let robots = robots(&origin);
    let link = Selector::parse("a[href]").unwrap();
    let mut todo =
        vec!["/cars".to_owned(), "/cars?make=renault&city=agra".to_owned(), "/cars?make=nobody".to_owned()];
    todo.extend(sitemap(&origin).iter().map(|address| address[BASE.len()..].to_owned()));
    todo.push(format!("/car/{SOLD}"));
    for path in todo {
        assert!(robots.allows("Googlebot", &path), "{path}");
        let page = Html::parse_document(&origin.get(&path).text());
        for link in page.select(&link) {
            let href = link.attr("href").unwrap();
            let rel = link.attr("rel").unwrap_or_default();
            let told = rel.split(' ').any(|rel| ["next", "nofollow"].contains(&rel));
            assert!(
                told || !href.starts_with('/') || robots.allows("Googlebot", href),
                "{path} leads to {href}"
            );
        }
    }
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[test]
fn a_sold_car_is_kept_for_some_days_and_then_gone_with_the_same_page() {
    let mut origin = Origin::ready();
    let today = AS_OF_MS / DAY_MS;
    let mut sold = details(450_000, 3);
    // A minute before midnight.
    sold.sold_at = Some(CivilTime(today as i64 * 86_400 - 60));
    origin.publish([document(SOLD, 50, State::Sold(Box::new(sold)))]);
    let path = format!("/car/{SOLD}");
    let first = origin.get(&path);
    assert_eq!((first.status.as_u16(), first.header("x-robots-tag")), (200, Some("noindex")));
    assert!(first.text().contains("https://schema.org/SoldOut"));
    for list in ["/sitemap.xml?part=1", "/feeds/google.tsv", "/feeds/meta.csv"] {
        assert!(!origin.get(list).text().contains(&format!("-{SOLD}\t")), "{list}");
        assert!(!origin.get(list).text().contains(&format!("-{SOLD}<")), "{list}");
        assert!(!origin.get(list).text().contains(&format!("-{SOLD},")), "{list}");
    }
    // The sale was yesterday; the fourteenth day after it is the last.
    for (day, status, cache) in [
        (0, 200, "forecourt; hit"),
        (13, 200, "forecourt; hit"),
        (14, 410, "forecourt; fwd=miss; detail=render"),
        (14, 410, "forecourt; hit"),
        (400, 410, "forecourt; hit"),
        // The clock is set back.
        (2, 200, "forecourt; fwd=miss; detail=render"),
    ] {
        origin.set_as_of((today + day) * DAY_MS + 1);
        let page = origin.get(&path);
        assert_eq!((page.status.as_u16(), page.header("cache-status")), (status, Some(cache)), "day {day}");
        assert_eq!(page.body, first.body, "day {day}");
        assert_eq!(page.header("x-robots-tag"), Some("noindex"), "day {day}");
        assert_eq!(page.header("forecourt-version"), Some("1.50"), "day {day}");
        let tag = page.header("etag").unwrap();
        let again = origin.get_with(&path, &[(http::header::IF_NONE_MATCH, tag)]);
        assert_eq!(again.status.as_u16(), if status == 200 { 304 } else { 410 }, "day {day}");
    }
    let mut undated = details(450_000, 3);
    undated.sold_at = None;
    origin.publish([document(SOLD, 51, State::Sold(Box::new(undated)))]);
    assert_eq!(origin.get(&path).status, 200);
}
