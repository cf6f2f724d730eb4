//! A page of a listing: from a plan to the texts its views ask for.

use forecourt_views as views;
use forecourt_views::format;

use super::cards::{LISTING_PHOTOS, with_cards};
use super::plan::Listing;
use super::{Site, landing, promoted, structured};
use crate::listing::advice::{Advice, Change, without};
use crate::listing::facets::DAYS;
use crate::listing::{Choice, Filter, RANGES, Range, RangeKey, Sort, WORDS, written};
use crate::snapshot::{Attribute, Columns, Snapshot, bits};

pub(super) fn render(site: &Site, snapshot: &Snapshot, listing: &Listing, part: views::Part) -> String {
    with_frame(site, snapshot, listing, part, |frame| {
        with_cards(site, snapshot, &listing.found.slots, LISTING_PHOTOS, |cards| {
            // Pages of one visitor, which are put together from pieces, do without.
            let is_named = part == views::Part::Page && listing.spec.is_anonymous() && !cards.is_empty();
            let list = is_named.then(|| structured::listing(&site.base_url, cards));
            let page = views::ListingPage { cards, ..frame.page };
            let shell = views::Shell { structured: list.as_deref(), ..frame.shell };
            views::listing_page(&shell, &page).into_string()
        })
    })
}

/// Everything of a page but its cards.
pub(super) struct Frame<'a> {
    pub(super) shell: views::Shell<'a>,
    pub(super) page: views::ListingPage<'a>,
}

/// The views borrow every text; here the made ones live while a page is rendered.
pub(super) fn with_frame<R>(
    site: &Site,
    snapshot: &Snapshot,
    listing: &Listing,
    part: views::Part,
    with: impl FnOnce(&Frame<'_>) -> R,
) -> R {
    let (columns, query) = (snapshot.columns(), &listing.query);
    let choice = &query.choice;
    let name = name(columns, choice);
    let total = format::grouped(listing.counts.total as u64);
    let continued = query.after.is_some();
    let heading = if continued { format!("More {name}") } else { uppercase_first(&name) };
    let title = format!("{}: photos, price history, inspection report | Forecourt", uppercase_first(&name));
    let description =
        format!("{total} inspected {name}: full details, 10 and more photos each, prices as of now.");
    let canonical = site.absolute(&address(&landing::canonical(choice)));
    let indexed = landing::is_landing(choice) && !continued && listing.counts.total > 0;
    let share = site.assets.share_site(&site.base_url);
    let shell = views::Shell {
        title: &title,
        description: &description,
        canonical: &canonical,
        robots: if indexed { views::Robots::Index } else { views::Robots::NoIndex },
        share: Some(views::Share { title: &uppercase_first(&name), picture: share.props(views::SITE) }),
        ..site.shell(part)
    };
    let groups = groups(columns, listing);
    let values: Vec<Vec<_>> = groups.iter().map(Group::values).collect();
    let groups: Vec<_> = groups.iter().zip(&values).map(|(group, values)| group.props(values)).collect();
    let bounds = bounds(choice);
    let ranges: Vec<_> = bounds.iter().map(Bounds::props).collect();
    let chips = chips(columns, choice);
    let chips: Vec<_> = chips.iter().map(|(label, href)| views::Chip { label, href }).collect();
    let promoted = promoted::filters(columns, listing);
    let promoted: Vec<_> = promoted.iter().map(|(label, href)| views::Chip { label, href }).collect();
    let open = address(&Choice { sort: choice.sort, ..Choice::default() });
    let sorts = Sort::ALL.map(|sort| views::SortOption {
        value: if sort == Sort::default() { "" } else { sort.as_str() },
        label: sort.title(),
        is_selected: sort == choice.sort,
    });
    let advice: Vec<_> = listing
        .counts
        .advice
        .iter()
        .map(|advice| (describe(columns, choice, advice), address(&advice.choice), advice.cars))
        .collect();
    let advice: Vec<_> =
        advice.iter().map(|(text, href, cars)| views::Advice { text, href, cars: *cars }).collect();
    let (next, reason) = (next(listing), reason(snapshot, listing));
    let page = views::ListingPage {
        cards: &[],
        total: listing.counts.total,
        next: next.as_deref(),
        continued,
        heading: &heading,
        groups: &groups,
        ranges: &ranges,
        chips: &chips,
        promoted: &promoted,
        clear: (!choice.is_open()).then_some(open.as_str()),
        sorts: &sorts,
        list: choice.sort.as_str(),
        reason: reason.as_deref(),
        notice: notice(listing),
        advice: &advice,
    };
    with(&Frame { shell, page })
}

/// The address of the next page.
pub(super) fn next(listing: &Listing) -> Option<String> {
    let choice = &listing.query.choice;
    listing.found.next.as_ref().map(|next| format!("/cars?{}", choice.with_cursor(&next.0)))
}

/// Why the cars come in this order.
pub(super) fn reason(snapshot: &Snapshot, listing: &Listing) -> Option<String> {
    let choice = &listing.query.choice;
    (choice.sort == Sort::Recommended).then(|| listing.spec.reason(snapshot, choice))
}

/// What a visitor should know of how this list goes on.
fn notice(listing: &Listing) -> Option<&'static str> {
    if listing.query.restarted {
        Some("The filters have changed since that link was made: the list starts again.")
    } else if listing.found.reordered {
        Some(
            "The recommendations were renewed meanwhile: the rest comes in their order, without what you have seen.",
        )
    } else if listing.found.too_long {
        Some("That is as far as one list goes. Choose a filter to see more.")
    } else {
        None
    }
}

