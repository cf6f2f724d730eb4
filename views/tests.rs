//! Golden pages, one per page and state, and what must hold for all of them.
//!
//! `cargo insta review` shows what a change does to the HTML. The stylesheet is left out of the snapshots, and every tag
//! starts a line of its own there, so that a change reads as lines.

use crate::fixture::filters::{ADVICE, CHIPS, GROUPS, RANGES, SORTS};
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

/// A page with as much on it as pages have: some 180 values, and ten cards.
const FIRST: ListingPage<'static> = ListingPage {
    cards: CARDS,
    total: 10_000,
    next: Some("/cars?fuel=diesel&after=c1"),
    continued: false,
    heading: "Used cars",
    groups: GROUPS,
    ranges: RANGES,
    chips: &[],
    clear: None,
    sorts: SORTS,
    reason: None,
    notice: None,
    advice: &[],
};

/// Enough filters to see every kind of them in a snapshot, and nothing chosen.
const UNFILTERED: ListingPage<'static> = ListingPage {
    groups: &few(false),
    ranges: &[RangeFilter { max: None, ..RANGES[0] }, RANGES[2]],
    ..FIRST
};

const FILTERED: ListingPage<'static> = ListingPage {
    total: 1_234,
    heading: "Used Hyundai cars",
    groups: &few(true),
    ranges: &[RANGES[0], RANGES[2]],
    chips: CHIPS,
    clear: Some("/cars"),
    reason: Some("Because you looked at a Creta"),
    ..FIRST
};

const fn few(is_hyundai: bool) -> [FilterGroup<'static>; 2] {
    const fn makes(is_hyundai: bool) -> [FilterValue<'static>; 3] {
        [
            FilterValue { value: "hyundai", label: "Hyundai", count: 1_234, is_selected: is_hyundai },
            FilterValue { value: "land-rover", label: "Land Rover", count: 7, is_selected: false },
            FilterValue { value: "porsche", label: "Porsche", count: 0, is_selected: false },
        ]
    }
    const MAKES: [[FilterValue<'static>; 3]; 2] = [makes(false), makes(true)];
    const DAYS: [FilterValue<'static>; 2] = [
        FilterValue { value: "", label: "Any", count: 1_234, is_selected: true },
        FilterValue { value: "7", label: "7 days", count: 96, is_selected: false },
    ];
    [
        FilterGroup { values: &MAKES[is_hyundai as usize], ..GROUPS[0] },
        FilterGroup {
            key: "days_max",
            title: "Listed within",
            kind: Choice::One,
            values: &DAYS,
            is_open: false,
        },
    ]
}

const EMPTY: ListingPage<'static> =
    ListingPage { cards: &[], total: 0, next: None, advice: ADVICE, reason: None, ..FILTERED };

const LAST: ListingPage<'static> = ListingPage {
    cards: CARDS.split_at(1).0,
    next: None,
    continued: true,
    heading: "More used cars",
    notice: Some("This list was renewed, it starts again."),
    ..FILTERED
};

/// Every page in every state.
fn pages() -> Vec<(&'static str, Markup)> {
    let missing = MissingPage { newest: CARDS.split_at(3).0 };
    vec![
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
        ("gone", gone_page(&NO_INDEX, &MissingPage { newest: &[] })),
        ("error", error_page(&NO_INDEX, "Something went wrong", "Please try again in a moment.")),
    ]
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
            assert!(!page.0.contains(never), "{never} in {name}");
        }
        assert!(page.0.contains(&format!("<style>{STYLESHEET}</style>")), "{name}");
        let images = page.0.matches("<img ").count();
        assert_eq!(
            page.0.matches(" width=").count() - page.0.matches("<svg").count()
                + page.0.matches("<svg class=\"chart\"").count(),
            images,
            "{name}"
        );
        assert_eq!(page.0.matches(" alt=\"").count(), images, "{name}");
        assert!(page.0.matches("fetchpriority").count() <= 1, "{name}");
    }
}

