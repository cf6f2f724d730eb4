//! Golden pages, one per page and state, and what must hold for all of them.
//!
//! `cargo insta review` shows what a change does to the HTML. The stylesheet is left out of the snapshots, and every tag
//! starts a line of its own there, so that a change reads as lines.

use crate::fixture::filters::{CHIPS, GROUPS};
use crate::fixture::listing::{EMPTY, FILTERED, FIRST, LAST, UNFILTERED};
use crate::fixture::{CAR, CARDS, NO_INDEX, SHELL};
use crate::*;
use maud::Markup;

const SOLD: CarPage<'static> = CarPage { sold: Some(Date { year: 2026, month: 11, day: 12 }), ..CAR };

fn electric() -> CarPage<'static> {
    CarPage { fuel: "Electric", engine_cc: None, mileage_kmpl: None, inspection: None, ..CAR }
}

/// No photo, no feature, no history, no neighbours: what is missing must not leave an empty box behind.
fn bare() -> CarPage<'static> {
    CarPage {
        max_power_bhp: None,
        seats: None,
        price_history: &[],
        photos: &[],
        features: &[],
        breadcrumbs: &[],
        similar: &[],
        ..electric()
    }
}

/// Photos in several files, a flaw on one of them, and too few cars to say anything about the price.
fn photographed() -> CarPage<'static> {
    const PHOTOS: &[Photo<'static>] = &[Photo {
        src: "https://p.example/1-720.webp",
        small: "https://p.example/1-360.webp",
        large: "https://p.example/1-960.webp",
        sets: Some(["https://p.example/1-360.avif 360w", "https://p.example/1-360.webp 360w"]),
        flaw: Some((Grade::Minor, "Right doors: stone chip")),
        of: View::Inside,
        ..CAR.photos[0]
    }];
    CarPage { photos: PHOTOS, market: None, similar: &[], ..CAR }
}

fn compared(cars: &[CarPage<'static>]) -> Markup {
    let cars: Vec<_> =
        cars.iter().map(|car| Compared { car: *car, href: "/car/x-1", without: "/compare?ids=2" }).collect();
    compare_page(&NO_INDEX, &ComparePage { cars: &cars })
}

/// Every page in every state.
fn pages() -> Vec<(&'static str, Markup)> {
    let missing = MissingPage {
        newest: CARDS.split_at(3).0,
        makes: &[("hyundai", "Hyundai"), ("land-rover", "Land Rover")],
    };
    let emi = EmiPage { car: CARDS[0], down_rupees: 135_000, months: 42 };
    let mut pages = vec![
        ("car", car_page(&SHELL, &CAR)),
        ("car_electric_uninspected", car_page(&SHELL, &electric())),
        ("car_bare", car_page(&SHELL, &bare())),
        ("car_sold", sold_page(&NO_INDEX, &SOLD)),
        ("listing_first", listing_page(&SHELL, &UNFILTERED)),
        ("listing_filtered", listing_page(&NO_INDEX, &FILTERED)),
        ("listing_last", listing_page(&NO_INDEX, &LAST)),
        ("listing_empty", listing_page(&NO_INDEX, &EMPTY)),
        ("listing_empty_without_advice", listing_page(&NO_INDEX, &ListingPage { advice: &[], ..EMPTY })),
        ("listing_past_the_end", listing_page(&NO_INDEX, &ListingPage { cards: &[], ..LAST })),
        ("not_found", not_found_page(&NO_INDEX, &missing)),
        ("gone", gone_page(&NO_INDEX, &MissingPage { newest: &[], makes: &[] })),
        ("car_photographed", car_page(&SHELL, &photographed())),
        ("compare_two", compared(&[CAR, electric()])),
        ("compare_three", compared(&[CAR, SOLD, bare()])),
        ("compare_one", compared(&[CAR])),
        ("compare_none", compared(&[])),
        ("shortlist", {
            let compare = Some("/compare?ids=1000,1001");
            let sold = Card { is_sold: true, verdict: None, ..CARDS[2] };
            shortlist_page(&NO_INDEX, &ShortlistPage { cards: &[CARDS[0], CARDS[1], sold], compare })
        }),
        ("shortlist_empty", shortlist_page(&NO_INDEX, &ShortlistPage { cards: &[], compare: None })),
        ("emi", emi_page(&NO_INDEX, &emi)),
        ("offline", offline_page(&NO_INDEX)),
        ("error", error_page(&NO_INDEX, "Something went wrong", "Please try again in a moment.")),
    ];
    pages.extend(lead::tests::pages());
    pages
}

#[test]
fn pages_stay_as_they_are() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, page) in pages() {
            insta::assert_snapshot!(name, page.0.replace(STYLESHEET, "").replace("><", ">\n<"));
        }
    });
}

