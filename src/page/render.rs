//! Plans -> text, not yet compressed.

use forecourt_views as views;

use super::cards::{ASIDE_PHOTOS, with_cards};
use super::files::File;
use super::plan::{Content, Plan};
use super::{Site, car, landing, lead, listing, picked};
use crate::http::Refusal;
use crate::snapshot::{Attribute, Slot, Snapshot};

pub fn render(site: &Site, snapshot: &Snapshot, plan: &Plan, part: views::Part) -> String {
    match &plan.content {
        Content::Car { document, similar, .. } => car::render(site, snapshot, document, similar, part),
        Content::Listing(page) => listing::render(site, snapshot, page, part),
        Content::Compare { cars } => picked::compare(site, snapshot, cars, part),
        Content::Shortlist { cars } => picked::shortlist(site, snapshot, cars, part),
        Content::Emi { car, emi } => picked::emi(site, snapshot, *car, *emi, part),
        Content::Asset(asset) => asset.draw(),
        // Ready as they are.
        Content::File(_) | Content::Worker => String::new(),
        Content::Offline => offline(site, part),
        Content::Robots => robots(site),
        Content::Manifest => manifest(site),
        Content::Privacy => lead::privacy(site, part),
        Content::Withdraw => lead::withdraw(site, part),
        Content::NotFound { newest } => missing(site, snapshot, newest, false, part),
        Content::Gone { newest } => missing(site, snapshot, newest, true, part),
    }
}

fn missing(site: &Site, snapshot: &Snapshot, newest: &[Slot], gone: bool, part: views::Part) -> String {
    let title = if gone { "This car is gone | Forecourt" } else { "Not found | Forecourt" };
    let canonical = format!("{}/cars", site.base_url);
    let shell = plain_shell(site, part, title, &canonical);
    let words = snapshot.columns().words(Attribute::Make);
    let makes = (0..u32::try_from(words.len()).unwrap_or(0)).filter(|&code| words.n_live(code) > 0);
    let mut makes: Vec<_> = makes.map(|code| (words.slug(code), words.name(code))).collect();
    makes.sort_unstable();
    with_cards(site, snapshot, newest, ASIDE_PHOTOS, |newest| {
        let page = views::MissingPage { newest, makes: &makes };
        let markup =
            if gone { views::gone_page(&shell, &page) } else { views::not_found_page(&shell, &page) };
        markup.into_string()
    })
}

pub(super) fn offline(site: &Site, part: views::Part) -> String {
    let canonical = format!("{}/offline", site.base_url);
    let shell = plain_shell(site, part, "Offline | Forecourt", &canonical);
    views::offline_page(&shell).into_string()
}

/// The page of a request that was turned away.
pub fn refusal_html(site: &Site, refusal: Refusal) -> String {
    if refusal == Refusal::Busy {
        return views::busy_page(refusal.heading(), refusal.text()).into_string();
    }
    let canonical = format!("{}/cars", site.base_url);
    let shell = plain_shell(site, views::Part::Page, refusal.heading(), &canonical);
    views::error_page(&shell, refusal.heading(), refusal.text()).into_string()
}

pub(super) fn plain_shell<'a>(
    site: &'a Site,
    part: views::Part,
    title: &'a str,
    canonical: &'a str,
) -> views::Shell<'a> {
    views::Shell { title, description: title, canonical, ..site.shell(part) }
}

/// Ads may lead to any page, and are reviewed by crawlers that only heed rules for their own names; so may links that
/// people send.
const MAY_ALL: [&str; 6] = [
    "AdsBot-Google",
    "AdsBot-Google-Mobile",
    "adidxbot",
    "facebookexternalhit",
    "meta-externalads",
    "Twitterbot",
];

fn robots(site: &Site) -> String {
    let disallow = |pattern: &str| format!("Disallow: {pattern}\n");
    let blocked: String = landing::BLOCKED.map(disallow).concat();
    let named: String = MAY_ALL.map(|name| format!("User-agent: {name}\n")).concat();
    let base = &site.base_url;
    format!("User-agent: *\n{blocked}\n{named}Disallow: /healthz\n\nSitemap: {base}/sitemap.xml\n")
}

fn manifest(site: &Site) -> String {
    let bitmap = |file: File, key: &str, value: &str| {
        let (width, height) = file.size();
        let mut entry = serde_json::json!({ "src": file.address(), "type": "image/png" });
        entry["sizes"] = format!("{width}x{height}").into();
        entry[key] = value.into();
        entry
    };
    serde_json::json!({
        "id": "/",
        "name": "Forecourt used cars",
        "short_name": "Forecourt",
        "start_url": "/cars",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b625c",
        "icons": [
            bitmap(File::Icon192, "purpose", "any"),
            bitmap(File::Icon512, "purpose", "any"),
            bitmap(File::Maskable512, "purpose", "maskable"),
            { "src": site.assets.icon(), "sizes": "any", "type": "image/svg+xml", "purpose": "any" },
        ],
        "screenshots": [
            bitmap(File::Narrow, "form_factor", "narrow"),
            bitmap(File::Wide, "form_factor", "wide"),
        ],
        "shortcuts": [
            { "name": "All cars", "url": "/cars" },
            { "name": "Shortlist", "url": "/shortlist" },
            { "name": "Just listed", "url": "/cars?sort=newest" },
        ],
    })
    .to_string()
}
