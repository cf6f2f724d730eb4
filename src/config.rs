//! Configuration: defaults < TOML file < environment, read once, checked before anything is bound.
//!
//! The only reader of files and environment for settings. Each concern has a struct of its own, in a file of `config/`;
//! `config/forecourt.toml` lists every key with its comment, and a test holds the two together.

mod lead;
mod sections;
mod shop;
mod urls;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};

pub use lead::Lead;
pub use sections::{
    Admin, Catalogue, Data, Embedded, Events, Feed, Kafka, Listing, Log, LogFormat, PageCache, Photos,
    Projector, Pwa, Rank, Relay, Server, Site, Source, Store, Visitor,
};
pub use shop::Shop;
pub use urls::{SourceUrl, StoreUrl, masked};

const ENVIRONMENT_PREFIX: &str = "FORECOURT_";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub admin: Admin,
    pub data: Data,
    pub source: Source,
    pub store: Store,
    pub kafka: Kafka,
    pub catalogue: Catalogue,
    pub rank: Rank,
    pub visitor: Visitor,
    pub events: Events,
    pub lead: Lead,
    pub photos: Photos,
    pub site: Site,
    pub shop: Shop,
    pub pwa: Pwa,
    pub listing: Listing,
    pub page_cache: PageCache,
    pub relay: Relay,
    pub projector: Projector,
    pub feed: Feed,
    pub log: Log,
    pub embedded: Embedded,
}

/// One line for the operator: where, which key, what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

impl Config {
    /// Reads the layers. `file` must exist if it is given.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(Error(format!("--config {}: no such file", file.display())));
            }
            layers = layers.merge(Toml::file_exact(file));
        }
        layers.merge(environment()).extract().map_err(|e| Error(explain(&e))).and_then(Self::checked)
    }

    fn checked(self) -> Result<Self, Error> {
        let (source, store) = (self.source_url()?, self.store_url()?);
        let wrong = |key: &str, expected: &str| Err(Error(format!("{key}: expected {expected}")));
        if self.has_kafka() {
            if !matches!(source, SourceUrl::Mysql) {
                return wrong("source.url", "mysql://... when kafka.brokers is set");
            }
            if store == StoreUrl::Memory {
                return wrong("store.url", "redis://... when kafka.brokers is set: the processes share it");
            }
        }
        for (key, url) in [("site.base_url", &self.site.base_url), ("photos.base_url", &self.photos.base_url)]
        {
            let host =
                url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
            let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/[]%@!$&()*+=".contains(c));
            if !url.is_empty() && (!plain || host.is_empty() || host.starts_with('/')) {
                return wrong(key, "an http:// or https:// URL");
            }
        }
        let bounds =
            self.server.out_of_bounds().or(self.projector.out_of_bounds()).or(self.listing.out_of_bounds());
        let bounds = bounds.or(self.source.out_of_bounds()).or(self.feed.out_of_bounds());
        let bounds = bounds.or(self.kafka.out_of_bounds()).or(self.events.out_of_bounds());
        let bounds = bounds.or(self.shop.out_of_bounds()).or(self.photos.out_of_bounds());
        let bounds = bounds.or(self.lead.out_of_bounds(&self.server));
        match bounds {
            Some((key, expected)) => wrong(key, expected),
            None => Ok(self),
        }
    }

    /// What only a process that binds both ports needs.
    pub fn check_ports(&self) -> Result<(), Error> {
        let (server, admin) = (self.server.listen, self.admin.listen);
        if !overlap(server, admin) {
            return Ok(());
        }
        Err(Error(format!(
            "admin.listen: expected another port than server.listen ({server}), found {admin}"
        )))
    }

    /// Whether every file that is named can be read, also those that only another role would.
    pub fn check_files(&self) -> Result<(), Error> {
        for (key, file) in [
            ("source.password_file", &self.source.password_file),
            ("source.tls_ca_file", &self.source.tls_ca_file),
            ("store.password_file", &self.store.password_file),
            ("store.tls_ca_file", &self.store.tls_ca_file),
            ("kafka.properties_file", &self.kafka.properties_file),
        ] {
            secret(key, file)?;
        }
        Ok(())
    }

    pub fn source_url(&self) -> Result<SourceUrl, Error> {
        SourceUrl::parse(&self.source.url, &self.data.dir)
            .map_err(|expected| Error(format!("source.url: {expected}")))
    }

    pub fn store_url(&self) -> Result<StoreUrl, Error> {
        StoreUrl::parse(&self.store.url).map_err(|expected| Error(format!("store.url: {expected}")))
    }

    /// Whether relay, projector and instances are processes of their own.
    pub fn has_kafka(&self) -> bool {
        !self.kafka.brokers.is_empty()
    }

    /// The address pages name themselves by, without a trailing slash; `bound` is where they are served.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        match self.site.base_url.trim_end_matches('/') {
            "" => format!("http://{bound}"),
            url => url.to_owned(),
        }
    }

    /// The effective settings as TOML, passwords masked.
    pub fn to_toml(&self) -> Result<String, Error> {
        let mut shown = self.clone();
        shown.source.url = masked(&shown.source.url);
        shown.store.url = masked(&shown.store.url);
        for (key, value) in &mut shown.kafka.properties {
            if is_secret(key) {
                "***".clone_into(value);
            }
        }
        toml::to_string(&shown).map_err(|e| Error(format!("cannot write the settings as TOML: {e}")))
    }
}

/// Of librdkafka's properties, those that nobody shall read: passwords, keys, tokens.
fn is_secret(property: &str) -> bool {
    ["password", "secret", "pem", "jaas", "oauthbearer.config", "token"]
        .iter()
        .any(|word| property.contains(word))
}

/// What a file holds, without the newline an editor leaves at its end; `None` when no file is named.
pub fn secret(key: &str, file: &Path) -> Result<Option<String>, Error> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file)
        .map_err(|e| Error(format!("{key}: cannot read {}: {e}", file.display())))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Whether one of two sockets would be in the other's way. The system chooses port 0 freely.
fn overlap(a: SocketAddr, b: SocketAddr) -> bool {
    // The IPv6 wildcard takes IPv4 connections too.
    let covers = |all: IpAddr, one: IpAddr| all.is_unspecified() && (all.is_ipv6() || one.is_ipv4());
    let (x, y) = (a.ip(), b.ip());
    a.port() == b.port() && a.port() != 0 && (x == y || covers(x, y) || covers(y, x))
}

/// Only names of the form `FORECOURT_SECTION__KEY` are settings; whatever else has the prefix is somebody else's.
fn environment() -> Env {
    let setting = |name: &figment::value::UncasedStr| match name.as_str().split_once("__") {
        Some((section, key)) => !section.is_empty() && !key.is_empty(),
        None => false,
    };
    Env::prefixed(ENVIRONMENT_PREFIX).filter(setting).split("__")
}

fn explain(error: &figment::Error) -> String {
    let place = error.metadata.as_ref().map_or_else(String::new, |metadata| match &metadata.source {
        Some(figment::Source::File(path)) => format!("{}: ", shown(path)),
        _ if metadata.name.contains("environment") => "environment: ".to_owned(),
        _ => String::new(),
    });
    let key = error.path.join(".");
    let key = if key.is_empty() { key } else { format!("{key}: ") };
    format!("{place}{key}{}", error.kind).replace('\n', " ")
}

fn shown(path: &Path) -> String {
    let here: PathBuf = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests;
