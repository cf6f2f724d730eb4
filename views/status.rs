//! The status page of a process, for operators: state, charts of the last minutes, facts, tables. Without scripts; it loads
//! itself anew.

use crate::document::stylesheet;
use maud::{DOCTYPE, Markup, html};

const STYLESHEET: &str = include_str!("status.css");

/// Units of a chart's drawing; it is stretched to whatever room there is.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 72.0;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Warn,
    Bad,
}

#[derive(Clone, Debug)]
pub struct Status {
    /// `Forecourt serve`
    pub title: String,
    pub tone: Tone,
    /// `ready`, `degraded`
    pub state: String,
    /// One line below the title.
    pub about: String,
    /// What is wrong, in words.
    pub faults: Vec<String>,
    /// `last 15 min`
    pub span: String,
    pub charts: Vec<Chart>,
    pub groups: Vec<Group>,
    pub tables: Vec<Table>,
    /// Addresses beside this one.
    pub links: Vec<&'static str>,
    pub reload_s: u32,
}

#[derive(Clone, Debug)]
pub struct Chart {
    pub title: &'static str,
    /// What the upper edge stands for, with its unit; the lower edge is zero.
    pub top: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub name: &'static str,
    /// The latest value, with its unit.
    pub latest: String,
    /// From the oldest to the latest, in equal steps, as parts of the upper edge; `None`: not known.
    pub points: Vec<Option<f64>>,
}

/// Facts that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    pub title: String,
    pub facts: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub title: String,
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Instead of no rows.
    pub empty: &'static str,
}

#[must_use]
pub fn status_page(status: &Status) -> Markup {
    let class = |tone| match tone {
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex";
                meta http-equiv="refresh" content=(status.reload_s);
                title { (status.state) " · " (status.title) }
                style { (stylesheet(STYLESHEET)) }
            }
            body {
                header {
                    h1 { (status.title) " " span class={ "state " (class(status.tone)) } { (status.state) } }
                    p { (status.about) }
                }
                main {
                    @if !status.faults.is_empty() {
                        ul class={ "faults " (class(status.tone)) } { @for fault in &status.faults { li { (fault) } } }
                    }
                    section aria-label={ "Charts, " (status.span) } class="charts" {
                        @for chart in &status.charts { (chart_figure(chart, &status.span)) }
                    }
                    section aria-label="Facts" class="groups" {
                        @for group in &status.groups {
                            article {
                                h2 { (group.title) }
                                dl { @for (name, value) in &group.facts { div { dt { (name) } dd { (value) } } } }
                            }
                        }
                    }
                    @for table in &status.tables { (table_section(table)) }
                }
                footer {
                    nav aria-label="More" { @for link in &status.links { a href=(link) { (link) } " " } }
                    p { "Loads itself anew every " (status.reload_s) " s." }
                }
            }
        }
    }
}

fn chart_figure(chart: &Chart, span: &str) -> Markup {
    html! {
        figure {
            figcaption { (chart.title) }
            p class="latest" {
                @for (i, line) in chart.lines.iter().enumerate() {
                    span class={ "line" (i) } { b { (line.latest) } @if chart.lines.len() > 1 { " " (line.name) } }
                }
            }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                aria-label={ (chart.title) ", " (span) ", up to " (chart.top) } {
                @for (i, line) in chart.lines.iter().enumerate().rev() {
                    @for run in runs(&line.points) {
                        @if i == 0 { polygon class="area" points=(area(&run)) {} }
                        polyline class={ "line" (i) } points=(run.iter().map(point).collect::<String>()) {}
                    }
                }
            }
            p class="scale" { span { (span) } span { "top " (chart.top) } }
        }
    }
}

/// The stretches of a line of which something is known, in units of the drawing.
fn runs(points: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let step = WIDTH / (points.len().max(2) - 1) as f64;
    let place = |(i, value): (usize, &Option<f64>)| {
        // A line along an edge is seen whole.
        value.map(|value| (i as f64 * step, 1.0 + (HEIGHT - 2.0) * (1.0 - value.clamp(0.0, 1.0))))
    };
    let places: Vec<_> = points.iter().enumerate().map(place).collect();
    places
        .split(Option::is_none)
        .filter(|run| !run.is_empty())
        .map(|run| run.iter().copied().flatten().collect())
        .collect()
}

fn point((x, y): &(f64, f64)) -> String {
    format!("{x:.1},{y:.1} ")
}

/// What is below a line.
fn area(run: &[(f64, f64)]) -> String {
    let ends = [run.last(), run.first()].into_iter().flatten().map(|(x, _)| point(&(*x, HEIGHT)));
    run.iter().map(point).chain(ends).collect()
}

fn table_section(table: &Table) -> Markup {
    html! {
        section {
            h2 { (table.title) }
            @if table.rows.is_empty() {
                p class="soft" { (table.empty) }
            } @else {
                div class="scroll" tabindex="0" role="region" aria-label=(table.title) {
                    table {
                        thead { tr { @for head in &table.heads { th scope="col" { (head) } } } }
                        tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_where_it_is_known_and_ends_at_the_edges() {
        let points = [None, Some(0.0), Some(1.0), None, Some(7.0)];
        assert_eq!(runs(&points), [vec![(75.0, 71.0), (150.0, 1.0)], vec![(300.0, 1.0)]]);
        assert!(runs(&[]).is_empty() && runs(&[None]).is_empty());
        assert_eq!(area(&[(0.0, 9.0), (5.0, 8.0)]), "0.0,9.0 5.0,8.0 5.0,72.0 0.0,72.0 ");
    }

    #[test]
    fn what_rows_hold_is_escaped() {
        let table = Table {
            title: "Quarantine".to_owned(),
            heads: vec!["reason".to_owned()],
            rows: vec![vec!["<script>".to_owned()]],
            empty: "",
        };
        assert!(table_section(&table).into_string().contains("&lt;script&gt;"));
    }
}
