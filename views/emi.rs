//! What a car costs a month: the sum, the calculator on a car's page, and the page that answers it.

use crate::card::{Level, item};
use crate::document::document;
use crate::format::Rupees;
use crate::photo::Loading;
use crate::props::{EmiPage, Loan, Shell};
use maud::{Markup, html};

/// Months people borrow for.
const MONTHS: [u32; 7] = [12, 24, 36, 48, 60, 72, 84];

impl Loan {
    /// What is paid down unless somebody says otherwise, to the thousand.
    pub fn down_rupees(&self, price_rupees: u64) -> u64 {
        price_rupees * u64::from(self.down_percent) / 100 / 1_000 * 1_000
    }

    /// The instalment of a month that pays back `borrowed_rupees` in `months`: an annuity, rounded up.
    pub fn emi_rupees(&self, borrowed_rupees: u64, months: u32) -> u64 {
        let (borrowed, months) = (borrowed_rupees as f64, f64::from(months.max(1)));
        let rate = self.rate_percent / 1_200.0;
        let emi = if rate > 0.0 {
            let growth = (1.0 + rate).powf(months);
            borrowed * rate * growth / (growth - 1.0)
        } else {
            borrowed / months
        };
        emi.ceil() as u64
    }

    /// "EMI from": what is paid down and the months as they are by default.
    pub fn emi_from_rupees(&self, price_rupees: u64) -> u64 {
        self.emi_rupees(price_rupees.saturating_sub(self.down_rupees(price_rupees)), self.months)
    }
}

/// The calculator. A script shows the answer while somebody types; without one the button leads to it.
pub(crate) fn calculator(id: u64, price_rupees: u64, down_rupees: u64, months: u32, loan: &Loan) -> Markup {
    let emi = loan.emi_rupees(price_rupees.saturating_sub(down_rupees), months);
    html! {
        form.emi method="get" action="/emi" data-emi data-price=(price_rupees) data-rate=(loan.rate_percent) {
            input type="hidden" name="car" value=(id);
            label { "Paid down ₹" input type="number" name="down" inputmode="numeric" min="0" max=(price_rupees * 9 / 10) step="1000" value=(down_rupees) required; }
            label {
                "Months"
                select name="months" {
                    @for choice in MONTHS { option selected[choice == months] { (choice) } }
                    @if !MONTHS.contains(&months) { option selected { (months) } }
                }
            }
            p { output name="emi" { (Rupees(emi)) } " a month" }
            button.button.plain { "Calculate" }
        }
    }
}

pub fn emi_page(shell: &Shell<'_>, page: &EmiPage<'_>) -> Markup {
    let EmiPage { car, down_rupees, months, .. } = *page;
    let loan = &shell.shop.loan;
    let borrowed = car.price_rupees.saturating_sub(down_rupees);
    let emi = loan.emi_rupees(borrowed, months);
    let interest = |emi: u64, months: u32| (emi * u64::from(months)).saturating_sub(borrowed);
    html! {
        (document(shell, html! {
            div.wide.page {
                h1 { "EMI for the " (car.title) }
                div.split {
                    section.panel aria-labelledby="emi" {
                        h2 #emi { (Rupees(emi)) " a month for " (months) " months" }
                        (calculator(car.id, car.price_rupees, down_rupees, months, loan))
                        dl.rows {
                            div { dt { "Price" } dd { (Rupees(car.price_rupees)) } }
                            div { dt { "Paid down" } dd { (Rupees(down_rupees)) } }
                            div { dt { "Borrowed" } dd { (Rupees(borrowed)) } }
                            div { dt { "Interest" } dd { (Rupees(interest(emi, months))) } }
                        }
                        table {
                            caption { "Other terms at " (loan.rate_percent) " % a year" }
                            thead { tr { th scope="col" { "Months" } th scope="col" { "EMI" } th scope="col" { "Interest" } } }
                            tbody {
                                @for months in MONTHS {
                                    @let emi = loan.emi_rupees(borrowed, months);
                                    tr { td { (months) } td { (Rupees(emi)) } td { (Rupees(interest(emi, months))) } }
                                }
                            }
                        }
                        p.soft { "An example, not an offer: the bank decides about rate and amount." }
                    }
                    div {
                        ul.cards { (item(&car, Level::H2, Loading::First)) }
                        p.more { a.button href=(car.href) { "Back to the car" } }
                    }
                }
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::Loan;

    #[test]
    fn an_annuity_pays_back_what_was_borrowed_and_its_interest() {
        let check = |rate_percent, borrowed, months, expected| {
            let loan = Loan { rate_percent, months: 60, down_percent: 15 };
            assert_eq!(loan.emi_rupees(borrowed, months), expected);
        };
        // 5,00,000 at 10.5 % over 60 months: 10,746.95, as every bank's table says.
        check(10.5, 500_000, 60, 10_747);
        check(9.0, 100_000, 12, 8_746);
        check(0.0, 120_000, 12, 10_000);
        check(10.5, 0, 60, 0);
        check(10.5, 500, 0, 505);
    }

    #[test]
    fn emi_from_is_what_the_calculator_begins_with() {
        let loan = Loan { rate_percent: 10.5, months: 60, down_percent: 15 };
        assert_eq!(loan.down_rupees(904_000), 135_000);
        assert_eq!(loan.emi_from_rupees(904_000), loan.emi_rupees(769_000, 60));
    }
}
