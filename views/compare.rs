//! Two or three cars side by side: one row per fact, those that differ marked, the best of each named.

use crate::document::document;
use crate::format::{grouped, kilometres, owner, rupees};
use crate::photo::{Loading, Picture};
use crate::props::{CarPage, ComparePage, Compared, Grade, Loan, Shell};
use maud::{Markup, html};

pub fn compare_page(shell: &Shell<'_>, page: &ComparePage<'_>) -> Markup {
    document(
        shell,
        html! {
            div.wide.page {
                h1 { "Compare cars" }
                @if page.cars.is_empty() {
                    div.panel.empty {
                        h2 { "No cars to compare yet" }
                        p { "Choose Compare on two or three cars: here they stand side by side, and what differs is marked." }
                        p { a.button href="/cars" { "See all cars" } }
                    }
                } @else {
                    @if page.cars.len() == 1 { p.note role="note" { "One car is here. Choose Compare on another one to see how they differ." } }
                    (table(page.cars, &shell.shop.loan))
                }
            }
        },
    )
}

/// Features named that no other car here has.
const OWN_MAX: usize = 8;
const SIZES: &str = "(min-width:64em) 22rem,50vw";

fn table(cars: &[Compared<'_>], loan: &Loan) -> Markup {
    html! {
        div.panel.versus {
            table.{ "of-" (cars.len()) } {
                thead {
                    tr {
                        td {}
                        @for compared in cars {
                            th scope="col" {
                                @if let Some(photo) = compared.car.photos.first() { (Picture(photo, Loading::Eager, SIZES)) }
                                a href=(compared.href) { (compared.car.title) }
                            }
                        }
                    }
                }
                tbody { @for row in rows(cars, loan) { (row.markup()) } }
                tfoot {
                    tr {
                        td {}
                        @for compared in cars {
                            td { a href=(compared.without) data-do="drop" data-car=(compared.car.id) aria-label={ "Remove " (compared.car.title) } { "Remove" } }
                        }
                    }
                }
            }
        }
    }
}

/// One fact of all cars.
struct Row {
    name: &'static str,
    values: Vec<String>,
    /// Places of the best ones, when not all are equally good.
    best: Vec<usize>,
    /// What the best are: `lowest`.
    superlative: &'static str,
}

impl Row {
    fn markup(&self) -> Markup {
        let differs = self.values.iter().any(|value| *value != self.values[0]);
        html! {
            tr.diff[differs] {
                th scope="row" { (self.name) @if differs { span.skip { ", differs" } } }
                @for (place, value) in self.values.iter().enumerate() {
                    td { (value) @if self.best.contains(&place) { " " span.tag.good { (self.superlative) } } }
                }
            }
        }
    }
}

/// Sold cars have no price any more.
fn price(car: &CarPage<'_>) -> Option<u64> {
    car.sold.is_none().then_some(car.price_rupees)
}

fn flaws(car: &CarPage<'_>, grade: Grade) -> Option<usize> {
    car.inspection.map(|inspection| inspection.items.iter().filter(|item| item.grade == grade).count())
}

const NONE: &str = "–";

fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| NONE.to_owned())
}

/// The least is the best.
fn least(value: Option<u64>) -> Option<i64> {
    value.map(|value| -i64::try_from(value).unwrap_or(i64::MAX))
}

fn rows(cars: &[Compared<'_>], loan: &Loan) -> Vec<Row> {
    let cars = Cars(cars);
    let mut rows = Vec::from(money(&cars, loan));
    rows.extend(wear(&cars));
    rows.extend(build(&cars));
    rows
}

struct Cars<'a>(&'a [Compared<'a>]);

impl Cars<'_> {
    fn row(&self, name: &'static str, of: impl Fn(&CarPage<'_>) -> String) -> Row {
        let values = self.0.iter().map(|compared| of(&compared.car)).collect();
        Row { name, values, best: Vec::new(), superlative: "" }
    }

    /// A row in which the car of the greatest rank is the best.
    fn ranked(
        &self,
        (name, superlative): (&'static str, &'static str),
        of: impl Fn(&CarPage<'_>) -> String,
        rank: impl Fn(&CarPage<'_>) -> Option<i64>,
    ) -> Row {
        let ranks: Vec<_> = self.0.iter().map(|compared| rank(&compared.car)).collect();
        let (least, most) = (ranks.iter().flatten().min(), ranks.iter().flatten().max());
        let best = most.filter(|_| least != most).copied();
        let best = (0..ranks.len()).filter(|place| best.is_some() && ranks[*place] == best).collect();
        Row { best, superlative, ..self.row(name, of) }
    }

    /// Features of this car that no other one here has.
    fn own(&self, car: &CarPage<'_>) -> String {
        let has = |other: &Compared<'_>, name| {
            other.car.features.iter().any(|group| group.features.contains(&name))
        };
        let all = car.features.iter().flat_map(|group| group.features).copied();
        let own: Vec<_> =
            all.filter(|name| self.0.iter().filter(|other| has(other, *name)).count() == 1).collect();
        match own.split_at_checked(OWN_MAX) {
            _ if own.is_empty() || self.0.len() < 2 => NONE.to_owned(),
            Some((first, rest)) if !rest.is_empty() => {
                format!("{} and {} more", first.join(", "), rest.len())
            }
            _ => own.join(", "),
        }
    }
}

fn money(cars: &Cars<'_>, loan: &Loan) -> [Row; 3] {
    let emi = |price| format!("{} a month", rupees(loan.emi_from_rupees(price)));
    let verdict = |market: crate::props::Market<'_>| {
        format!("{}, middle {}", market.verdict.name(), rupees(market.median_rupees))
    };
    let asked = |car: &CarPage<'_>| price(car).map_or_else(|| "Sold".to_owned(), rupees);
    [
        cars.ranked(("Price", "lowest"), asked, |car| least(price(car))),
        cars.row("EMI from", |car| or_none(price(car).map(emi))),
        cars.row("Among cars like it", |car| or_none(car.market.map(verdict))),
    ]
}

