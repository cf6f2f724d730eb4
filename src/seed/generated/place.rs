//! Where cars stand: fourteen cities with one to three hubs each.

use super::dice::Dice;
use super::market::slug;
use crate::seed::table::{CITIES as CITIES_TABLE, Cell, HUBS, RowSink};

struct City {
    name: &'static str,
    state: &'static str,
    /// How many of a thousand cars stand here, about.
    share: u32,
    hubs: &'static [Hub],
}

struct Hub {
    area: &'static str,
    street: &'static str,
    postcode: u32,
}

const fn city(name: &'static str, state: &'static str, share: u32, hubs: &'static [Hub]) -> City {
    City { name, state, share, hubs }
}

const fn hub(area: &'static str, street: &'static str, postcode: u32) -> Hub {
    Hub { area, street, postcode }
}

static CITIES: &[City] = &[
    city("Agra", "Uttar Pradesh", 18, &[hub("Sikandra", "14 NH 19", 282007)]),
    city(
        "Ahmedabad",
        "Gujarat",
        72,
        &[hub("Bodakdev", "101 SG Highway", 380054), hub("Naroda", "7 Galaxy Road", 382330)],
    ),
    city(
        "Bangalore",
        "Karnataka",
        128,
        &[
            hub("Whitefield", "88 ITPL Main Road", 560066),
            hub("Yelahanka", "23 Bellary Road", 560064),
            hub("Electronic City", "5 Hosur Road", 560100),
        ],
    ),
    city("Chandigarh", "Chandigarh", 34, &[hub("Industrial Area", "42 Phase 1", 160002)]),
    city(
        "Chennai",
        "Tamil Nadu",
        76,
        &[hub("Guindy", "19 GST Road", 600032), hub("Perungudi", "230 Old Mahabalipuram Road", 600096)],
    ),
    city(
        "Delhi",
        "Delhi",
        142,
        &[
            hub("Moti Nagar", "61 Shivaji Marg", 110015),
            hub("Okhla", "9 Mathura Road", 110020),
            hub("Rohini", "35 Outer Ring Road", 110085),
        ],
    ),
    city(
        "Gurgaon",
        "Haryana",
        66,
        &[hub("Sector 29", "3 Leisure Valley Road", 122001), hub("Sohna Road", "77 Sohna Road", 122018)],
    ),
    city(
        "Hyderabad",
        "Telangana",
        92,
        &[hub("Kondapur", "54 Old Mumbai Highway", 500084), hub("Uppal", "16 Inner Ring Road", 500039)],
    ),
    city("Jaipur", "Rajasthan", 44, &[hub("Mansarovar", "120 New Sanganer Road", 302020)]),
    city("Kochi", "Kerala", 48, &[hub("Edappally", "31 NH Bypass", 682024)]),
    city(
        "Kolkata",
        "West Bengal",
        58,
        &[hub("Salt Lake", "12 Sector 5", 700091), hub("Behala", "202 Diamond Harbour Road", 700034)],
    ),
    city("Lucknow", "Uttar Pradesh", 36, &[hub("Gomti Nagar", "8 Vibhuti Khand", 226010)]),
    city(
        "Mumbai",
        "Maharashtra",
        114,
        &[
            hub("Andheri West", "45 New Link Road", 400053),
            hub("Thane", "17 Ghodbunder Road", 400607),
            hub("Vashi", "29 Palm Beach Road", 400703),
        ],
    ),
    city(
        "Pune",
        "Maharashtra",
        72,
        &[hub("Baner", "66 Baner Road", 411045), hub("Hadapsar", "11 Solapur Road", 411028)],
    ),
];

/// The hubs by id, each as often as cars stand in it.
pub(super) struct Places(Vec<(u32, u32)>);

impl Places {
    pub(super) fn new() -> Self {
        let shares = CITIES.iter().flat_map(|city| {
            // The first hub of a city is the largest: with n hubs it counts double, the others once.
            let parts = city.hubs.len() as u32 + 1;
            (0..city.hubs.len()).map(move |nth| city.share * 60 / parts * if nth == 0 { 2 } else { 1 })
        });
        Self((1..).zip(shares).collect())
    }

    /// The id of the hub where a car stands.
    pub(super) fn hub(&self, dice: &mut Dice) -> u32 {
        dice.weighted(&self.0)
    }
}

/// Writes the cities and the hubs.
pub(super) fn write(sink: &mut dyn RowSink) -> anyhow::Result<()> {
    let mut hub_id = 0u32;
    for (city_id, city) in (1u32..).zip(CITIES) {
        sink.insert(
            &CITIES_TABLE,
            &[city_id.into(), city.name.into(), slug(city.name).into(), city.state.into()],
        )?;
        for (nth, hub) in city.hubs.iter().enumerate() {
            hub_id += 1;
            let row: [Cell<'_>; 7] = [
                hub_id.into(),
                city_id.into(),
                format!("{} {}", city.name, hub.area).into(),
                format!("{}, {}, {} {}", hub.street, hub.area, city.name, hub.postcode).into(),
                // Numbers of no real line: 8 then city, hub and city again, as the reference catalogue has them.
                format!("+9180{city_id:02}{nth:02}44{city_id:02}").into(),
                if nth == 1 { "10:00".into() } else { "09:30".into() },
                if nth == 1 { "19:30".into() } else { "20:00".into() },
            ];
            sink.insert(&HUBS, &row)?;
        }
    }
    Ok(())
}
