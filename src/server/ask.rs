//! What a request's header fields ask for, found in one pass: looking each of them up by name costs more than all of
//! them together.

use http::HeaderMap;
use http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, COOKIE, HOST, HeaderValue, IF_NONE_MATCH, TRANSFER_ENCODING,
};

use crate::http::fields::{PURPOSE, SEC_PURPOSE, X_FORWARDED_PROTO};
use crate::http::{Encoding, conditional};

#[derive(Debug, Default)]
pub(super) struct Ask<'a> {
    pub(super) n_hosts: usize,
    pub(super) has_length: bool,
    pub(super) has_transfer_coding: bool,
    /// The visitor came to the load balancer by https.
    pub(super) by_https: bool,
    /// The browser wants the page in case somebody taps on it: nobody has looked at it yet.
    pub(super) is_prefetch: bool,
    /// What visitors carry for this site, among what they carry for others.
    pub(super) cookies: Option<&'a HeaderValue>,
    accept_encoding: Option<&'a HeaderValue>,
    has_condition: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut ask = Self::default();
        for (name, value) in headers {
            if *name == HOST {
                ask.n_hosts += 1;
            } else if *name == ACCEPT_ENCODING {
                // Of several fields the first counts; nobody sends several.
                ask.accept_encoding = ask.accept_encoding.or(Some(value));
            } else if *name == IF_NONE_MATCH {
                ask.has_condition = true;
            } else if *name == CONTENT_LENGTH {
                ask.has_length = true;
            } else if *name == TRANSFER_ENCODING {
                ask.has_transfer_coding = true;
            } else if *name == COOKIE {
                // One field in HTTP/1.1 (RFC 6265 section 5.4).
                ask.cookies = ask.cookies.or(Some(value));
            } else if *name == SEC_PURPOSE || *name == PURPOSE {
                ask.is_prefetch |= value.as_bytes().starts_with(b"prefetch");
            } else if *name == X_FORWARDED_PROTO {
                ask.by_https = value == "https";
            }
        }
        ask
    }

    pub(super) fn encoding(&self) -> Encoding {
        Encoding::negotiate(self.accept_encoding.map(HeaderValue::as_bytes))
    }

    pub(super) fn takes(&self, encoding: Encoding) -> bool {
        encoding.is_accepted(self.accept_encoding.map(HeaderValue::as_bytes))
    }

    /// Whether the visitor has the body of this ETag. Several fields are one list.
    pub(super) fn has(&self, headers: &HeaderMap, etag: &HeaderValue) -> bool {
        let names = |field: &HeaderValue| conditional::none_match_names(field.as_bytes(), etag.as_bytes());
        self.has_condition && headers.get_all(IF_NONE_MATCH).iter().any(names)
    }
}
