//! How numbers and days read in India: `₹9,04,000`, `51,146 km`, `20 Sep 2026`, `1st owner`.
//!
//! Public functions return a `String` for titles and descriptions; the types beside them write themselves
//! straight into a page, without a `String` of their own.

use crate::props::Date;
use maud::Render;

/// `₹9,04,000`: the full amount with Indian grouping.
pub fn rupees(amount: u64) -> String {
    Rupees(amount).render().into_string()
}

/// `₹9.04 lakh`, `₹1.25 crore`; below one lakh the full amount. Rounded to two decimals.
pub fn lakh(amount: u64) -> String {
    Lakh(amount).render().into_string()
}

/// `51,146 km`
pub fn kilometres(distance: u32) -> String {
    Kilometres(distance).render().into_string()
}

/// `20 Sep 2026`
pub fn date(day: Date) -> String {
    Day(day).render().into_string()
}

/// `1st owner`, `2nd owner`
pub fn owner(number: u8) -> String {
    Owner(number).render().into_string()
}

/// `10,23,456`
pub fn grouped(number: u64) -> String {
    Grouped(number).render().into_string()
}

const LAKH: u64 = 100_000;
const CRORE: u64 = 10_000_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(crate) struct Grouped(pub(crate) u64);

impl Render for Grouped {
    fn render_to(&self, out: &mut String) {
        // 20 digits of u64::MAX and a comma after every second one, built from the right.
        let mut digits = [0_u8; 32];
        let (mut at, mut rest, mut written) = (digits.len(), self.0, 0);
        loop {
            if written >= 3 && written % 2 == 1 {
                at -= 1;
                digits[at] = b',';
            }
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            written += 1;
            if rest == 0 {
                break;
            }
        }
        out.push_str(std::str::from_utf8(&digits[at..]).expect("digits and commas are ASCII"));
    }
}

pub(crate) struct Rupees(pub(crate) u64);

impl Render for Rupees {
    fn render_to(&self, out: &mut String) {
        out.push('₹');
        Grouped(self.0).render_to(out);
    }
}

pub(crate) struct Lakh(pub(crate) u64);

impl Render for Lakh {
    fn render_to(&self, out: &mut String) {
        let hundredths = |unit: u64| self.0.saturating_add(unit / 200) / (unit / 100);
        // Rounding can carry ₹99,99,999 into the next unit, so the unit is chosen after it.
        let (hundredths, unit) = match self.0 {
            ..LAKH => return Rupees(self.0).render_to(out),
            _ if hundredths(LAKH) < CRORE / LAKH * 100 => (hundredths(LAKH), " lakh"),
            _ => (hundredths(CRORE), " crore"),
        };
        out.push('₹');
        Grouped(hundredths / 100).render_to(out);
        let (tenth, hundredth) = (hundredths / 10 % 10, hundredths % 10);
        if tenth + hundredth > 0 {
            out.push('.');
            tenth.render_to(out);
            if hundredth > 0 {
                hundredth.render_to(out);
            }
        }
        out.push_str(unit);
    }
}

pub(crate) struct Kilometres(pub(crate) u32);

impl Render for Kilometres {
    fn render_to(&self, out: &mut String) {
        Grouped(u64::from(self.0)).render_to(out);
        out.push_str(" km");
    }
}

pub(crate) struct Day(pub(crate) Date);

impl Render for Day {
    fn render_to(&self, out: &mut String) {
        self.0.day.render_to(out);
        out.push(' ');
        out.push_str(MONTHS.get(usize::from(self.0.month).wrapping_sub(1)).unwrap_or(&"?"));
        out.push(' ');
        self.0.year.render_to(out);
    }
}

/// `2026-09-20`, the machine form of `<time datetime>`.
pub(crate) struct IsoDay(pub(crate) Date);

impl Render for IsoDay {
    fn render_to(&self, out: &mut String) {
        let Date { year, month, day } = self.0;
        year.render_to(out);
        for part in [month, day] {
            out.push_str(if part < 10 { "-0" } else { "-" });
            part.render_to(out);
        }
    }
}

pub(crate) struct Owner(pub(crate) u8);

impl Render for Owner {
    fn render_to(&self, out: &mut String) {
        self.0.render_to(out);
        out.push_str(match (self.0 % 10, self.0 % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        });
        out.push_str(" owner");
    }
}

/// A count with its noun: `1 car`, `10,000 cars`.
pub(crate) struct Count(pub(crate) usize, pub(crate) &'static str);

impl Render for Count {
    fn render_to(&self, out: &mut String) {
        Grouped(self.0 as u64).render_to(out);
        out.push(' ');
        out.push_str(self.1);
        if self.0 != 1 {
            out.push('s');
        }
    }
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "amounts are grouped as the expected text is")]
mod tests {
    use super::*;

    #[test]
    fn rupees_are_grouped_the_indian_way() {
        let check = |amount, expected: &str| assert_eq!(rupees(amount), expected);
        check(0, "₹0");
        check(999, "₹999");
        check(1_000, "₹1,000");
        check(95_500, "₹95,500");
        check(9_04_000, "₹9,04,000");
        check(1_00_00_000, "₹1,00,00,000");
        check(u64::MAX, "₹1,84,46,74,40,73,70,95,51,615");
    }

    #[test]
    fn lakh_and_crore_are_rounded_to_two_decimals() {
        let check = |amount, expected: &str| assert_eq!(lakh(amount), expected);
        check(99_999, "₹99,999");
        check(1_00_000, "₹1 lakh");
        check(9_04_000, "₹9.04 lakh");
        check(9_10_000, "₹9.1 lakh");
        check(9_04_499, "₹9.04 lakh");
        check(9_04_500, "₹9.05 lakh");
        check(99_99_400, "₹99.99 lakh");
        check(99_99_999, "₹1 crore");
        check(1_25_00_000, "₹1.25 crore");
    }

    #[test]
    fn distances_days_and_owners_read_well() {
        assert_eq!(kilometres(51_146), "51,146 km");
        assert_eq!(kilometres(1_51_146), "1,51,146 km");
        assert_eq!(date(Date { year: 2026, month: 9, day: 20 }), "20 Sep 2026");
        assert_eq!(date(Date { year: 2026, month: 0, day: 1 }), "1 ? 2026");
        assert_eq!(IsoDay(Date { year: 2026, month: 9, day: 2 }).render().0, "2026-09-02");
        for (number, expected) in [
            (1, "1st owner"),
            (2, "2nd owner"),
            (3, "3rd owner"),
            (4, "4th owner"),
            (11, "11th owner"),
            (22, "22nd owner"),
        ] {
            assert_eq!(owner(number), expected);
        }
        assert_eq!(Count(1, "car").render().0, "1 car");
        assert_eq!(Count(10_000, "car").render().0, "10,000 cars");
    }

    #[test]
    fn days_are_counted_across_leap_years() {
        let check =
            |(year, month, day), expected| assert_eq!(Date { year, month, day }.day_number(), expected);
        check((1970, 1, 1), 0);
        check((2000, 2, 29), 11_016);
        check((2000, 3, 1), 11_017);
        check((2026, 11, 24), 20_781);
    }
}
