//! The inspection: score, counts by grade, every item that is not a pass, and the report in full.

use crate::format::{Count, Day, IsoDay};
use crate::props::{Grade, Inspection};
use maud::{Markup, html};

pub(crate) fn inspection_section(inspection: &Inspection<'_>) -> Markup {
    html! {
        section.panel aria-labelledby="inspection" {
            h2 #inspection { "Inspection" }
            div.verdict {
                (ring(inspection.score))
                div {
                    ul.grades {
                        @for grade in Grade::ALL {
                            @let count = inspection.items.iter().filter(|item| item.grade == grade).count();
                            li { b { (count) } " " (label(grade)) }
                        }
                    }
                    p.soft {
                        (Count(inspection.items.len(), "check")) " by " (inspection.inspector) " on "
                        time datetime=(IsoDay(inspection.date)) { (Day(inspection.date)) }
                    }
                }
            }
            (findings(inspection))
            (report(inspection))
        }
    }
}

fn label(grade: Grade) -> Markup {
    html! {
        @match grade {
            Grade::Pass => span.grade.pass { "Pass" },
            Grade::Minor => span.grade.minor { "Minor" },
            Grade::Major => span.grade.major { "Major" },
        }
    }
}

/// The score as a ring that is full at 100: a circle of this radius is 100 units long.
fn ring(score: u8) -> Markup {
    html! {
        svg.ring viewBox="0 0 40 40" width="80" height="80" role="img" aria-label={ "Score " (score) " of 100" } {
            circle cx="20" cy="20" r="15.9155" {}
            circle cx="20" cy="20" r="15.9155" stroke-dasharray={ (score) " 100" } transform="rotate(-90 20 20)" {}
            text x="20" y="24.5" { (score) }
        }
    }
}

fn findings(inspection: &Inspection<'_>) -> Markup {
    html! {
        @if inspection.items.iter().any(|item| item.grade != Grade::Pass) {
            h3 { "What the inspector found" }
            ul.findings {
                @for item in inspection.items.iter().filter(|item| item.grade != Grade::Pass) {
                    li {
                        (label(item.grade)) " "
                        span { b { (item.item) } @if !item.note.is_empty() { ": " (item.note) } }
                        " " span.soft { (item.section) }
                    }
                }
            }
        } @else {
            p { "The inspector found nothing to remark." }
        }
    }
}

fn report(inspection: &Inspection<'_>) -> Markup {
    html! {
        details {
            summary { "Full report" }
            table {
                thead { tr { th scope="col" { "Check" } th scope="col" { "Result" } th scope="col" { "Note" } } }
                @for section in inspection.items.chunk_by(|a, b| a.section == b.section) {
                    tbody {
                        tr { th colspan="3" scope="rowgroup" { (section[0].section) } }
                        @for item in section {
                            tr { td { (item.item) } td { (label(item.grade)) } td { (item.note) } }
                        }
                    }
                }
            }
        }
    }
}
