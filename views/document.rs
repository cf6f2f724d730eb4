//! The frame around every page: head, skip link, header, footer. The only raw output of the crate is here.

use crate::hub::{Dialled, Spaced, whatsapp};
use crate::props::{Part, Robots, Share, Shell, Shop};
use crate::style::STYLESHEET;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use std::sync::LazyLock;

/// The site's name.
pub const SITE: &str = "Forecourt";

/// For browsers where our own script does not run, or not yet: it marks the document when it does, since it fetches ahead
/// by itself, and nothing may be fetched twice.
pub const SPECULATION_RULES: &str = concat!(
    r#"{"prefetch":[{"where":{"and":[{"href_matches":"/car/*"},"#,
    r#"{"selector_matches":":root:not(.js) a"}]},"eagerness":"moderate"}]}"#
);

/// A page around what stands in its `<main>`, or its fragment.
pub(crate) fn document(shell: &Shell<'_>, main: impl Render) -> Markup {
    html! { (open(shell)) (main) (close(shell)) }
}

/// A tag that opens in one piece of a page and closes in another. It is written in this crate, never made from
/// a prop.
pub(crate) const fn tag(html: &'static str) -> PreEscaped<&'static str> {
    PreEscaped(html)
}

/// What stands between `<style>` and `</style>`, from a file of this crate.
pub(crate) const fn stylesheet(css: &'static str) -> PreEscaped<&'static str> {
    PreEscaped(css)
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

/// What every page begins with, whatever it shows: half of its bytes. Fragments go without.
pub fn opening() -> &'static str {
    static OPENING: LazyLock<String> = LazyLock::new(|| {
        let markup = html! {
            (DOCTYPE)
            (tag(r#"<html lang="en-IN"><head>"#))
            meta charset="utf-8";
            meta name="viewport" content="width=device-width,initial-scale=1";
            meta name="theme-color" content="#fff" media="(prefers-color-scheme:light)";
            meta name="theme-color" content="#151f1f" media="(prefers-color-scheme:dark)";
            script type="speculationrules" { (PreEscaped(SPECULATION_RULES)) }
            style { (PreEscaped(STYLESHEET)) }
        };
        markup.into_string()
    });
    &OPENING
}

/// Everything before `<main>` that a fragment leaves out.
fn head(shell: &Shell<'_>) -> Markup {
    html! {
        (PreEscaped(opening()))
            title { (shell.title) }
            meta name="description" content=(shell.description);
            link rel="canonical" href=(shell.canonical);
            @match shell.robots {
                Robots::NoIndex => meta name="robots" content="noindex";,
                Robots::Index => meta name="robots" content="max-image-preview:large";,
            }
            script src=(shell.script) defer {}
            @if let Some(manifest) = shell.manifest { link rel="manifest" href=(manifest); }
            link rel="icon" type="image/svg+xml" href=(shell.icon);
            (open_graph(shell))
        (tag("</head><body>"))
        a.skip href="#main" { "Skip to content" }
        (header())
    }
}

/// From the end of `<main>` to the last byte; the same for the same structured data, which fragments go without.
pub(crate) fn close(shell: &Shell<'_>) -> Markup {
    html! {
        (tag("</main>"))
        @if shell.part == Part::Page {
            (footer(&shell.shop))
            p.said.skip aria-live="polite" {}
            a.told.button hidden {}
            @if let Some(json) = shell.structured {
                (tag(r#"<script type="application/ld+json">"#)) (Json(json)) (tag("</script>"))
            }
            (tag("</body></html>"))
        }
    }
}

/// JSON as the text of a script element, in which nothing is escaped and only its end tag ends it. What could be read as
/// part of a tag stands inside of JSON's strings alone, and is written as they write any character.
struct Json<'a>(&'a str);

impl Render for Json<'_> {
    fn render_to(&self, out: &mut String) {
        let mut rest = self.0;
        while let Some(at) = rest.find(['<', '\u{2028}', '\u{2029}']) {
            let special = rest[at..].chars().next().unwrap_or_default();
            out.push_str(&rest[..at]);
            out.push_str(match special {
                '<' => "\\u003c",
                '\u{2028}' => "\\u2028",
                _ => "\\u2029",
            });
            rest = &rest[at + special.len_utf8()..];
        }
        out.push_str(rest);
    }
}

/// What a shared link looks like: <https://ogp.me>. Twitter takes the rest from there.
fn open_graph(shell: &Shell<'_>) -> Markup {
    html! {
        meta property="og:type" content="website";
        meta property="og:site_name" content=(SITE);
        meta property="og:locale" content="en_IN";
        meta property="og:title" content=(shell.share.map_or(shell.title, |share| share.title));
        meta property="og:description" content=(shell.description);
        meta property="og:url" content=(shell.canonical);
        @if let Some(Share { picture, .. }) = &shell.share {
            meta property="og:image" content=(picture.src);
            meta property="og:image:type" content=(picture.media_type);
            meta property="og:image:width" content=(picture.width);
            meta property="og:image:height" content=(picture.height);
            meta property="og:image:alt" content=(picture.alt);
            meta name="twitter:card" content="summary_large_image";
        }
    }
}

/// Where a script shows the cars that were looked at last.
pub(crate) fn recent() -> Markup {
    html! { section.recent hidden data-recent { h2 { "Recently viewed" } } }
}

/// An offer for those who have a reason to come back. A script shows it where the browser can do it.
pub(crate) fn install() -> Markup {
    html! { button.button.plain hidden data-do="install" { "Install the app" } }
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

/// Help comes first and in one order everywhere: call, WhatsApp, write (WCAG 3.2.6).
fn footer(shop: &Shop<'_>) -> Markup {
    html! {
        footer.end {
            div.wide {
                p { (SITE) ": used cars with their price history and inspection report in full." }
                nav aria-label="Help" {
                    a.i-call href={ "tel:" (Dialled(shop.phone)) } { "Call " (Spaced(shop.phone)) }
                    @if let Some(number) = shop.whatsapp { a.i-chat href=(whatsapp(number, "")) { "WhatsApp" } }
                    a.i-form href="/cars" { "Ask about a car" }
                }
                nav aria-label="More" {
                    a href="/cars" { "All cars" }
                    a href="/compare" { "Compare" }
                    a href="/privacy" { "Privacy" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_data_cannot_leave_its_element() {
        let check = |json: &str, expected: &str| assert_eq!(Json(json).render().0, expected);
        check("", "");
        check(r#"{"a":"b \" ₹"}"#, r#"{"a":"b \" ₹"}"#);
        check(r#"{"a":"</script><!--"}"#, r#"{"a":"\u003c/script>\u003c!--"}"#);
        check("[\"&\u{2028}\u{2029}\"]", r#"["&\u2028\u2029"]"#);
    }
}
