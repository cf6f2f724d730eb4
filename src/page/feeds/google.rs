//! Google's vehicle ads: <https://support.google.com/merchants/answer/11192663>. Tab-separated.

use super::{MORE_PHOTOS_MAX, Row, called};
use crate::car::word;

pub(super) fn columns() -> Vec<String> {
    let columns = [
        "id",
        "title",
        "description",
        "store_code",
        "vehicle_fulfillment(option:store_code)",
        "link",
        "image_link",
        "additional_image_link",
        "price",
        "condition",
        "google_product_category",
        "brand",
        "model",
        "trim",
        "year",
        "mileage",
        "body_style",
        "engine",
        "color",
    ];
    columns.map(str::to_owned).into()
}

/// Cars, Trucks & Vans.
const CATEGORY: &str = "916";

const BODY_STYLES: [(&str, &str); 3] = [("MUV", "minivan"), ("Pickup", "truck"), ("Wagon", "station wagon")];
const ENGINES: [(&str, &str); 1] = [("Petrol", "gasoline")];

pub(super) fn fields(row: &Row<'_>) -> Vec<String> {
    let car = row.car;
    let store = word(&car.hub.name);
    // Commas separate the addresses.
    let photos: Vec<_> = row.photos.iter().map(|url| url.replace(',', "%2C")).collect();
    let (first, more) = photos.split_first().map_or(("", &[][..]), |(first, more)| (first.as_str(), more));
    let or_own = |name: Option<&str>, own: &str| name.map_or_else(|| own.to_lowercase(), str::to_owned);
    vec![
        row.id.to_string(),
        row.title.clone(),
        row.description.clone(),
        store.clone(),
        format!("in_store:{store}"),
        row.link.clone(),
        first.to_owned(),
        more[..more.len().min(MORE_PHOTOS_MAX)].join(","),
        row.price(),
        "used".to_owned(),
        CATEGORY.to_owned(),
        car.make.name.to_string(),
        car.model.name.to_string(),
        car.variant.name.to_string(),
        car.registration_year.to_string(),
        format!("{} km", car.km_driven),
        or_own(called(&car.model.body_type, &BODY_STYLES), &car.model.body_type),
        or_own(called(&car.variant.fuel, &ENGINES), &car.variant.fuel),
        car.colour.to_string(),
    ]
}
