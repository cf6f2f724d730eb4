//! What cars like one car cost: live ones of the same model and fuel, registered in the same year or, where those are too
//! few, a year around it. Where those are too few as well, nothing is said.
//!
//! Worked out when a snapshot is made, for the groups in which something changed, and read by slot: who plans a page pays
//! for an array access.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::columns::{Columns, Number};
use super::words::Attribute;
use super::{Slot, bits};
use crate::car::{Details, Document, State};

/// Fewer live cars than this, itself among them, say nothing about a price.
const CARS_MIN: usize = 9;
/// Bounds and middle are rounded to this, so that a page does not change with every rupee of another car.
const STEP_RUPEES: u32 = 1_000;

/// The live cars like one car.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// Itself included; 0: too few to say anything.
    pub cars: u32,
    /// A tenth of them is cheaper.
    pub low_rupees: u32,
    pub median_rupees: u32,
    /// A tenth of them is more expensive.
    pub high_rupees: u32,
    /// How far their years of registration are from this car's.
    pub years: u32,
}

/// A price among those of cars like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Band {
    Great,
    Good,
    Fair,
    High,
}

impl Market {
    /// By distance from the median: 10 % below is great, 3 % is good, from 8 % above on it is high.
    pub fn band(&self, price_rupees: u32) -> Option<Band> {
        if self.cars == 0 {
            return None;
        }
        let (price, median) = (u64::from(price_rupees) * 100, u64::from(self.median_rupees));
        Some(match () {
            () if price <= median * 90 => Band::Great,
            () if price <= median * 97 => Band::Good,
            () if price < median * 108 => Band::Fair,
            () => Band::High,
        })
    }

    /// Of cars that cost this much, in ascending order.
    fn of(prices: &[u32], years: u32) -> Self {
        let round = |rupees: u32| (rupees + STEP_RUPEES / 2) / STEP_RUPEES * STEP_RUPEES;
        let at = |tenths: usize| round(prices[(prices.len() - 1) * tenths / 10]);
        Self {
            cars: u32::try_from(prices.len()).unwrap_or(u32::MAX),
            low_rupees: at(1),
            median_rupees: at(5),
            high_rupees: at(9),
            years,
        }
    }
}

/// The market of each live car, by slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Markets(Arc<Vec<Market>>);

/// Make, model and fuel by their codes.
type Group = [u32; 3];

/// Groups in which a price, a year or a member changed.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeSet<Group>);

impl Touched {
    /// `columns` know the words of both already.
    pub(super) fn note(&mut self, columns: &Columns, old: Option<&State>, new: &Document) {
        let live = |state: &State| matches!(state, State::Live(_));
        let old = old.filter(|state| live(state)).and_then(State::details);
        let new = Some(&new.state).filter(|state| live(state)).and_then(State::details);
        let facts = |car: &Details| (car.price_rupees, car.registration_year);
        let groups = [old, new].map(|car| car.and_then(|car| group(columns, car)));
        if groups[0] != groups[1] || old.map(facts) != new.map(facts) {
            self.0.extend(groups.into_iter().flatten());
        }
    }
}

fn group(columns: &Columns, car: &Details) -> Option<Group> {
    Some([
        columns.words(Attribute::Make).code(&car.make.slug)?,
        columns.words(Attribute::Model).code(&car.model.slug)?,
        columns.words(Attribute::Fuel).code(&crate::car::word(&car.variant.fuel))?,
    ])
}

impl Markets {
    pub(super) fn of(&self, slot: Slot) -> Market {
        self.0.get(slot.0 as usize).copied().unwrap_or_default()
    }

    /// Works out the touched groups anew.
    pub(super) fn renew(&mut self, columns: &Columns, touched: &Touched) {
        for &[make, model, fuel] in &touched.0 {
            let mut live = columns.words(Attribute::Model).live(model).to_vec();
            bits::keep(&mut live, columns.words(Attribute::Make).live(make));
            bits::keep(&mut live, columns.words(Attribute::Fuel).live(fuel));
            let number = |slot: Slot, number| columns.number(number)[slot.0 as usize];
            let mut cars: Vec<_> = bits::slots(&live)
                .map(|slot| (number(slot, Number::PriceRupees), number(slot, Number::RegistrationYear), slot))
                .collect();
            cars.sort_unstable();
            let years: BTreeSet<u32> = cars.iter().map(|&(_, year, _)| year).collect();
            for year in years {
                let market = around(&cars, year);
                for &(_, _, slot) in cars.iter().filter(|car| car.1 == year) {
                    self.put(slot, market);
                }
            }
        }
    }

