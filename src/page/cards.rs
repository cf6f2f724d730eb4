//! Documents -> cards. The views borrow every text; this is where the made ones live while a page is rendered.

use forecourt_views as views;

use super::Site;
use crate::car::{CarId, CivilTime, Details, slug};
use crate::snapshot::{Slot, Snapshot};

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

/// Addresses and alternative texts of some photos.
pub(super) struct PhotoTexts(Vec<(String, String, u32, u32)>);

impl PhotoTexts {
    pub(super) fn new(site: &Site, car: &Details, title: &str, photos_max: usize) -> Self {
        let photos = car.photos.iter().take(photos_max).map(|photo| {
            let src = site.assets.photo(car, photo);
            let alt = format!("{} {title}: {}", car.colour, photo.kind.replace('-', " "));
            (src, alt, photo.width_px, photo.height_px)
        });
        Self(photos.collect())
    }

    pub(super) fn props(&self) -> Vec<views::Photo<'_>> {
        self.0
            .iter()
            .map(|(src, alt, width, height)| views::Photo { src, alt, width: *width, height: *height })
            .collect()
    }
}

struct CardTexts<'a> {
    id: CarId,
    car: &'a Details,
    href: String,
    title: String,
    photos: PhotoTexts,
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
        Some(CardTexts { id: document.id, car, href: path(document.id, car), title, photos })
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