#[test]
fn only_pages_that_say_so_are_kept_out_of_search_engines() {
    assert!(!car_page(&SHELL, &CAR).0.contains("noindex"));
    assert!(sold_page(&NO_INDEX, &SOLD).0.contains(r#"<meta name="robots" content="noindex">"#));
}

#[test]
fn a_card_is_an_article_whose_heading_holds_its_one_link() {
    let page = listing_page(&SHELL, &FIRST).0;
    let cards: Vec<_> =
        page.split("<article").skip(1).map(|rest| rest.split("</article>").next().unwrap()).collect();
    assert_eq!(cards.len(), CARDS.len());
    for (html, card) in cards.iter().zip(CARDS) {
        assert_eq!(html.matches("<a ").count(), 1);
        assert!(html.contains(&format!(r#"<h2><a href="{}">{}</a></h2>"#, card.href, card.title)));
        assert!(html.contains(&format::rupees(card.price_rupees)));
        assert_eq!(html.matches("<img ").count(), 4);
    }
    assert!(page.contains(r#"<p role="status">10,000 cars</p>"#));
    assert!(page.contains(r#"rel="next" href="/cars?fuel=diesel&amp;after=c1""#));
}

#[test]
fn a_listing_is_its_pieces_one_after_the_other() {
    let cards = |cards: &[Card<'_>]| -> String {
        cards.iter().enumerate().map(|(position, card)| listing_card(card, position).0).collect()
    };
    for page in [FIRST, FILTERED, LAST] {
        let pieces = [
            listing_head(&SHELL).0,
            listing_top(&ListingPage { cards: &[], next: None, reason: None, ..page }).0,
            listing_reason(page.reason).0,
            listing_cards_open().0,
            cards(page.cards),
            listing_cards_close().0,
            listing_next(page.next).0,
            listing_foot().0,
        ];
        assert_eq!(listing_page(&SHELL, &page).0, pieces.concat());
    }
    let pieces = [listing_head(&SHELL), listing_top(&EMPTY), listing_nothing(&EMPTY), listing_foot()];
    assert_eq!(listing_page(&SHELL, &EMPTY).0, pieces.map(|piece| piece.0).concat());
}

#[test]
fn a_card_depends_on_its_position_only_by_when_its_photo_loads() {
    for (position, like) in [(1, 2), (3, 4), (3, 9), (3, usize::MAX)] {
        assert_eq!(card_loading(position), card_loading(like));
        assert_eq!(listing_card(&CARDS[0], position).0, listing_card(&CARDS[0], like).0);
    }
    assert_eq!([0, 1, 3].map(card_loading), [Loading::First, Loading::Eager, Loading::Lazy]);
}

#[test]
fn every_value_is_a_native_input_of_the_one_form_whose_label_ends_in_its_count() {
    let page = listing_page(&SHELL, &FIRST).0;
    assert_eq!(page.matches("<form").count(), 1);
    let form = page.split("<form ").nth(1).and_then(|rest| rest.split("</form>").next()).unwrap();
    assert!(form.starts_with(r#"class="sift" method="get" action="/cars""#));
    let labels: Vec<_> =
        form.split("<label>").skip(1).map(|rest| rest.split("</label>").next().unwrap()).collect();
    let mut labels = labels.iter().filter(|label| !label.contains("number"));
    for group in GROUPS {
        for value in group.values {
            let label = labels.next().unwrap();
            assert!(label.contains(&format!(r#"name="{}" value="{}""#, group.key, value.value)), "{label}");
            assert_eq!(label.contains(" checked"), value.is_selected);
            assert_eq!(label.contains(r#"type="radio""#), group.kind == Choice::One);
            let end = format!("> {} <span>{}</span>", value.label, format::grouped(value.count as u64));
            assert!(label.ends_with(&end), "{label}");
        }
    }
    assert!(labels.next().is_none());
    for range in RANGES {
        for bound in ["min", "max"] {
            assert_eq!(form.matches(&format!(r#" name="{}_{bound}""#, range.key)).count(), 1);
        }
    }
    assert!(form.contains(r#"name="price_max" value="800000" min="0" step="50000""#));
    assert!(form.contains(r#"name="price_min" min="0""#));
    assert_eq!(form.matches(" selected").count(), 1);
}

#[test]
fn a_value_that_brings_no_car_can_be_given_up_but_not_chosen() {
    let is_disabled = |is_selected| {
        let values = [FilterValue { value: "x", label: "X", count: 0, is_selected }];
        let groups = [FilterGroup { values: &values, ..GROUPS[0] }];
        listing_top(&ListingPage { groups: &groups, ..FIRST }).0.contains(" disabled")
    };
    assert!(is_disabled(false) && !is_disabled(true));
}

#[test]
fn what_narrows_can_be_taken_back_one_by_one_and_at_once() {
    let page = listing_page(&SHELL, &FILTERED).0;
    for chip in CHIPS {
        let href = chip.href.replace('&', "&amp;");
        let link = format!(r#"<a href="{href}" aria-label="Remove {0}">{0}</a>"#, chip.label);
        assert_eq!(page.matches(&link).count(), 1, "{link}");
    }
    assert!(page.contains(r#"<a href="/cars">Clear all</a>"#));
    assert!(!listing_page(&SHELL, &FIRST).0.contains("Remove"));
}

#[test]
fn a_listing_without_cars_says_what_brings_some() {
    let page = listing_page(&SHELL, &EMPTY).0;
    assert!(page.contains(r#"<p role="status">0 cars</p>"#));
    let places: Vec<_> = ADVICE.iter().map(|advice| page.find(advice.text).unwrap()).collect();
    assert!(places.is_sorted());
    assert!(page.contains("Without “Diesel”: 212 cars</a>"));
    assert!(page.contains("Without “Hyundai” <span>1 car</span></a>"));
    assert!(!page.contains("<article") && !page.contains(r#"class="cards""#));
}

#[test]
fn only_photos_of_the_first_screen_are_fetched_at_once() {
    let page = listing_page(&SHELL, &FIRST).0;
    assert_eq!(page.matches("<img ").count() - page.matches(r#"loading="lazy""#).count(), 3);
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
    assert!(page.contains("₹99,500 price drop"));
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
    let main = &page[page.find("<main").unwrap()..];
    assert!(!main.contains("tel:") && !main.contains(&format::rupees(SOLD.price_rupees)));
    let place = |text: &str| main.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        place("Sold") < place("<h1>")
            && place("<h1>") < place("Similar cars")
            && place("Similar cars") < place("Specification")
    );
}

#[test]
fn hostile_text_is_text() {
    const EVIL: &str = r#"</script></style><img src=x onerror=alert(1)>"'&"#;
    let photos = [Photo { src: EVIL, alt: EVIL, width: 1, height: 1 }];
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
        ..CAR
    };
    let shell =
        Shell { title: EVIL, description: EVIL, canonical: EVIL, icon: EVIL, og_image: Some(EVIL), ..SHELL };
    let values = [FilterValue { value: EVIL, label: EVIL, count: 1, is_selected: true }];
    let group = FilterGroup { key: EVIL, title: EVIL, kind: Choice::Many, values: &values, is_open: true };
    let range = RangeFilter { key: EVIL, title: EVIL, unit: EVIL, min: Some(EVIL), max: Some(EVIL), step: 1 };
    let listing = ListingPage {
        cards: &[card],
        total: 1,
        next: Some(EVIL),
        continued: false,
        heading: EVIL,
        groups: &[group, FilterGroup { kind: Choice::One, ..group }],
        ranges: &[range, range],
        chips: &[Chip { label: EVIL, href: EVIL }],
        clear: Some(EVIL),
        sorts: &[SortOption { value: EVIL, label: EVIL, is_selected: true }],
        reason: Some(EVIL),
        notice: Some(EVIL),
        advice: &[Advice { text: EVIL, href: EVIL, cars: 1 }; 2],
    };
    for page in [
        car_page(&shell, &car),
        sold_page(&shell, &car),
        listing_page(&shell, &listing),
        listing_page(&shell, &ListingPage { cards: &[], ..listing }),
        not_found_page(&shell, &MissingPage { newest: &[card] }),
        gone_page(&shell, &MissingPage { newest: &[card] }),
        error_page(&shell, EVIL, EVIL),
    ] {
        let html = page.0.replacen("</style>", "", 1);
        for raw in ["<img src=x", "</script>", "</style>", r#"">"'"#] {
            assert!(!html.contains(raw), "{raw} in {html}");
        }
        assert!(html.contains("&lt;/script&gt;"));
    }
}

#[test]
fn pages_stay_small() {
    let elements = |page: &Markup| page.0.matches('<').count() - page.0.matches("</").count();
    assert!((170..=200).contains(&GROUPS.iter().map(|group| group.values.len()).sum::<usize>()));
    let first = ListingPage { chips: CHIPS, clear: Some("/cars"), ..FIRST };
    assert!(elements(&listing_page(&SHELL, &first)) <= 900, "{}", elements(&listing_page(&SHELL, &first)));
    assert!(elements(&car_page(&SHELL, &CAR)) <= 1_400);
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
