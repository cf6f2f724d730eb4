//! What the car is (specification) and what it has (features).

use crate::format::{Day, Grouped, IsoDay, Kilometres, Owner};
use crate::props::{CarPage, FeatureGroup};
use maud::{Markup, Render, html};

pub(crate) fn specification_section(car: &CarPage<'_>) -> Markup {
    html! {
        section.panel aria-labelledby="specification" {
            h2 #specification { "Specification" }
            dl.rows {
                (row("Make", html! { (car.make) ", " (car.make_country) }))
                (row("Model", car.model))
                (row("Variant", car.variant))
                (row("Registered", car.registration_year))
                (row("Driven", Kilometres(car.km_driven)))
                (row("Ownership", Owner(car.owner_number)))
                (row("Fuel", car.fuel))
                (row("Transmission", car.transmission))
                @if let Some(cc) = car.engine_cc { (row("Engine", html! { (Grouped(u64::from(cc))) " cc" })) }
                @if let Some(bhp) = car.max_power_bhp { (row("Maximum power", html! { (bhp) " bhp" })) }
                @if let Some(kmpl) = car.mileage_kmpl { (row("Mileage", html! { (kmpl) " km/l" })) }
                @if let Some(seats) = car.seats { (row("Seats", seats)) }
                (row("Body type", car.body_type))
                (row("Colour", car.colour))
                (row("Insurance", car.insurance))
                (row("Listed", html! { time datetime=(IsoDay(car.listed)) { (Day(car.listed)) } }))
            }
        }
    }
}

fn row(name: &str, value: impl Render) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

pub(crate) fn features_section(groups: &[FeatureGroup<'_>]) -> Markup {
    html! {
        @if groups.iter().any(|group| !group.features.is_empty()) {
            section.panel aria-labelledby="features" {
                h2 #features { "Features" }
                div.groups {
                    @for group in groups.iter().filter(|group| !group.features.is_empty()) {
                        div {
                            h3 { (group.name) }
                            ul.ticks { @for feature in group.features { li { (feature) } } }
                        }
                    }
                }
            }
        }
    }
}
