//! The price, how it stands among others, how far it has come down, and its whole history as a drawing and as a table.

use crate::format::{Day, IsoDay, Lakh, Rupees};
use crate::market::fairness;
use crate::props::{CarPage, Loan, PricePoint};
use maud::{Markup, Render, html};

/// How far the price is below the first one asked; `None` when it is not.
fn drop_rupees(car: &CarPage<'_>) -> Option<u64> {
    let first = car.price_history.first()?.price_rupees;
    first.checked_sub(car.price_rupees).filter(|drop| *drop > 0)
}

/// Price, what is said about it, and what it is a month.
pub(crate) fn price_line(car: &CarPage<'_>, loan: &Loan) -> Markup {
    html! {
        p.price {
            b { (Rupees(car.price_rupees)) }
            @if let Some(market) = &car.market { " " (market.verdict) }
            @if let Some(drop) = drop_rupees(car) { " " span.drop { (Rupees(drop)) " price drop" } }
        }
        p { "EMI from " a href="#emi" { (Rupees(loan.emi_from_rupees(car.price_rupees))) " a month" } }
        p.soft { "Price since " time datetime=(IsoDay(car.price_updated)) { (Day(car.price_updated)) } }
    }
}

/// Is the price fair, and what was it before?
pub(crate) fn price_section(car: &CarPage<'_>) -> Markup {
    html! {
        section.panel aria-labelledby="price" {
            h2 #price { "Is the price fair?" }
            (fairness(car))
            @if !car.price_history.is_empty() {
                h3 { "Price history" }
                p {
                    @match drop_rupees(car) {
                        Some(drop) => { (Rupees(drop)) " less than when the car was listed." },
                        None => "No reduction since the car was listed.",
                    }
                }
                @if car.price_history.len() > 1 { (chart(car)) }
                (table(car.price_history))
            }
        }
    }
}

fn table(points: &[PricePoint]) -> Markup {
    let mut before = None;
    let rows = points.iter().map(|point| (point, before.replace(point.price_rupees)));
    html! {
        table.history {
            thead { tr { th scope="col" { "Since" } th scope="col" { "Price" } th scope="col" { "Change" } } }
            tbody {
                @for (point, before) in rows {
                    tr {
                        td { time datetime=(IsoDay(point.date)) { (Day(point.date)) } }
                        td { (Rupees(point.price_rupees)) }
                        td { (Change { before, now: point.price_rupees }) }
                    }
                }
            }
        }
    }
}

struct Change {
    before: Option<u64>,
    now: u64,
}

impl Render for Change {
    fn render_to(&self, out: &mut String) {
        let Some(before) = self.before else { return out.push_str("First price") };
        out.push_str(if self.now < before { "−" } else { "+" });
        Rupees(self.now.abs_diff(before)).render_to(out);
    }
}

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 140.0;
const MARGIN: f64 = 12.0;

/// A step line: a price holds until the next one. The table below says the same in words.
fn chart(car: &CarPage<'_>) -> Markup {
    let points = positions(car.price_history);
    let steps = Steps(&points);
    let (first, last) = (points[0], points[points.len() - 1]);
    let highest = car.price_history.iter().map(|point| point.price_rupees).max().unwrap_or(car.price_rupees);
    let lowest = car.price_history.iter().map(|point| point.price_rupees).min().unwrap_or(car.price_rupees);
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
            aria-label={ "Price over time, between " (Lakh(lowest)) " and " (Lakh(highest)) } {
            path.area d={ (steps) "H" (WIDTH) "V" (HEIGHT) "H" (first.0) "z" } {}
            path.line d={ (steps) "H" (WIDTH) } {}
            @for (x, y) in &points { circle cx=(x) cy=(y) r="5" {} }
            circle.now cx=(last.0) cy=(last.1) r="7" {}
        }
    }
}

/// Where each price stands in the drawing, in whole units. The last tenth of the width is left for how long
/// the latest price holds.
fn positions(points: &[PricePoint]) -> Vec<(f64, f64)> {
    let day = |point: &PricePoint| f64::from(point.date.day_number());
    let price = |point: &PricePoint| point.price_rupees as f64;
    let (start, end) = (day(&points[0]), day(&points[points.len() - 1]));
    let lowest = points.iter().map(price).fold(f64::INFINITY, f64::min);
    let highest = points.iter().map(price).fold(0.0, f64::max);
    let share = |value: f64, from: f64, to: f64| if to > from { (value - from) / (to - from) } else { 0.5 };
    let place = |point: &PricePoint| {
        let x = MARGIN + share(day(point), start, end) * (WIDTH * 0.9 - 2.0 * MARGIN);
        let y = MARGIN + (1.0 - share(price(point), lowest, highest)) * (HEIGHT - 4.0 * MARGIN);
        (x.round(), y.round())
    };
    points.iter().map(place).collect()
}

struct Steps<'a>(&'a [(f64, f64)]);

impl Render for Steps<'_> {
    fn render_to(&self, out: &mut String) {
        for (at, (x, y)) in self.0.iter().enumerate() {
            html! { @if at == 0 { "M" (x) " " (y) } @else { "H" (x) "V" (y) } }.render_to(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::props::Date;

    #[test]
    fn prices_are_placed_by_day_and_amount() {
        let point = |day, price_rupees| PricePoint { date: Date { year: 2026, month: 9, day }, price_rupees };
        let places = positions(&[point(1, 900), point(11, 800), point(21, 1_000)]);
        assert_eq!(places, [(12.0, 58.0), (270.0, 104.0), (528.0, 12.0)]);
        assert_eq!(positions(&[point(1, 900), point(1, 900)]), [(270.0, 58.0), (270.0, 58.0)]);
    }

    #[test]
    fn changes_carry_their_sign() {
        let check = |before, now, expected: &str| assert_eq!(Change { before, now }.render().0, expected);
        check(None, 900, "First price");
        check(Some(950_000), 904_000, "−₹46,000");
        check(Some(900_000), 904_000, "+₹4,000");
    }
}
