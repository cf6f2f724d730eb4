//! A car's own page, for sale or sold.

use forecourt_views as views;
use forecourt_views::format;

use super::cards::{ASIDE_PHOTOS, PhotoTexts, date, grade, path, verdict, with_cards};
use super::listing::address;
use super::{Site, landing, structured};
use crate::car::{CarId, Details, Document, State};
use crate::listing::with_article;
use crate::snapshot::{Attribute, Band, Market, Slot, Snapshot};

pub(super) fn render(
    site: &Site,
    snapshot: &Snapshot,
    document: &Document,
    similar: &[Slot],
    part: views::Part,
) -> String {
    let (car, sold) = match &document.state {
        State::Live(car) => (car, false),
        State::Sold(car) => (car, true),
        State::Hidden | State::Deleted => return String::new(),
    };
    let texts = Texts::new(site, snapshot, document, car, usize::MAX);
    let parts = texts.parts();
    let page = texts.props(&parts);
    let (title, description) = headline(car, &texts.title, sold);
    let canonical = format!("{}{}", site.base_url, path(document.id, car));
    let makes = address(&landing::of_word(Attribute::Make, &car.make.slug));
    let models = address(&landing::of_word(Attribute::Model, &car.model.slug));
    let crumbs = [
        views::Crumb { name: "Used cars", href: Some("/cars") },
        views::Crumb { name: &car.make.name, href: Some(&makes) },
        views::Crumb { name: &car.model.name, href: Some(&models) },
    ];
    let structured = (part == views::Part::Page).then(|| {
        structured::car(&structured::CarPage {
            id: document.id.0,
            name: &format!("{} {}", texts.title, car.variant.name),
            url: &canonical,
            base_url: &site.base_url,
            car,
            sold,
            // The page of a sold car shows one.
            photos: &absolute(
                site,
                &page.photos[..if sold { page.photos.len().min(1) } else { page.photos.len() }],
            ),
            crumbs: &crumbs,
        })
    });
    let (share_title, alt) =
        (share_title(car, &texts.title, sold), page.photos.first().map_or("", |photo| photo.alt));
    let share = site.assets.share(&site.base_url, car);
    let shell = views::Shell {
        title: &title,
        description: &description,
        canonical: &canonical,
        robots: if sold { views::Robots::NoIndex } else { views::Robots::Index },
        share: Some(views::Share { title: &share_title, picture: share.props(alt) }),
        structured: structured.as_deref(),
        ..site.shell(part)
    };
    let similar_reason = format!(
        "Because you are looking at {}",
        with_article(&format!("{} {}", car.make.name, car.model.name))
    );
    with_cards(site, snapshot, similar, ASIDE_PHOTOS, |similar| {
        let page = views::CarPage { breadcrumbs: &crumbs, similar, similar_reason: &similar_reason, ..page };
        let markup = if sold { views::sold_page(&shell, &page) } else { views::car_page(&shell, &page) };
        markup.into_string()
    })
}

/// The texts that a car's props borrow.
pub(super) struct Texts<'a> {
    id: CarId,
    car: &'a Details,
    pub(super) title: String,
    photos: PhotoTexts<'a>,
    groups: Vec<(&'a str, Vec<&'a str>)>,
    items: Vec<views::InspectionItem<'a>>,
    history: Vec<views::PricePoint>,
    market: Option<(Market, Band, String)>,
}

/// What borrows from [`Texts`] and is borrowed in turn.
pub(super) struct Parts<'a> {
    photos: Vec<views::Photo<'a>>,
    features: Vec<views::FeatureGroup<'a>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(
        site: &Site,
        snapshot: &Snapshot,
        document: &Document,
        car: &'a Details,
        photos_max: usize,
    ) -> Self {
        let title = car.title();
        let slot = snapshot.slot(document.id);
        let market = slot.and_then(|slot| {
            Some((snapshot.market(slot), snapshot.band(slot)?, like(car, snapshot.market(slot).years)))
        });
        Self {
            id: document.id,
            car,
            photos: PhotoTexts::new(site, car, &title, photos_max),
            title,
            groups: feature_groups(car),
            items: inspection_items(car),
            history: price_history(car),
            market,
        }
    }

    pub(super) fn parts(&self) -> Parts<'_> {
        let features = self.groups.iter().map(|(name, features)| views::FeatureGroup { name, features });
        Parts { photos: self.photos.props(), features: features.collect() }
    }

    pub(super) fn props<'b>(&'b self, parts: &'b Parts<'b>) -> views::CarPage<'b> {
        let car = self.car;
        views::CarPage {
            photos: &parts.photos,
            features: &parts.features,
            price_history: &self.history,
            market: self.market.as_ref().map(|(market, band, what)| views::Market {
                verdict: verdict(*band),
                cars: market.cars as usize,
                what,
                low_rupees: market.low_rupees.into(),
                median_rupees: market.median_rupees.into(),
                high_rupees: market.high_rupees.into(),
            }),
            inspection: car.inspection.as_ref().map(|inspection| views::Inspection {
                date: date(inspection.inspected_at),
                inspector: &inspection.inspector,
                score: inspection.score,
                items: &self.items,
            }),
            ..props(self.id.0, car, &self.title)
        }
    }
}