    fn put(&mut self, slot: Slot, market: Market) {
        if self.of(slot) != market {
            let markets = Arc::make_mut(&mut self.0);
            markets.resize(markets.len().max(slot.0 as usize + 1), Market::default());
            markets[slot.0 as usize] = market;
        }
    }
}

/// `cars` by price: price, year, slot.
fn around(cars: &[(u32, u32, Slot)], year: u32) -> Market {
    let within = |years| -> Vec<u32> {
        cars.iter().filter(|car| car.1.abs_diff(year) <= years).map(|car| car.0).collect()
    };
    (0..=1)
        .map(|years| (years, within(years)))
        .find(|(_, prices)| prices.len() >= CARS_MIN)
        .map_or_else(Market::default, |(years, prices)| Market::of(&prices, years))
}

#[cfg(test)]
mod tests {
    use super::super::Snapshot;
    use super::super::catalogue_tests::{document, live};
    use super::{Band, Market};
    use crate::car::{CarId, Document, State};
    use std::sync::Arc;

    fn car(id: u64, version: u64, price: u32, year: u16) -> Arc<Document> {
        let mut document = Document::clone(&live(id, version, price, 1));
        if let State::Live(car) = &mut document.state {
            car.registration_year = year;
        }
        Arc::new(document)
    }

    fn market(snapshot: &Snapshot, id: u64) -> Market {
        snapshot.market(snapshot.slot(CarId(id)).unwrap())
    }

    #[test]
    fn prices_are_judged_by_their_distance_from_the_median() {
        let market = Market { cars: 9, median_rupees: 1_000_000, ..Market::default() };
        for (price, expected) in [
            (900_000, Band::Great),
            (900_001, Band::Good),
            (970_000, Band::Good),
            (970_001, Band::Fair),
            (1_079_999, Band::Fair),
            (1_080_000, Band::High),
        ] {
            assert_eq!(market.band(price), Some(expected), "{price}");
        }
        assert_eq!(Market::default().band(1), None);
    }

    #[test]
    fn nothing_is_said_about_few_cars() {
        let eight = (1..=8).map(|id| car(id, 1, 100_000, 2019));
        let (snapshot, _) = Snapshot::default().with(eight);
        assert_eq!(market(&snapshot, 1).cars, 0);
        let (snapshot, _) = snapshot.with([car(9, 1, 100_000, 2021)]);
        assert_eq!(market(&snapshot, 1).cars, 0, "two years away");
        let (snapshot, _) = snapshot.with([car(10, 1, 100_000, 2020)]);
        assert_eq!((market(&snapshot, 1).cars, market(&snapshot, 1).years), (9, 1));
        assert_eq!(market(&snapshot, 10).cars, 10, "one year away from all others");
        let (snapshot, _) = snapshot.with([document(1, 2, State::Hidden)]);
        assert_eq!((market(&snapshot, 2).cars, market(&snapshot, 10).cars), (0, 9));
    }

    #[test]
    fn a_market_is_that_of_the_cars_of_now_however_they_came() {
        let price = |id: u64| 400_000 + 7_300 * u32::try_from(id % 13).unwrap();
        let year = |id: u64| 2018 + u16::try_from(id % 3).unwrap();
        let whole = Snapshot::default().with((1..=40).map(|id| car(id, 2, price(id), year(id)))).0;
        let mut step = Snapshot::default().with((1..=40).rev().map(|id| car(id, 1, 9, 2019))).0;
        for id in 1..=40 {
            step = step.with([car(id, 2, price(id), year(id))]).0;
        }
        for id in 1..=40 {
            assert_eq!(market(&whole, id), market(&step, id), "{id}");
        }
        let one = market(&whole, 1);
        assert!(one.low_rupees < one.median_rupees && one.median_rupees < one.high_rupees, "{one:?}");
        assert!(one.median_rupees.is_multiple_of(1_000));
    }
}
