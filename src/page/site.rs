//! What every page of this process has in common.

use std::sync::Arc;

use forecourt_views as views;
use http::header::HeaderValue;
use sha2::{Digest as _, Sha256};

use super::assets::Assets;
use super::compress::hash;
use super::fields::Templates;
use super::files::Packed;
use super::lead::notice_version;
use super::{brotli, render, script};
use crate::http::security;
use crate::keys::Keys;

/// What the configuration says; it has checked the URLs and the pattern.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `https://cars.example.com`, without a trailing slash.
    pub base_url: String,
    /// Empty for the built-in illustrations.
    pub photos_url: String,
    /// `{base}/{key}-{width}.{format}`
    pub photos_pattern: String,
    pub similar_cars: usize,
    /// Two weeks, if it is not said.
    pub sold_days: Option<u32>,
    pub shop: Shop,
    /// Browsers are told to give up the one they have.
    pub is_worker_off: bool,
}

/// What the shop promises and how it is reached.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    pub phone: String,
    pub whatsapp: String,
    pub transfer: String,
    pub warranty: String,
    pub returns: String,
    pub emi_rate_percent: f64,
    pub emi_months: u32,
    pub emi_down_percent: u32,
}

impl Shop {
    pub(super) fn props(&self) -> views::Shop<'_> {
        views::Shop {
            notice: "",
            phone: &self.phone,
            whatsapp: (!self.whatsapp.is_empty()).then_some(&self.whatsapp),
            transfer: &self.transfer,
            warranty: &self.warranty,
            returns: &self.returns,
            loan: views::Loan {
                rate_percent: self.emi_rate_percent,
                months: self.emi_months,
                down_percent: self.emi_down_percent,
            },
        }
    }
}

#[derive(Debug)]
pub struct Site {
    /// `https://cars.example.com`, without a trailing slash.
    pub base_url: String,
    pub assets: Arc<Assets>,
    pub similar_cars: usize,
    /// For so many days after its sale a car has a page.
    pub sold_days: u32,
    pub(super) shop: Shop,
    /// The Content-Security-Policy of every response.
    pub content_security_policy: HeaderValue,
    /// Of what visitors carry.
    pub keys: Keys,
    /// The version of the privacy notice.
    pub notice: String,
    /// Who answers for personal data; may be empty.
    pub contact: String,
    pub(super) templates: Templates,
    pub(super) worker: Packed,
    has_worker: bool,
}

/// Ads run on for some days after their feed has changed.
const SOLD_DAYS: u32 = 14;

impl Site {
    /// The frame of every page; the rest is each page's own.
    pub(super) fn shell(&self, part: views::Part) -> views::Shell<'_> {
        views::Shell {
            part,
            title: "",
            description: "",
            canonical: "",
            robots: views::Robots::NoIndex,
            icon: self.assets.icon(),
            script: self.assets.script(),
            manifest: self.has_worker.then_some("/manifest.webmanifest"),
            share: None,
            structured: None,
            shop: views::Shop { notice: &self.notice, ..self.shop.props() },
        }
    }

    pub fn new(settings: Settings, keys: Keys) -> Self {
        let [stylesheet, rules] = [views::STYLESHEET, views::SPECULATION_RULES].map(Sha256::digest);
        let policy = security::content_security_policy(&stylesheet, &rules, &settings.photos_url);
        let content_security_policy =
            HeaderValue::try_from(policy).expect("a checked URL and base64 are header characters");
        let templates = Templates::new(&content_security_policy);
        brotli::prepare();
        let mut site = Self {
            assets: Arc::new(Assets::new(&settings.photos_url, &settings.photos_pattern)),
            base_url: settings.base_url,
            similar_cars: settings.similar_cars,
            sold_days: settings.sold_days.unwrap_or(SOLD_DAYS),
            shop: settings.shop,
            content_security_policy,
            keys,
            notice: notice_version(""),
            contact: String::new(),
            templates,
            worker: Packed::default(),
            has_worker: !settings.is_worker_off,
        };
        site.worker = Packed::new(&site.worker_text());
        site
    }

    /// What the worker keeps for good changes its build, and a worker that has changed takes the old one's place.
    fn worker_text(&self) -> String {
        if !self.has_worker {
            return script::worker_off().to_owned();
        }
        let script = self.assets.script();
        let text = |build: &str| script::worker(build, script);
        let content = text("") + &render::offline(self, views::Part::Page);
        text(&format!("{:08x}", hash(content.as_bytes()) >> 32))
    }

    /// The whole URL of an address of ours; that of another is one.
    pub(super) fn absolute(&self, address: &str) -> String {
        if address.starts_with('/') { format!("{}{address}", self.base_url) } else { address.to_owned() }
    }

    /// Who answers for personal data.
    #[must_use]
    pub fn with_contact(mut self, contact: &str) -> Self {
        self.notice = notice_version(contact);
        contact.clone_into(&mut self.contact);
        self
    }
}
