//! One language for prices everywhere: the verdict as a badge, and the cars it was made from as a scale.

use crate::format::{Lakh, Rupees};
use crate::props::{CarPage, Market, Verdict};
use maud::{Markup, Render, html};

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Great => "Great price",
            Self::Good => "Good price",
            Self::Fair => "Fair price",
            Self::High => "High price",
        }
    }
}

impl Render for Verdict {
    fn render_to(&self, out: &mut String) {
        let class = match self {
            Self::Great | Self::Good => "good",
            Self::Fair => "fair",
            Self::High => "high",
        };
        html! { span.tag.(class) { (self.name()) } }.render_to(out);
    }
}

/// How the price stands among those of cars like it, in numbers, or why nothing is said.
pub(crate) fn fairness(car: &CarPage<'_>) -> Markup {
    html! {
        @match &car.market {
            Some(market) => {
                p { (market.verdict) " " (Distance { price: car.price_rupees, median: market.median_rupees }) " of " (market.cars) " " (market.what) " for sale here." }
                (scale(car.price_rupees, market))
            },
            None => p.soft { "No analysis: too few cars like this one are for sale right now." },
        }
    }
}

struct Distance {
    price: u64,
    median: u64,
}

impl Render for Distance {
    fn render_to(&self, out: &mut String) {
        let Self { price, median } = *self;
        // The median is rounded to the thousand; less than that is no difference.
        if price.abs_diff(median) < 1_000 {
            return out.push_str("At the middle");
        }
        Rupees(price.abs_diff(median)).render_to(out);
        out.push_str(if price < median { " below the middle" } else { " above the middle" });
    }
}

const WIDTH: f64 = 600.0;
const MARGIN: f64 = 14.0;

/// Where eight of ten such cars are, the middle, and this one.
fn scale(price_rupees: u64, market: &Market<'_>) -> Markup {
    let Market { low_rupees, median_rupees, high_rupees, .. } = *market;
    let (from, to) = (low_rupees.min(price_rupees) as f64, high_rupees.max(price_rupees) as f64);
    let place = |rupees: u64| {
        let share = if to > from { (rupees as f64 - from) / (to - from) } else { 0.5 };
        (MARGIN + share * (WIDTH - 2.0 * MARGIN)).round()
    };
    let (low, middle, high, own) =
        (place(low_rupees), place(median_rupees), place(high_rupees), place(price_rupees));
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " 36" } role="img"
            aria-label={ "This price between " (Lakh(low_rupees)) " and " (Lakh(high_rupees)) ", middle " (Lakh(median_rupees)) } {
            path.track d={ "M" (low) " 18H" (high) } {}
            path.line d={ "M" (middle) " 6v24" } {}
            circle.now cx=(own) cy="18" r="11" {}
        }
        p.ends { span { (Lakh(low_rupees)) } " " span { "middle " (Lakh(median_rupees)) } " " span { (Lakh(high_rupees)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_from_the_middle_are_said_in_rupees() {
        let check =
            |price, median, expected: &str| assert_eq!(Distance { price, median }.render().0, expected);
        check(904_000, 950_000, "₹46,000 below the middle");
        check(1_000_000, 950_000, "₹50,000 above the middle");
        check(950_400, 950_000, "At the middle");
    }
}