/// `/cars?make=hyundai`
pub(super) fn address(choice: &Choice) -> String {
    let query = choice.canonical();
    if query.is_empty() { "/cars".to_owned() } else { format!("/cars?{query}") }
}

/// `used Hyundai Creta diesel cars in Pune under ₹8,00,000`, from what is chosen once.
fn name(columns: &Columns, choice: &Choice) -> String {
    let one = |key: &str| -> Option<String> {
        let place = WORDS.iter().position(|(name, ..)| *name == key)?;
        match choice.words[place].as_slice() {
            [word] => Some(label(columns, place, word)),
            _ => None,
        }
    };
    let mut name = "used".to_owned();
    for (key, lower) in [("make", false), ("model", false), ("transmission", true), ("fuel", true)] {
        if let Some(word) =
            one(key).or_else(|| (key == "make").then(|| make_of_model(columns, choice)).flatten())
        {
            name.push(' ');
            name.push_str(&if lower { word.to_lowercase() } else { word });
        }
    }
    match one("body") {
        Some(body) => name.push_str(&format!(" {body} cars")),
        None => name.push_str(" cars"),
    }
    if let Some(city) = one("city") {
        name.push_str(&format!(" in {city}"));
    }
    if let Range { min: None, max: Some(max) } = choice.ranges[0] {
        name.push_str(&format!(" under {}", format::rupees(max.into())));
    }
    name
}

/// A model that is chosen alone is known by its make too.
fn make_of_model(columns: &Columns, choice: &Choice) -> Option<String> {
    let words_of =
        |of| WORDS.iter().position(|(_, attribute, _)| *attribute == of).map(|at| &choice.words[at]);
    let ([], [model]) = (words_of(Attribute::Make)?.as_slice(), words_of(Attribute::Model)?.as_slice())
    else {
        return None;
    };
    let (makes, models) = (columns.words(Attribute::Make), columns.words(Attribute::Model));
    let car = bits::slots(models.live(models.code(model)?)).next()?;
    let codes = 0..u32::try_from(makes.len()).unwrap_or(u32::MAX);
    let make = codes.into_iter().find(|&code| bits::has(makes.live(code), car))?;
    Some(makes.name(make).to_owned())
}

fn uppercase_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A word as people write it; one that no car has as it was asked for.
fn label(columns: &Columns, place: usize, word: &str) -> String {
    let words = columns.words(WORDS[place].1);
    words.code(word).map_or_else(
        || uppercase_first(&word.replace('-', " ")),
        |code| value_label(WORDS[place].1, words.name(code)),
    )
}

pub(super) fn value_label(attribute: Attribute, name: &str) -> String {
    match attribute {
        Attribute::Owner => match name {
            "1" => "1st owner".to_owned(),
            "2" => "2nd owner".to_owned(),
            "3" => "3rd owner".to_owned(),
            more => format!("{more}th owner"),
        },
        Attribute::Seats => format!("{name} seats"),
        _ => name.to_owned(),
    }
}

/// A range with its bounds as a form has them.
struct Bounds {
    range: RangeKey,
    min: Option<String>,
    max: Option<String>,
}

impl Bounds {
    fn props(&self) -> views::RangeFilter<'_> {
        let RangeKey { key, title, unit, step, .. } = self.range;
        let (min, max) = (self.min.as_deref(), self.max.as_deref());
        views::RangeFilter { key, title, unit, min, max, step }
    }
}

fn bounds(choice: &Choice) -> Vec<Bounds> {
    let ranges = RANGES.into_iter().zip(&choice.ranges);
    let bounds = ranges.map(|(range, bounds)| {
        let text = |bound: Option<u32>| bound.map(|bound| written(bound, range.scale));
        Bounds { range, min: text(bounds.min), max: text(bounds.max) }
    });
    bounds.collect()
}

struct Offered {
    value: String,
    label: String,
    cars: usize,
    is_chosen: bool,
}

/// A group of values with their texts.
struct Group {
    key: &'static str,
    title: &'static str,
    kind: views::Choice,
    is_open: bool,
    values: Vec<Offered>,
}

impl Group {
    fn values(&self) -> Vec<views::FilterValue<'_>> {
        let props = self.values.iter().map(|Offered { value, label, cars, is_chosen }| views::FilterValue {
            value,
            label,
            count: *cars,
            is_selected: *is_chosen,
        });
        props.collect()
    }

    fn props<'a>(&self, values: &'a [views::FilterValue<'a>]) -> views::FilterGroup<'a> {
        views::FilterGroup {
            key: self.key,
            title: self.title,
            kind: self.kind,
            values,
            is_open: self.is_open,
        }
    }
}

