//! What a listing promises to programs, and to a server that puts it together from pieces.

use crate::fixture::filters::{ADVICE, CHIPS, GROUPS, RANGES};
use crate::fixture::listing::{EMPTY, FILTERED, FIRST, LAST};
use crate::fixture::{CARDS, SHELL};
use crate::tests::{EVIL, assert_harmless};
use crate::*;

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
            listing_foot(&SHELL).0,
        ];
        assert_eq!(listing_page(&SHELL, &page).0, pieces.concat());
    }
    let pieces = [listing_head(&SHELL), listing_top(&EMPTY), listing_nothing(&EMPTY), listing_foot(&SHELL)];
    assert_eq!(listing_page(&SHELL, &EMPTY).0, pieces.map(|piece| piece.0).concat());
}

#[test]
fn a_card_depends_on_its_position_only_by_when_its_photo_loads() {
    for (position, like) in [(2, 3), (3, 4), (3, 9), (3, usize::MAX)] {
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
        let link = format!(r#"<a class="on" href="{href}" aria-label="Remove {0}">{0}</a>"#, chip.label);
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
fn hostile_text_is_text() {
    let card = Card { href: EVIL, title: EVIL, variant: EVIL, fuel: EVIL, city: EVIL, ..CARDS[0] };
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
        promoted: &[Chip { label: EVIL, href: EVIL }],
        clear: Some(EVIL),
        sorts: &[SortOption { value: EVIL, label: EVIL, is_selected: true }],
        list: EVIL,
        reason: Some(EVIL),
        notice: Some(EVIL),
        advice: &[Advice { text: EVIL, href: EVIL, cars: 1 }; 2],
    };
    let shell = Shell { title: EVIL, ..SHELL };
    assert_harmless(&listing_page(&shell, &listing));
    assert_harmless(&listing_page(&shell, &ListingPage { cards: &[], ..listing }));
}
