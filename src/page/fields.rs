//! Header fields of finished pages: a template per kind and coding, so that a page keeps only the values that are its
//! own, and a response is one copy with some values put in their places.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, VARY};

use super::plan::Kind;
use crate::http::fields::{CACHE_STATUS, FORECOURT_AS_OF, FORECOURT_VERSION, SERVER_TIMING};
use crate::http::{Encoding, security};

/// Values that differ from page to page.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) etag: HeaderValue,
    pub(super) length: HeaderValue,
    /// Of a car's document; other pages have none.
    pub(super) version: HeaderValue,
}

/// Values that differ from response to response.
#[derive(Debug)]
pub struct Stamps {
    pub as_of: HeaderValue,
    pub cache_status: HeaderValue,
    pub server_timing: HeaderValue,
}

#[derive(Debug)]
pub(super) struct Templates(Vec<HeaderMap>);

impl Templates {
    pub(super) fn new(content_security_policy: &HeaderValue) -> Self {
        let template = |kind, encoding| template(kind, encoding, content_security_policy);
        let pairs = Kind::ALL.into_iter().flat_map(|kind| Encoding::ALL.map(|encoding| (kind, encoding)));
        Self(pairs.map(|(kind, encoding)| template(kind, encoding)).collect())
    }

    /// The fields of one response.
    pub(super) fn fill(&self, kind: Kind, encoding: Encoding, own: &Own, stamps: Stamps) -> HeaderMap {
        let mut headers = self.0[kind as usize * Encoding::ALL.len() + encoding as usize].clone();
        let mut values = [
            (CONTENT_LENGTH, Some(own.length.clone())),
            (ETAG, Some(own.etag.clone())),
            (FORECOURT_AS_OF, Some(stamps.as_of)),
            (CACHE_STATUS, Some(stamps.cache_status)),
            (SERVER_TIMING, Some(stamps.server_timing)),
            (FORECOURT_VERSION, (kind == Kind::Car).then(|| own.version.clone())),
        ];
        let mut left = values.iter().filter(|(_, value)| value.is_some()).count();
        // The places come first in the template, so that this ends after a few steps and hashes no name. In any other
        // order it would take longer and still be right.
        for (name, place) in headers.iter_mut() {
            if left == 0 {
                break;
            }
            if let Some((_, value)) =
                values.iter_mut().find(|(wanted, value)| value.is_some() && wanted == name)
            {
                *place = value.take().unwrap_or_else(|| HeaderValue::from_static(""));
                left -= 1;
            }
        }
        headers
    }
}

fn template(kind: Kind, encoding: Encoding, content_security_policy: &HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(24);
    let mut places: Vec<HeaderName> =
        vec![CONTENT_LENGTH, ETAG, FORECOURT_AS_OF, CACHE_STATUS, SERVER_TIMING];
    if kind == Kind::Car {
        places.push(FORECOURT_VERSION);
    }
    for place in places {
        headers.insert(place, HeaderValue::from_static(""));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.content_type()));
    if encoding != Encoding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    kind.policy().write(&mut headers);
    security::write(&mut headers, content_security_policy);
    headers
}