#[test]
fn every_page_has_one_title_and_all_landmarks() {
    for (name, page) in pages() {
        for once in
            ["<h1>", "<main ", "<header ", "<footer ", "<title>", "rel=\"canonical\"", "name=\"viewport\""]
        {
            assert_eq!(page.0.matches(once).count(), 1, "{once} in {name}");
        }
        for never in ["<script", " style=", " onclick=", " onload=", "javascript:"] {
            // Our own script, and blocks of data, which are none.
            let scripts = page.0.replacen("<script src=", "", 1);
            let scripts = scripts.replacen("<script type=\"speculationrules\">", "", 1);
            let scripts = scripts.replacen("<script type=\"application/ld+json\">", "", 1);
            assert!(!scripts.contains(never), "{never} in {name}");
        }
        assert!(page.0.contains(&format!("<style>{STYLESHEET}</style>")), "{name}");
        for image in page.0.split("<img ").skip(1) {
            let image = image.split('>').next().unwrap();
            for known in [" alt=\"", " width=\"", " height=\""] {
                assert!(image.contains(known), "{image} in {name}");
            }
        }
        assert!(page.0.matches("fetchpriority").count() <= 1, "{name}");
    }
}

#[test]
fn who_is_turned_down_gets_few_bytes_and_a_way_to_try_again() {
    let page = busy_page("One moment, please", "Please try again in a moment.").0;
    assert!(page.len() < 1024, "{}", page.len());
    assert!(page.contains("<h1>One moment, please</h1>") && page.contains(r#"<a href="">Try again</a>"#));
}

#[test]
fn a_fragment_is_title_canonical_link_and_main() {
    let shell = Shell { part: Part::Fragment, ..SHELL };
    for (page, fragment) in [
        (car_page(&SHELL, &CAR), car_page(&shell, &CAR)),
        (listing_page(&SHELL, &FIRST), listing_page(&shell, &FIRST)),
        (error_page(&SHELL, "No", "No."), error_page(&shell, "No", "No.")),
    ] {
        let main = page.0.split_once("<main ").unwrap().1.split_once("</main>").unwrap().0;
        let (title, canonical) = (SHELL.title, SHELL.canonical);
        let head = format!(r#"<title>{title}</title><link rel="canonical" href="{canonical}">"#);
        assert_eq!(fragment.0, format!("{head}<main {main}</main>"));
    }
}

#[test]
fn only_pages_that_say_so_are_kept_out_of_search_engines() {
    assert!(!car_page(&SHELL, &CAR).0.contains("noindex"));
    assert!(sold_page(&NO_INDEX, &SOLD).0.contains(r#"<meta name="robots" content="noindex">"#));
}

#[test]
fn only_photos_of_the_first_screen_are_fetched_at_once() {
    let page = listing_page(&SHELL, &FIRST).0;
    assert_eq!(page.matches("<img ").count() - page.matches(r#"loading="lazy""#).count(), 2);
    let page = car_page(&SHELL, &CAR).0;
    assert_eq!(page.matches("<img ").count() - page.matches(r#"loading="lazy""#).count(), 1);
    let first = page.split("<img ").nth(1).unwrap();
    assert!(
        first.starts_with(r#"src="/photos/suv-red-front-left.svg""#)
            && first.contains(r#"fetchpriority="high""#)
    );
}

#[test]
fn a_car_page_shows_the_whole_story() {
    let page = car_page(&SHELL, &CAR).0;
    for point in CAR.price_history {
        assert!(page.contains(&format::rupees(point.price_rupees)));
        assert!(page.contains(&format::date(point.date)));
    }
    assert!(page.contains("₹99,500 price drop") && page.contains("₹46,000 below the middle of 14 "));
    for item in CAR.inspection.unwrap().items {
        assert_eq!(page.matches(&format!("<td>{}</td>", item.item)).count(), 1, "{}", item.item);
        assert_eq!(
            page.contains(&format!("<b>{}</b>", item.item)),
            item.grade != Grade::Pass,
            "{}",
            item.item
        );
    }
    for feature in CAR.features.iter().flat_map(|group| group.features) {
        assert!(page.contains(feature));
    }
    assert!(page.contains(r#"href="tel:+918020014401""#));
    assert!(page.contains("query=Pune+hub+2%2C+17+Ring+Road%2C+Pune"));
    assert_eq!(page.matches(r#"<li id="photo-"#).count(), CAR.photos.len());
    assert!(!car_page(&SHELL, &electric()).0.contains("Engine<"));
}

#[test]
fn a_sold_car_cannot_be_bought() {
    let page = sold_page(&NO_INDEX, &SOLD).0;
    let main = &page[page.find("<main").unwrap()..page.find("</main>").unwrap()];
    assert!(!main.contains("tel:") && !main.contains(&format::rupees(SOLD.price_rupees)));
    let place = |text: &str| main.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        place("Sold") < place("<h1>")
            && place("<h1>") < place("Similar cars")
            && place("Similar cars") < place("Specification")
    );
}

pub(crate) const EVIL: &str = r#"</script></style><img src=x onerror=alert(1)>"'&"#;

pub(crate) fn assert_harmless(page: &Markup) {
    let html = page.0.replacen("</style>", "", 1).replacen("</script></body>", "</body>", 1).replacen(
        "</script>",
        "",
        2,
    );
    for raw in ["<img src=x", "</script>", "</style>", r#"">"'"#] {
        assert!(!html.contains(raw), "{raw} in {html}");
    }
    assert!(html.contains("&lt;/script&gt;"));
}

fn evil_shell(structured: &str) -> Shell<'_> {
    let picture = SharePicture { src: EVIL, media_type: EVIL, alt: EVIL, width: 1, height: 1 };
    Shell {
        title: EVIL,
        description: EVIL,
        canonical: EVIL,
        icon: EVIL,
        share: Some(Share { title: EVIL, picture }),
        structured: Some(structured),
        ..SHELL
    }
}

#[test]
fn hostile_text_is_text() {
    let photos = [Photo {
        src: EVIL,
        small: EVIL,
        large: EVIL,
        sets: Some([EVIL, EVIL]),
        alt: EVIL,
        flaw: Some((Grade::Major, EVIL)),
        of: View::Inside,
        width: 1,
        height: 1,
    }];
    let card = Card {
        href: EVIL,
        title: EVIL,
        variant: EVIL,
        fuel: EVIL,
        transmission: EVIL,
        city: EVIL,
        photos: &photos,
        ..CARDS[0]
    };
    let item = [InspectionItem { section: EVIL, item: EVIL, grade: Grade::Major, note: EVIL }];
    let car = CarPage {
        title: EVIL,
        make: EVIL,
        make_country: EVIL,
        model: EVIL,
        variant: EVIL,
        body_type: EVIL,
        fuel: EVIL,
        transmission: EVIL,
        colour: EVIL,
        insurance: EVIL,
        photos: &photos,
        features: &[FeatureGroup { name: EVIL, features: &[EVIL] }],
        inspection: Some(Inspection { inspector: EVIL, items: &item, ..CAR.inspection.unwrap() }),
        hub: Hub {
            name: EVIL,
            address: EVIL,
            phone: EVIL,
            opens_at: EVIL,
            closes_at: EVIL,
            city: EVIL,
            state: EVIL,
        },
        breadcrumbs: &[Crumb { name: EVIL, href: Some(EVIL) }],
        similar: &[card],
        similar_reason: EVIL,
        market: Some(Market { what: EVIL, ..CAR.market.unwrap() }),
        ..CAR
    };
    let compared = [Compared { car, href: EVIL, without: EVIL }];
    let json = format!("{{\"name\":{EVIL:?}}}");
    let shell = evil_shell(&json);
    for page in [
        compare_page(&shell, &ComparePage { cars: &compared }),
        shortlist_page(&shell, &ShortlistPage { cards: &[card], compare: Some(EVIL) }),
        emi_page(&shell, &EmiPage { car: card, down_rupees: 1, months: 1 }),
        car_page(&shell, &car),
        sold_page(&shell, &car),
        not_found_page(&shell, &MissingPage { newest: &[card], makes: &[(EVIL, EVIL)] }),
        gone_page(&shell, &MissingPage { newest: &[card], makes: &[(EVIL, EVIL)] }),
        error_page(&shell, EVIL, EVIL),
        busy_page(EVIL, EVIL),
    ] {
        assert_harmless(&page);
    }
}

#[test]
fn pages_stay_small() {
    let elements = |page: &Markup| page.0.matches('<').count() - page.0.matches("</").count();
    assert!((170..=200).contains(&GROUPS.iter().map(|group| group.values.len()).sum::<usize>()));
    let first = ListingPage { chips: CHIPS.split_at(3).0, clear: Some("/cars"), ..FIRST };
    assert!(elements(&listing_page(&SHELL, &first)) <= 900, "{}", elements(&listing_page(&SHELL, &first)));
    assert!(elements(&car_page(&SHELL, &CAR)) <= 900);
}

#[test]
fn raw_output_has_one_home() {
    for entry in std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".rs") && !["document.rs", "tests.rs"].contains(&name) {
            assert!(!std::fs::read_to_string(&path).unwrap().contains("PreEscaped"), "{name}");
        }
    }
}
