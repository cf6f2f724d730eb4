//! What every page of this process has in common.

use std::sync::Arc;

use forecourt_views as views;
use http::header::HeaderValue;
use sha2::{Digest as _, Sha256};

use super::assets::Assets;
use super::fields::Templates;
use crate::http::security;
use crate::keys::Keys;

#[derive(Debug)]
pub struct Site {
    /// `https://cars.example.com`, without a trailing slash.
    pub base_url: String,
    pub assets: Arc<Assets>,
    pub similar_cars: usize,
    /// For so many days after its sale a car has a page.
    pub sold_days: u32,
    /// The Content-Security-Policy of every response.
    pub content_security_policy: HeaderValue,
    /// Of what visitors carry.
    pub keys: Keys,
    pub(super) templates: Templates,
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
            share: None,
            structured: None,
        }
    }

    /// `photos_url` is empty for the built-in illustrations. Both URLs have been checked by the configuration.
    pub fn new(base_url: String, photos_url: &str, similar_cars: usize, keys: Keys) -> Self {
        let stylesheet = Sha256::digest(views::STYLESHEET);
        let policy = security::content_security_policy(&stylesheet, photos_url);
        let content_security_policy =
            HeaderValue::try_from(policy).expect("a checked URL and base64 are header characters");
        let templates = Templates::new(&content_security_policy);
        Self {
            base_url,
            assets: Arc::new(Assets::new(photos_url)),
            similar_cars,
            sold_days: SOLD_DAYS,
            content_security_policy,
            keys,
            templates,
        }
    }

    /// The whole URL of an address of ours; that of another is one.
    pub(super) fn absolute(&self, address: &str) -> String {
        if address.starts_with('/') { format!("{}{address}", self.base_url) } else { address.to_owned() }
    }
}