fn groups(columns: &Columns, listing: &Listing) -> Vec<Group> {
    let choice = &listing.query.choice;
    let mut groups: Vec<_> = listing
        .counts
        .facets
        .iter()
        .map(|facet| {
            let (key, attribute, title) = WORDS[facet.place];
            let words = columns.words(attribute);
            let values = facet.values.iter().map(|value| {
                let label = value_label(attribute, words.name(value.code));
                let (cars, is_chosen) = (value.cars, value.is_chosen);
                Offered { value: words.slug(value.code).to_owned(), label, cars, is_chosen }
            });
            let is_open = !choice.words[facet.place].is_empty();
            // What no car has is kept too, so that the form asks for what the page shows.
            let unknown = choice.words[facet.place].iter().filter(|word| words.code(word).is_none());
            let unknown = unknown.map(|word| Offered {
                value: word.to_string(),
                label: word.to_string(),
                cars: 0,
                is_chosen: true,
            });
            let values = values.chain(unknown);
            Group { key, title, kind: views::Choice::Many, is_open, values: values.collect() }
        })
        .collect();
    let any = Offered {
        value: String::new(),
        label: "Any time".to_owned(),
        cars: listing.counts.any_day,
        is_chosen: choice.days_max.is_none(),
    };
    let own = choice.days_max.filter(|days| !DAYS.contains(days)).map(|days| (days, listing.counts.total));
    let days = DAYS.into_iter().zip(listing.counts.days).chain(own).map(|(days, cars)| {
        let label = if days == 1 { "Today or yesterday".to_owned() } else { format!("Within {days} days") };
        Offered { value: days.to_string(), label, cars, is_chosen: choice.days_max == Some(days) }
    });
    groups.push(Group {
        key: "days_max",
        title: "Listed",
        kind: views::Choice::One,
        is_open: choice.days_max.is_some(),
        values: std::iter::once(any).chain(days).collect(),
    });
    groups.push(Group {
        key: "price_dropped",
        title: "Offers",
        kind: views::Choice::Many,
        is_open: choice.price_dropped,
        values: vec![Offered {
            value: "1".to_owned(),
            label: "Price dropped".to_owned(),
            cars: listing.counts.price_dropped,
            is_chosen: choice.price_dropped,
        }],
    });
    groups
}

/// Label and address without it, of everything that is chosen.
fn chips(columns: &Columns, choice: &Choice) -> Vec<(String, String)> {
    let mut chips = Vec::new();
    for (place, words) in choice.words.iter().enumerate() {
        for (at, word) in words.iter().enumerate() {
            let mut rest = choice.clone();
            rest.words[place].remove(at);
            chips.push((label(columns, place, word), address(&rest)));
        }
    }
    for filter in (0..RANGES.len()).map(Filter::Range).chain([Filter::Days, Filter::PriceDropped]) {
        if let Some(label) = filter_label(columns, choice, filter) {
            chips.push((label, address(&without(choice, filter))));
        }
    }
    chips
}

/// What a filter that is applied says.
fn filter_label(columns: &Columns, choice: &Choice, filter: Filter) -> Option<String> {
    match filter {
        Filter::Words(place) => {
            let labels: Vec<_> = choice.words[place].iter().map(|word| label(columns, place, word)).collect();
            (!labels.is_empty()).then(|| labels.join(", "))
        }
        Filter::Range(place) => {
            let text = |bound: u32| amount(place, bound);
            match choice.ranges[place] {
                Range { min: None, max: None } => None,
                Range { min: Some(min), max: None } => Some(format!("{} and more", text(min))),
                Range { min: None, max: Some(max) } => Some(format!("up to {}", text(max))),
                Range { min: Some(min), max: Some(max) } => Some(format!("{} to {}", text(min), text(max))),
            }
        }
        Filter::Days => choice.days_max.map(|days| format!("listed within {days} days")),
        Filter::PriceDropped => choice.price_dropped.then(|| "price dropped".to_owned()),
    }
}

/// A bound with its unit.
fn amount(place: usize, bound: u32) -> String {
    let range = RANGES[place];
    match range.key {
        "price" => format::rupees(bound.into()),
        "km" => format::kilometres(bound),
        "year" => bound.to_string(),
        _ => format!("{} {}", written(bound, range.scale), range.unit),
    }
}

fn describe(columns: &Columns, choice: &Choice, advice: &Advice) -> String {
    let bound = |place: usize| match RANGES[place].key {
        "price" => "budget".to_owned(),
        _ => RANGES[place].title.to_lowercase(),
    };
    match advice.change {
        Change::Drop(filter) => {
            let label = filter_label(columns, choice, filter).unwrap_or_default();
            if advice.choice.is_open() && !without(choice, filter).is_open() {
                "Without any filter".to_owned()
            } else {
                format!("Without “{label}”")
            }
        }
        Change::Raise { range, by } => format!("Raise the {} by {}", bound(range), amount(range, by)),
        Change::Lower { range, by } => format!("Lower the {} by {}", bound(range), amount(range, by)),
    }
}
