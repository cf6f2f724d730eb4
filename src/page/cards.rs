//! Documents -> cards. The views borrow every text; this is where the made ones live while a page is rendered.

use forecourt_views as views;

use super::Site;
use super::assets::PhotoUrls;
use super::photos::{Shot, ordered, view};
use crate::car::{CarId, CivilTime, Details, Grade, InspectionItem, Photo, State, slug};
use crate::snapshot::{Band, Slot, Snapshot};

/// Photos on a card of a listing.
pub(super) const LISTING_PHOTOS: usize = 4;
/// Photos on a card that is not what the page is about.
pub(super) const ASIDE_PHOTOS: usize = 1;

/// `/car/2019-renault-duster-110ps-diesel-1000`
pub(super) fn path(id: CarId, car: &Details) -> String {
    let year = car.registration_year.to_string();
    let slug = slug(&[&year, &car.make.name, &car.model.name, &car.variant.name]);
    format!("/car/{slug}-{id}")
}

/// Addresses and texts of some photos, in the order in which they are shown.
pub(super) struct PhotoTexts<'a>(Vec<PhotoText<'a>>);

struct PhotoText<'a> {
    photo: &'a Photo,
    urls: PhotoUrls,
    alt: String,
    flaw: Option<(views::Grade, String)>,
}

impl<'a> PhotoTexts<'a> {
    pub(super) fn new(site: &Site, car: &'a Details, title: &str, photos_max: usize) -> Self {
        let photos = ordered(car).into_iter().take(photos_max).map(|Shot { photo, flaw }| PhotoText {
            photo,
            urls: site.assets.photo(car, photo),
            alt: format!("{} {title}: {}", car.colour, photo.kind.replace('-', " ")),
            flaw: flaw.map(|item| (grade(item.grade), note(item))),
        });
        Self(photos.collect())
    }

    pub(super) fn props(&self) -> Vec<views::Photo<'_>> {
        let props = self.0.iter().map(|PhotoText { photo, urls, alt, flaw }| views::Photo {
            src: &urls.src,
            small: &urls.small,
            large: &urls.large,
            sets: urls.sets.as_ref().map(|sets| sets.each_ref().map(String::as_str)),
            alt,
            flaw: flaw.as_ref().map(|(grade, text)| (*grade, text.as_str())),
            of: view(&photo.kind),
            width: photo.width_px,
            height: photo.height_px,
        });
        props.collect()
    }
}

/// `Right doors: stone chip`
fn note(item: &InspectionItem) -> String {
    if item.note.is_empty() {
        item.item.to_string()
    } else {
        format!("{}: {}", item.item, item.note.to_lowercase())
    }
}

pub(super) fn grade(grade: Grade) -> views::Grade {
    match grade {
        Grade::Pass => views::Grade::Pass,
        Grade::Minor => views::Grade::Minor,
        Grade::Major => views::Grade::Major,
    }
}

pub(super) fn verdict(band: Band) -> views::Verdict {
    match band {
        Band::Great => views::Verdict::Great,
        Band::Good => views::Verdict::Good,
        Band::Fair => views::Verdict::Fair,
        Band::High => views::Verdict::High,
    }
}

struct CardTexts<'a> {
    id: CarId,
    car: &'a Details,
    href: String,
    title: String,
    emi_rupees: u64,
    band: Option<Band>,
    is_sold: bool,
    photos: PhotoTexts<'a>,
}

/// Gives `with` the cards of these cars, in order. Cars without details have none.
pub(super) fn with_cards<R>(
    site: &Site,
    snapshot: &Snapshot,
    slots: &[Slot],
    photos_max: usize,
    with: impl FnOnce(&[views::Card<'_>]) -> R,
) -> R {
    let texts = slots.iter().filter_map(|&slot| {
        let document = snapshot.document(slot);
        let car = document.state.details()?;
        let title = car.title();
        let photos = PhotoTexts::new(site, car, &title, photos_max);
        let emi_rupees = site.shop.props().loan.emi_from_rupees(car.price_rupees.into());
        let href = path(document.id, car);
        let (band, is_sold) = (snapshot.band(slot), matches!(document.state, State::Sold(_)));
        Some(CardTexts { id: document.id, car, href, title, emi_rupees, band, is_sold, photos })
    });
    let texts: Vec<_> = texts.collect();
    let photos: Vec<_> = texts.iter().map(|texts| texts.photos.props()).collect();
    let cards: Vec<_> = texts.iter().zip(&photos).map(|(texts, photos)| card(texts, photos)).collect();
    with(&cards)
}

fn card<'a>(texts: &'a CardTexts<'_>, photos: &'a [views::Photo<'a>]) -> views::Card<'a> {
    let car = texts.car;
    views::Card {
        id: texts.id.0,
        href: &texts.href,
        title: &texts.title,
        variant: &car.variant.name,
        km_driven: car.km_driven,
        fuel: &car.variant.fuel,
        transmission: &car.variant.transmission,
        owner_number: car.owner_number,
        city: &car.hub.city,
        price_rupees: u64::from(car.price_rupees),
        price_drop_rupees: price_drop(car),
        emi_rupees: texts.emi_rupees,
        verdict: texts.band.map(verdict),
        is_sold: texts.is_sold,
        score: car.inspection.as_ref().map(|inspection| inspection.score),
        photos,
    }
}

/// How far the price is below the first one asked.
fn price_drop(car: &Details) -> Option<u64> {
    let first = car.price_history.first()?.price_rupees;
    first.checked_sub(car.price_rupees).filter(|&drop| drop > 0).map(u64::from)
}

pub(super) fn date(time: CivilTime) -> views::Date {
    let (year, month, day) = time.date();
    views::Date { year, month, day }
}