fn wear(cars: &Cars<'_>) -> [Row; 5] {
    let score = |car: &CarPage<'_>| car.inspection.map(|inspection| i64::from(inspection.score));
    let found = |car: &CarPage<'_>| {
        let (major, minor) = (flaws(car, Grade::Major)?, flaws(car, Grade::Minor)?);
        Some((format!("{major} major, {minor} minor"), u64::try_from(major * 100 + minor).ok()?))
    };
    [
        cars.ranked(
            ("Registered", "newest"),
            |car| car.registration_year.to_string(),
            |car| Some(i64::from(car.registration_year)),
        ),
        cars.ranked(
            ("Driven", "least"),
            |car| kilometres(car.km_driven),
            |car| least(Some(u64::from(car.km_driven))),
        ),
        cars.ranked(
            ("Ownership", "fewest"),
            |car| owner(car.owner_number),
            |car| least(Some(u64::from(car.owner_number))),
        ),
        cars.ranked(
            ("Inspection", "best"),
            |car| or_none(score(car).map(|score| format!("{score} of 100"))),
            score,
        ),
        cars.ranked(
            ("Flaws found", "fewest"),
            |car| or_none(found(car).map(|(text, _)| text)),
            |car| least(found(car).map(|(_, weight)| weight)),
        ),
    ]
}

fn build(cars: &Cars<'_>) -> [Row; 11] {
    let hundredths = |value: f64| (value * 100.0) as i64;
    [
        cars.row("Fuel", |car| car.fuel.to_owned()),
        cars.row("Transmission", |car| car.transmission.to_owned()),
        cars.row("Engine", |car| or_none(car.engine_cc.map(|cc| format!("{} cc", grouped(u64::from(cc)))))),
        cars.ranked(
            ("Maximum power", "most"),
            |car| or_none(car.max_power_bhp.map(|bhp| format!("{bhp} bhp"))),
            |car| car.max_power_bhp.map(hundredths),
        ),
        cars.ranked(
            ("Mileage", "best"),
            |car| or_none(car.mileage_kmpl.map(|kmpl| format!("{kmpl} km/l"))),
            |car| car.mileage_kmpl.map(hundredths),
        ),
        cars.row("Seats", |car| or_none(car.seats.map(|seats| seats.to_string()))),
        cars.row("Body type", |car| car.body_type.to_owned()),
        cars.row("Colour", |car| car.colour.to_owned()),
        cars.row("Insurance", |car| car.insurance.to_owned()),
        cars.row("Only this one has", |car| cars.own(car)),
        cars.row("Where", |car| format!("{}, {}", car.hub.name, car.hub.city)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::CAR;

    fn compared(car: CarPage<'static>) -> Compared<'static> {
        Compared { car, href: "/car/x-1", without: "/compare?ids=2" }
    }

    #[test]
    fn the_best_of_a_row_is_named_unless_all_are_equal() {
        let loan = Loan { rate_percent: 10.5, months: 60, down_percent: 15 };
        let cars = [
            compared(CAR),
            compared(CarPage { price_rupees: 800_000, mileage_kmpl: None, ..CAR }),
            compared(CarPage { price_rupees: 800_000, sold: Some(CAR.listed), ..CAR }),
        ];
        let rows = rows(&cars, &loan);
        let best = |name| &rows.iter().find(|row| row.name == name).unwrap().best;
        assert_eq!(*best("Price"), [1], "a sold car is no bargain");
        assert!(best("Driven").is_empty(), "all the same");
        assert!(best("Mileage").is_empty(), "what is not known is not worse");
        assert_eq!(rows[0].values, ["₹9,04,000", "₹8,00,000", "Sold"]);
    }
}
