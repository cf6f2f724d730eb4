//! The frame around every page: head, skip link, header, footer. The only raw output of the crate is here.

use crate::props::{Part, Robots, Shell};
use crate::style::STYLESHEET;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

pub(crate) const SITE: &str = "Forecourt";

/// A page around what stands in its `<main>`, or its fragment.
pub(crate) fn document(shell: &Shell<'_>, main: impl Render) -> Markup {
    html! { (open(shell)) (main) (close(shell.part)) }
}

/// A tag that opens in one piece of a page and closes in another. It is written in this crate, never made from
/// a prop.
pub(crate) const fn tag(html: &'static str) -> PreEscaped<&'static str> {
    PreEscaped(html)
}

/// From the first byte to the start of `<main>`.
pub(crate) fn open(shell: &Shell<'_>) -> Markup {
    html! {
        @match shell.part {
            Part::Page => (head(shell)),
            Part::Fragment => { title { (shell.title) } link rel="canonical" href=(shell.canonical); },
        }
        (tag(r#"<main id="main" tabindex="-1">"#))
    }
}

/// Everything before `<main>` that a fragment leaves out.
fn head(shell: &Shell<'_>) -> Markup {
    html! {
        (DOCTYPE)
        (tag(r#"<html lang="en-IN">"#))
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width,initial-scale=1";
            title { (shell.title) }
            style { (PreEscaped(STYLESHEET)) }
            meta name="description" content=(shell.description);
            link rel="canonical" href=(shell.canonical);
            @match shell.robots {
                Robots::NoIndex => meta name="robots" content="noindex";,
                Robots::Index => {},
            }
            link rel="icon" type="image/svg+xml" href=(shell.icon);
            meta name="theme-color" content="#fff" media="(prefers-color-scheme:light)";
            meta name="theme-color" content="#151f1f" media="(prefers-color-scheme:dark)";
            (open_graph(shell))
        }
        (tag("<body>"))
        a.skip href="#main" { "Skip to content" }
        (header())
    }
}

/// From the end of `<main>` to the last byte; the same on every page.
pub(crate) fn close(part: Part) -> Markup {
    html! { (tag("</main>")) @if part == Part::Page { (footer()) (tag("</body></html>")) } }
}

/// What a shared link looks like. See <https://ogp.me>.
fn open_graph(shell: &Shell<'_>) -> Markup {
    html! {
        meta property="og:type" content="website";
        meta property="og:site_name" content=(SITE);
        meta property="og:locale" content="en_IN";
        meta property="og:title" content=(shell.title);
        meta property="og:description" content=(shell.description);
        meta property="og:url" content=(shell.canonical);
        @if let Some(image) = shell.og_image {
            meta property="og:image" content=(image);
            meta name="twitter:card" content="summary_large_image";
        }
    }
}

/// Where a script shows the cars that were looked at last.
pub(crate) fn recent() -> Markup {
    html! { section.recent hidden data-recent {} }
}

fn header() -> Markup {
    html! {
        header.top {
            div.wide {
                a.logo href="/" {
                    svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" {
                        path d="M3 9.5 16 4l13 5.5v3H3zM5 15h22v12h-3v-9H8v9H5z" {}
                        path d="M10.5 27v-4l1.6-3.5h7.8l1.6 3.5v4h-2.2v-1.5h-6.6V27z" {}
                    }
                    (SITE)
                }
                nav aria-label="Main" {
                    a href="/cars" { "All cars" }
                    a href="/shortlist" { "Shortlist" b hidden data-count {} }
                }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.end {
            div.wide {
                p { b { (SITE) } " Used cars with their price history and inspection report in full." }
                p.soft { "Prices are in Indian rupees." }
            }
        }
    }
}
