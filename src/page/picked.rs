//! Pages of cars that the address names: side by side, kept for later, by the month. They show what is there of them now.

use forecourt_views as views;

use super::Site;
use super::car::{Parts, Texts};
use super::cards::{LISTING_PHOTOS, path, with_cards};
use crate::car::CarId;
use crate::http::query::{BadQuery, pairs};
use crate::snapshot::{Slot, Snapshot};

/// Cars on one page.
pub const COMPARED_MAX: usize = 3;
pub const SHORTLIST_MAX: usize = 20;

/// `ids=1000,1001`, each once; more than `max` and what is no number are left out, so that an old link still shows what it
/// can.
pub fn ids(query: &str, max: usize) -> Vec<CarId> {
    let mut ids: Vec<CarId> = Vec::new();
    for (_, value) in pairs(query, |key| key == "ids").flatten() {
        for id in value.split(',').filter_map(|id| id.trim().parse().ok().map(CarId)) {
            if ids.len() < max && !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids
}

/// A car by the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Emi {
    pub car: CarId,
    /// As asked for; the shop's own where nothing is.
    pub down_rupees: Option<u32>,
    pub months: Option<u32>,
}

const MONTHS_MAX: u32 = 120;

impl Emi {
    pub fn parse(query: &str) -> Result<Self, BadQuery> {
        let mut emi = Self { car: CarId(0), down_rupees: None, months: None };
        for pair in pairs(query, |key| ["car", "down", "months"].contains(&key)) {
            let (key, value) = pair?;
            let digits: String = value.chars().filter(|c| !matches!(c, ',' | ' ' | '₹')).collect();
            if digits.is_empty() {
                continue;
            }
            match &*key {
                "car" => emi.car = CarId(digits.parse().map_err(|_| BadQuery("car is a number"))?),
                "down" => {
                    emi.down_rupees = Some(
                        digits.parse().map_err(|_| BadQuery("what is paid down is a number of rupees"))?,
                    );
                }
                _ => {
                    let months = digits.parse().ok().filter(|months| (1..=MONTHS_MAX).contains(months));
                    emi.months = Some(months.ok_or(BadQuery("months is a number from 1 to 120"))?);
                }
            }
        }
        Ok(emi)
    }
}

fn address(page: &str, ids: impl IntoIterator<Item = CarId>) -> String {
    let ids: Vec<_> = ids.into_iter().map(|id| id.to_string()).collect();
    if ids.is_empty() { page.to_owned() } else { format!("{page}?ids={}", ids.join(",")) }
}

fn shell<'a>(site: &'a Site, part: views::Part, title: &'a str, canonical: &'a str) -> views::Shell<'a> {
    views::Shell { title, description: title, canonical, ..site.shell(part) }
}

pub(super) fn compare(site: &Site, snapshot: &Snapshot, slots: &[Slot], part: views::Part) -> String {
    let documents: Vec<_> = slots.iter().map(|&slot| snapshot.document(slot)).collect();
    let cars: Vec<_> = documents
        .iter()
        .filter_map(|document| {
            Some((
                document.id,
                document.state.details()?,
                Texts::new(site, snapshot, document, document.state.details()?, 1),
            ))
        })
        .collect();
    let parts: Vec<Parts<'_>> = cars.iter().map(|(_, _, texts)| texts.parts()).collect();
    let links: Vec<_> = cars
        .iter()
        .map(|(id, car, _)| {
            let others = cars.iter().map(|(other, ..)| *other).filter(|other| other != id);
            (path(*id, car), address("/compare", others))
        })
        .collect();
    let compared: Vec<_> = cars
        .iter()
        .zip(&parts)
        .zip(&links)
        .map(|(((_, _, texts), parts), (href, without))| views::Compared {
            car: texts.props(parts),
            href,
            without,
        })
        .collect();
    let canonical = format!("{}/compare", site.base_url);
    let shell = shell(site, part, "Compare cars | Forecourt", &canonical);
    views::compare_page(&shell, &views::ComparePage { cars: &compared }).into_string()
}

pub(super) fn shortlist(site: &Site, snapshot: &Snapshot, slots: &[Slot], part: views::Part) -> String {
    let ids = slots.iter().map(|&slot| snapshot.document(slot).id).take(COMPARED_MAX);
    let compare = address("/compare", ids);
    let canonical = format!("{}/shortlist", site.base_url);
    let shell = shell(site, part, "Your shortlist | Forecourt", &canonical);
    with_cards(site, snapshot, slots, LISTING_PHOTOS, |cards| {
        let compare = (cards.len() > 1).then_some(compare.as_str());
        views::shortlist_page(&shell, &views::ShortlistPage { cards, compare }).into_string()
    })
}

pub(super) fn emi(site: &Site, snapshot: &Snapshot, slot: Slot, emi: Emi, part: views::Part) -> String {
    let loan = site.shop.props().loan;
    let canonical = format!("{}/emi?car={}", site.base_url, emi.car);
    let shell = shell(site, part, "EMI calculator | Forecourt", &canonical);
    with_cards(site, snapshot, &[slot], LISTING_PHOTOS, |cards| {
        let Some(car) = cards.first() else { return String::new() };
        let down = emi.down_rupees.map_or_else(|| loan.down_rupees(car.price_rupees), u64::from);
        let page = views::EmiPage {
            car: *car,
            down_rupees: down.min(car.price_rupees * 9 / 10),
            months: emi.months.unwrap_or(loan.months),
        };
        views::emi_page(&shell, &page).into_string()
    })
}

#[cfg(test)]
mod tests {
    use super::{Emi, ids};
    use crate::car::CarId;

    #[test]
    fn cars_are_named_once_and_not_too_many() {
        for (query, expected) in [
            ("", &[][..]),
            ("ids=", &[]),
            ("ids=3,1,3,x,2&utm_source=a", &[3, 1, 2]),
            ("ids=3%2C1&ids=9,8", &[3, 1, 9]),
            ("ids=%zz", &[]),
        ] {
            assert_eq!(ids(query, 3), expected.iter().map(|id| CarId(*id)).collect::<Vec<_>>(), "{query}");
        }
    }

    #[test]
    fn what_is_paid_down_is_read_as_people_write_it() {
        let emi = |query| Emi::parse(query).map(|emi| (emi.car.0, emi.down_rupees, emi.months));
        assert_eq!(emi("car=7&down=1,35,000&months=48"), Ok((7, Some(135_000), Some(48))));
        assert_eq!(emi("car=7&down=&months="), Ok((7, None, None)));
        for query in ["car=x", "car=7&down=lots", "car=7&months=0", "car=7&months=121"] {
            assert!(emi(query).is_err(), "{query}");
        }
    }
}
