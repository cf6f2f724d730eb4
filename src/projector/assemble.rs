//! Fetched rows -> document, pure. Everything a row may be wrong in is found here, and costs that car its update.

mod field;

use field::Fields;

use crate::car::word;
use crate::car::{
    CarId, CivilTime, Details, Feature, Grade, Hub, Inspection, InspectionItem, Make, Model, Photo,
    PricePoint, State, Variant,
};
use crate::source::Fetched;
use crate::source::catalogue::Part;

/// Why a car's rows cannot become a document, readable by the people who maintain the rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Reason(pub(super) String);

const NAME_BYTES_MAX: usize = 120;
const ADDRESS_BYTES_MAX: usize = 400;
const NOTE_BYTES_MAX: usize = 1_000;
const STORAGE_KEY_BYTES_MAX: usize = 300;

/// Rows of one part of one car that are shown; some multiple of what the business uses.
const ROWS_MAX: usize = 400;

/// What the pages may know of a car, `None` when the source has no such car.
pub fn assemble(car: CarId, fetched: &Fetched) -> Result<Option<State>, Reason> {
    let row = match fetched.rows(car, Part::Car) {
        [] => return Ok(None),
        [row] => Fields::new(Part::Car, row),
        rows => return Err(Reason(format!("the query `car` returns {} rows, expected one", rows.len()))),
    };
    let status = row.text("status", NAME_BYTES_MAX)?;
    // Hiding a car must work however broken its other rows are.
    match status.as_str() {
        "hidden" => Ok(Some(State::Hidden)),
        "live" => Ok(Some(State::Live(Box::new(details(car, fetched, &row)?)))),
        "sold" => Ok(Some(State::Sold(Box::new(details(car, fetched, &row)?)))),
        other => Err(Reason(format!("status: expected live, sold or hidden, found `{other}`"))),
    }
}

fn details(car: CarId, fetched: &Fetched, row: &Fields<'_>) -> Result<Details, Reason> {
    row.joined("variant", "the variant")?;
    row.joined("model", "the variant's model")?;
    row.joined("make", "the model's make")?;
    row.joined("hub", "the hub")?;
    row.joined("city", "the hub's city")?;
    row.joined("price", "the price")?;
    let text = |name| row.text(name, NAME_BYTES_MAX);
    let photos = all(car, fetched, Part::Photos, photo)?;
    if photos.is_empty() {
        return Err(Reason("no photos".to_owned()));
    }
    Ok(Details {
        make: Make {
            name: text("make")?,
            slug: word(&text("make_slug")?).into(),
            country: text("make_country")?,
        },
        model: Model {
            name: text("model")?,
            slug: word(&text("model_slug")?).into(),
            body_type: text("body_type")?,
        },
        variant: Variant {
            name: text("variant")?,
            fuel: text("fuel")?,
            transmission: text("transmission")?,
            engine_cc: row.optional("engine_cc", |name| row.whole(name, 1, 20_000))?,
            max_power_bhp: row.optional("max_power_bhp", |name| row.real(name, 0.0, 5_000.0))?,
            mileage_kmpl: row.optional("mileage_kmpl", |name| row.real(name, 0.0, 1_000.0))?,
            seats: row.optional("seats", |name| row.whole(name, 1, 100))?,
        },
        registration_year: row.whole("registration_year", 1900, 2100)?,
        km_driven: row.whole("km_driven", 0, 10_000_000)?,
        owner_number: row.whole("owner_number", 1, 50)?,
        colour: text("colour")?,
        insurance: row.optional("insurance", text)?.unwrap_or_else(|| "Not available".into()),
        listed_at: row.time("listed_at")?,
        sold_at: row.optional("sold_at", |name| row.time(name))?,
        price_rupees: row.rupees("price")?,
        price_updated_at: row.time("price_updated_at")?,
        price_history: all(car, fetched, Part::PriceHistory, price_point)?,
        photos,
        features: all(car, fetched, Part::Features, feature)?,
        inspection: inspection(car, fetched)?,
        hub: Hub {
            name: text("hub")?,
            address: row.text("hub_address", ADDRESS_BYTES_MAX)?,
            phone: text("hub_phone")?,
            opens_at: row.text("hub_opens_at", 8)?,
            closes_at: row.text("hub_closes_at", 8)?,
            city: text("city")?,
            city_slug: word(&text("city_slug")?).into(),
            state: text("state")?,
        },
    })
}