/// `Renault Duster diesel cars of 2018 to 2020`
fn like(car: &Details, years: u32) -> String {
    let (year, fuel) = (u32::from(car.registration_year), &car.variant.fuel);
    // CNG and LPG are spelled as they are.
    let fuel = if fuel.chars().all(char::is_uppercase) { fuel.clone() } else { fuel.to_lowercase() };
    let years = match years {
        0 => year.to_string(),
        years => format!("{} to {}", year - years, year + years),
    };
    format!("{} {} {fuel} cars of {years}", car.make.name, car.model.name)
}

/// The props that are fields of the document.
fn props<'a>(id: u64, car: &'a Details, title: &'a str) -> views::CarPage<'a> {
    views::CarPage {
        id,
        title,
        make: &car.make.name,
        make_country: &car.make.country,
        model: &car.model.name,
        variant: &car.variant.name,
        body_type: &car.model.body_type,
        fuel: &car.variant.fuel,
        transmission: &car.variant.transmission,
        engine_cc: car.variant.engine_cc,
        max_power_bhp: car.variant.max_power_bhp,
        mileage_kmpl: car.variant.mileage_kmpl,
        seats: car.variant.seats,
        registration_year: car.registration_year,
        km_driven: car.km_driven,
        owner_number: car.owner_number,
        colour: &car.colour,
        insurance: &car.insurance,
        listed: date(car.listed_at),
        sold: car.sold_at.map(date),
        price_rupees: u64::from(car.price_rupees),
        price_updated: date(car.price_updated_at),
        price_history: &[],
        market: None,
        photos: &[],
        features: &[],
        inspection: None,
        hub: views::Hub {
            name: &car.hub.name,
            address: &car.hub.address,
            phone: &car.hub.phone,
            opens_at: &car.hub.opens_at,
            closes_at: &car.hub.closes_at,
            city: &car.hub.city,
            state: &car.hub.state,
        },
        breadcrumbs: &[],
        similar: &[],
        similar_reason: "",
    }
}

/// Title and description of the document, as a search result shows them.
pub(super) fn headline(car: &Details, title: &str, sold: bool) -> (String, String) {
    let (km, city) = (format::kilometres(car.km_driven), &car.hub.city);
    let (fuel, transmission) = (&car.variant.fuel, &car.variant.transmission);
    let facts = format!("{title} {}, {km}, {fuel}, {transmission}", car.variant.name);
    if sold {
        return (format!("Sold: {title} in {city} | Forecourt"), format!("{facts}: sold. See similar cars."));
    }
    let price = format::rupees(u64::from(car.price_rupees));
    (
        format!("{title} in {city} for {price} | Forecourt"),
        format!("{facts}, in {city} for {price}. {} photos, full inspection report.", car.photos.len()),
    )
}

/// What stands under the picture where somebody has sent a link.
fn share_title(car: &Details, title: &str, sold: bool) -> String {
    let (variant, km) = (&car.variant.name, format::kilometres(car.km_driven));
    if sold {
        return format!("Sold: {title} {variant}, {km}");
    }
    format!("{title} {variant}, {km} - {}", format::lakh(u64::from(car.price_rupees)))
}

/// The features group by group, in the order of the source.
fn feature_groups(car: &Details) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for feature in &car.features {
        match groups.iter_mut().find(|(name, _)| *name == feature.group) {
            Some((_, features)) => features.push(&feature.name),
            None => groups.push((&feature.group, vec![&feature.name])),
        }
    }
    groups
}

fn inspection_items(car: &Details) -> Vec<views::InspectionItem<'_>> {
    let items = car.inspection.iter().flat_map(|inspection| &inspection.items);
    items
        .map(|item| views::InspectionItem {
            section: &item.section,
            item: &item.item,
            grade: grade(item.grade),
            note: &item.note,
        })
        .collect()
}

/// Ends with the price asked now, whether the price script wrote it into the history or not.
fn price_history(car: &Details) -> Vec<views::PricePoint> {
    let point = |at, price: u32| views::PricePoint { date: date(at), price_rupees: u64::from(price) };
    let mut points: Vec<_> = car.price_history.iter().map(|p| point(p.changed_at, p.price_rupees)).collect();
    if car.price_history.last().is_none_or(|last| last.price_rupees != car.price_rupees) {
        points.push(point(car.price_updated_at, car.price_rupees));
    }
    points
}

/// The photos' addresses as whole URLs.
fn absolute(site: &Site, photos: &[views::Photo<'_>]) -> Vec<String> {
    photos.iter().map(|photo| site.absolute(photo.src)).collect()
}
