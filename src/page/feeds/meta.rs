//! Meta's automotive inventory ads:
//! <https://developers.facebook.com/documentation/ads-commerce/marketing-api/auto-ads/reference>. Comma-separated; lists
//! and parts of things are columns of their own.

use super::{MORE_PHOTOS_MAX, Row, called};
use crate::car::word;

const COLUMNS: [&str; 25] = [
    "vehicle_id",
    "title",
    "description",
    "url",
    "make",
    "model",
    "trim",
    "year",
    "mileage.value",
    "mileage.unit",
    "transmission",
    "fuel_type",
    "body_style",
    "exterior_color",
    "state_of_vehicle",
    "price",
    "availability",
    "date_first_on_lot",
    "dealer_id",
    "dealer_name",
    "dealer_phone",
    "address.addr1",
    "address.city",
    "address.region",
    "address.country",
];

pub(super) fn columns() -> Vec<String> {
    let photos =
        (0..=MORE_PHOTOS_MAX).flat_map(|at| [format!("image[{at}].url"), format!("image[{at}].tag[0]")]);
    COLUMNS.map(str::to_owned).into_iter().chain(photos).collect()
}

const TRANSMISSIONS: [(&str, &str); 2] = [("Manual", "MANUAL"), ("Automatic", "AUTOMATIC")];
const FUELS: [(&str, &str); 4] =
    [("Diesel", "DIESEL"), ("Petrol", "PETROL"), ("Electric", "ELECTRIC"), ("Hybrid", "HYBRID")];
const BODY_STYLES: [(&str, &str); 10] = [
    ("SUV", "SUV"),
    ("Sedan", "SEDAN"),
    ("Hatchback", "HATCHBACK"),
    ("MUV", "MINIVAN"),
    ("Minivan", "MINIVAN"),
    ("Pickup", "TRUCK"),
    ("Coupe", "COUPE"),
    ("Convertible", "CONVERTIBLE"),
    ("Wagon", "WAGON"),
    ("Van", "VAN"),
];
const OTHER: &str = "OTHER";

pub(super) fn fields(row: &Row<'_>) -> Vec<String> {
    let (car, hub) = (row.car, &row.car.hub);
    let (year, month, day) = car.listed_at.date();
    let fields: [String; COLUMNS.len()] = [
        row.id.to_string(),
        row.title.clone(),
        row.description.clone(),
        row.link.clone(),
        car.make.name.to_string(),
        car.model.name.to_string(),
        car.variant.name.to_string(),
        car.registration_year.to_string(),
        car.km_driven.to_string(),
        "KM".to_owned(),
        called(&car.variant.transmission, &TRANSMISSIONS).unwrap_or(OTHER).to_owned(),
        called(&car.variant.fuel, &FUELS).unwrap_or(OTHER).to_owned(),
        called(&car.model.body_type, &BODY_STYLES).unwrap_or(OTHER).to_owned(),
        car.colour.to_string(),
        "USED".to_owned(),
        row.price(),
        "AVAILABLE".to_owned(),
        format!("{year:04}-{month:02}-{day:02}"),
        word(&hub.name),
        hub.name.to_string(),
        hub.phone.to_string(),
        hub.address.to_string(),
        hub.city.to_string(),
        hub.state.to_string(),
        "India".to_owned(),
    ];
    let photos = (0..=MORE_PHOTOS_MAX).flat_map(|at| {
        let url = row.photos.get(at).cloned().unwrap_or_default();
        let tag = car.photos.get(at).filter(|_| !url.is_empty()).map(|photo| photo.kind.replace('-', " "));
        [url, tag.unwrap_or_default()]
    });
    fields.into_iter().chain(photos).collect()
}