/// The rows of a part, the newest of a history and the first of anything else; the first that is wrong is the reason.
fn all<T>(
    car: CarId,
    fetched: &Fetched,
    part: Part,
    read: fn(&Fields<'_>) -> Result<T, Reason>,
) -> Result<Vec<T>, Reason> {
    let rows = fetched.rows(car, part);
    let left_out = match part {
        // The first price is what a fall is counted from.
        Part::PriceHistory if rows.len() > ROWS_MAX => 1..rows.len() - ROWS_MAX + 1,
        _ => ROWS_MAX..rows.len(),
    };
    let row = |(i, row): (usize, &Vec<_>)| {
        read(&Fields::new(part, row))
            .map_err(|Reason(why)| Reason(format!("{} {}: {why}", part.as_str(), i + 1)))
    };
    rows.iter().enumerate().filter(|(i, _)| !left_out.contains(i)).map(row).collect()
}

fn price_point(row: &Fields<'_>) -> Result<PricePoint, Reason> {
    Ok(PricePoint { changed_at: row.time("changed_at")?, price_rupees: row.rupees("price")? })
}

fn photo(row: &Fields<'_>) -> Result<Photo, Reason> {
    Ok(Photo {
        storage_key: row.storage_key("storage_key", STORAGE_KEY_BYTES_MAX)?,
        kind: row.text("kind", NAME_BYTES_MAX)?,
        width_px: row.whole("width", 1, 20_000)?,
        height_px: row.whole("height", 1, 20_000)?,
    })
}

fn feature(row: &Fields<'_>) -> Result<Feature, Reason> {
    row.joined("name", "the feature")?;
    Ok(Feature { group: row.text("group_name", NAME_BYTES_MAX)?, name: row.text("name", NAME_BYTES_MAX)? })
}

/// The latest inspection: the query orders by time.
fn inspection(car: CarId, fetched: &Fetched) -> Result<Option<Inspection>, Reason> {
    let Some(row) = fetched.rows(car, Part::Inspection).last() else { return Ok(None) };
    let row = Fields::new(Part::Inspection, row);
    Ok(Some(Inspection {
        inspected_at: row.time("inspected_at")?,
        inspector: row.text("inspector", NAME_BYTES_MAX)?,
        score: row.whole("score", 0, 100)?,
        items: all(car, fetched, Part::InspectionItems, inspection_item)?,
    }))
}

fn inspection_item(row: &Fields<'_>) -> Result<InspectionItem, Reason> {
    let grade = row.text("grade", NAME_BYTES_MAX)?;
    Ok(InspectionItem {
        section: row.text("section", NAME_BYTES_MAX)?,
        item: row.text("item", NAME_BYTES_MAX)?,
        grade: match grade.as_str() {
            "pass" => Grade::Pass,
            "minor" => Grade::Minor,
            "major" => Grade::Major,
            other => return Err(Reason(format!("grade: expected pass, minor or major, found `{other}`"))),
        },
        note: row.optional("note", |name| row.text_or_empty(name, NOTE_BYTES_MAX))?.unwrap_or_default(),
    })
}

/// The time a source wrote, for the fields above and their tests.
fn time(text: &str) -> Option<CivilTime> {
    CivilTime::parse(text).filter(|time| (1900..2200).contains(&time.date().0))
}

#[cfg(test)]
mod tests;
