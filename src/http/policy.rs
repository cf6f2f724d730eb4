//! Cache policies: what browsers and CDNs may keep, and for how long.

use http::HeaderMap;
use http::header::{CACHE_CONTROL, HeaderValue};

use super::fields::CDN_CACHE_CONTROL;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CachePolicy {
    /// Pages: kept by anybody, used only after asking whether they are current. Prices change at any moment, and a 304
    /// costs one packet. Not `no-store`, which would take the instant "back" away.
    Revalidate,
    /// Pages made for one visitor.
    Private,
    /// Addresses that carry a hash of what they name.
    Immutable,
    /// What is the same for a day, and no harm when it is older: robots, manifest.
    Daily,
    /// Errors and health.
    NoStore,
}

impl CachePolicy {
    pub fn cache_control(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Revalidate => "public, no-cache",
            Self::Private => "private, no-cache",
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Daily => "public, max-age=86400",
            Self::NoStore => "no-store",
        })
    }

    /// What a CDN of ours may do. While the origin cannot be reached, an older page is better than none.
    pub fn cdn_cache_control(self) -> HeaderValue {
        match self {
            Self::Revalidate => HeaderValue::from_static("public, no-cache, stale-if-error=300"),
            Self::Private | Self::Immutable | Self::Daily | Self::NoStore => self.cache_control(),
        }
    }

    pub fn write(self, headers: &mut HeaderMap) {
        headers.insert(CACHE_CONTROL, self.cache_control());
        headers.insert(CDN_CACHE_CONTROL, self.cdn_cache_control());
    }
}

/// How a response came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheResult {
    /// The bytes were ready.
    Hit,
    /// They were made from memory.
    Render,
    /// The network was needed. Never happens: no page asks it for anything.
    Miss,
}

impl CacheResult {
    pub const ALL: [Self; 3] = [Self::Hit, Self::Render, Self::Miss];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Render => "render",
            Self::Miss => "miss",
        }
    }
}
