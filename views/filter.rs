//! What a listing can be narrowed by: one plain form, and a chip for each choice that is made.
//!
//! On a phone the form is a bar above the cards, which opens into a sheet over the whole screen; with room it is a
//! panel beside them. Both are the same `<details>`, so both work without a script; `style.css` holds the other half.
//! There are some 180 values on a page, hence no element and no class that is not needed.

use crate::format::Grouped;
use crate::props::{Choice, FilterGroup, ListingPage, RangeFilter, SortOption};
use maud::{Markup, html};

/// `novalidate`: the server takes any number, not only whole steps. `autocomplete`: coming back shows what
/// the list is narrowed by, not what was ticked and left.
pub(crate) fn filters(page: &ListingPage<'_>) -> Markup {
    let (budget, ranges) = page.ranges.split_at(page.ranges.len().min(1));
    html! {
        form.sift method="get" action="/cars" aria-label="Filters" novalidate autocomplete="off" {
            a.skip href="#cars" { "Skip filters" }
            details.sheet {
                summary {
                    svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" { path d="M1 3h14M3 8h10M6 13h4" {} }
                    "Filters & sort"
                    @if !page.chips.is_empty() { " " b { (page.chips.len()) } }
                }
                (sort(page.sorts))
                @for budget in budget { (range(budget, true)) }
                @for values in page.groups { (group(values)) }
                @for bounds in ranges { (range(bounds, bounds.min.or(bounds.max).is_some())) }
                p.go { button.button { "Show cars" } }
            }
            (chips(page))
        }
    }
}

fn sort(sorts: &[SortOption<'_>]) -> Markup {
    html! {
        @if !sorts.is_empty() {
            label.sort {
                "Sort by "
                select name="sort" {
                    @for sort in sorts { option value=(sort.value) selected[sort.is_selected] { (sort.label) } }
                }
            }
        }
    }
}

fn group(group: &FilterGroup<'_>) -> Markup {
    let kind = match group.kind {
        Choice::Many => "checkbox",
        Choice::One => "radio",
    };
    let chosen = group.values.iter().filter(|value| value.is_selected && !value.value.is_empty()).count();
    html! {
        details.g aria-label=(group.title) open[group.is_open] {
            summary { (group.title) @if chosen > 0 { " " b { (chosen) } } }
            @for value in group.values {
                label {
                    input type=(kind) name=(group.key) value=(value.value) checked[value.is_selected]
                        disabled[value.count == 0 && !value.is_selected];
                    " " (value.label) " " span { (Grouped(value.count as u64)) }
                }
            }
        }
    }
}

fn range(range: &RangeFilter<'_>, is_open: bool) -> Markup {
    html! {
        details.g.r aria-label=(range.title) open[is_open] {
            summary { (range.title) " " (range.unit) }
            @for (name, bound) in [("min", range.min), ("max", range.max)] {
                label {
                    @if name == "min" { "From" } @else { "To" }
                    input type="number" name={ (range.key) "_" (name) } value=[bound] min="0" step=(range.step);
                }
            }
        }
    }
}

/// What narrows this list, and then what would narrow it best.
fn chips(page: &ListingPage<'_>) -> Markup {
    html! {
        div.chips {
            @if !page.chips.is_empty() {
                ul aria-label="Chosen filters" {
                    @for chip in page.chips { li { a.on href=(chip.href) aria-label={ "Remove " (chip.label) } { (chip.label) } } }
                    @if let Some(clear) = page.clear { li { a href=(clear) { "Clear all" } } }
                }
            }
            @if !page.promoted.is_empty() {
                ul aria-label="Popular filters" {
                    @for chip in page.promoted { li { a.add href=(chip.href) { (chip.label) } } }
                }
            }
        }
    }
}
