//! Header fields of finished pages: a template per kind and coding, so that a page keeps only the values that are its
//! own, and a response is one copy with some values put in their places. `Content-Length` is hyper's to write.

use forecourt_views::Part;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, SET_COOKIE, VARY};

use super::finished::Form;
use super::kind::Kind;
use crate::http::fields::{
    CACHE_STATUS, FORECOURT_AS_OF, FORECOURT_VERSION, NO_VARY_SEARCH, SERVER_TIMING, X_ROBOTS_TAG,
};
use crate::http::{CachePolicy, Encoding, ads, security};

/// Values that differ from page to page.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) etag: HeaderValue,
    /// Of a car's document; other pages have none.
    pub(super) version: HeaderValue,
}

/// Values that differ from response to response.
#[derive(Debug)]
pub struct Stamps {
    pub as_of: HeaderValue,
    pub cache_status: HeaderValue,
    pub server_timing: HeaderValue,
    /// For the visitor to keep. A response that gives somebody a cookie is for nobody else.
    pub cookie: Option<HeaderValue>,
}

#[derive(Debug)]
pub(super) struct Templates(Vec<HeaderMap>);

impl Templates {
    pub(super) fn new(content_security_policy: &HeaderValue) -> Self {
        let forms =
            Part::ALL.into_iter().flat_map(|part| Encoding::ALL.map(|encoding| Form { part, encoding }));
        let forms: Vec<_> = forms.flat_map(|form| [(form, false), (form, true)]).collect();
        let of = |kind| {
            forms.iter().map(move |&(form, cookie)| template(kind, form, cookie, content_security_policy))
        };
        Self(Kind::ALL.into_iter().flat_map(of).collect())
    }

    /// The fields of one response.
    pub(super) fn fill(&self, kind: Kind, form: Form, own: &Own, stamps: Stamps) -> HeaderMap {
        let place = (kind as usize * Part::ALL.len() + form.part as usize) * Encoding::ALL.len();
        let place = 2 * (place + form.encoding as usize) + usize::from(stamps.cookie.is_some());
        let mut headers = self.0[place].clone();
        let values = [own.etag.clone(), stamps.as_of, stamps.cache_status, stamps.server_timing];
        let version = kind.has_version().then(|| own.version.clone());
        // The places come first in the template, in this order, and a map that nothing was removed from gives its
        // values back in the order they were put in: no name is hashed here.
        for (place, value) in headers.values_mut().zip(values.into_iter().chain(version).chain(stamps.cookie))
        {
            *place = value;
        }
        headers
    }
}

/// What `Templates::fill` puts values into. Behind them come those that not every response has: `Forecourt-Version` of
/// cars, then a cookie.
const PLACES: [HeaderName; 4] = [ETAG, FORECOURT_AS_OF, CACHE_STATUS, SERVER_TIMING];

fn template(kind: Kind, form: Form, gives_cookie: bool, content_security_policy: &HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(24);
    let version = kind.has_version().then_some(FORECOURT_VERSION);
    for place in PLACES.into_iter().chain(version).chain(gives_cookie.then_some(SET_COOKIE)) {
        headers.insert(place, HeaderValue::from_static(""));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.content_type()));
    if form.encoding != Encoding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(form.encoding.as_str()));
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if kind.is_html() {
        headers.insert(NO_VARY_SEARCH, HeaderValue::from_static(ads::NO_VARY_SEARCH));
    }
    if gives_cookie { CachePolicy::Private } else { kind.policy() }.write(&mut headers);
    security::write(&mut headers, content_security_policy);
    if kind == Kind::Sold || form.part == Part::Fragment {
        headers.insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex"));
    }
    headers
}

#[cfg(test)]
mod tests {
    use http::header::CACHE_CONTROL;

    use super::*;

    #[test]
    fn every_value_finds_its_place() {
        let value = HeaderValue::from_static;
        let templates = Templates::new(&value("default-src 'none'"));
        let forms = Part::ALL.map(|part| Encoding::ALL.map(|encoding| Form { part, encoding }));
        let cases =
            Kind::ALL.into_iter().flat_map(|kind| forms.as_flattened().iter().map(move |&f| (kind, f)));
        for ((kind, form), cookie) in cases.flat_map(|case| [(case, None), (case, Some("k"))]) {
            let own = Own { etag: value("e"), version: value("v") };
            let stamps = Stamps {
                as_of: value("a"),
                cache_status: value("c"),
                server_timing: value("s"),
                cookie: cookie.map(value),
            };
            let headers = templates.fill(kind, form, &own, stamps);
            let of = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(PLACES.map(of), [Some("e"), Some("a"), Some("c"), Some("s")], "{kind:?}");
            assert_eq!(of(FORECOURT_VERSION), kind.has_version().then_some("v"), "{kind:?}");
            assert_eq!(of(SET_COOKIE), cookie, "{kind:?}");
            assert_eq!(of(CONTENT_TYPE), Some(kind.content_type()));
            let coding = Some(form.encoding.as_str()).filter(|_| form.encoding != Encoding::Identity);
            assert_eq!(of(CONTENT_ENCODING), coding);
            let is_kept_out = kind == Kind::Sold || form.part == Part::Fragment;
            assert_eq!(of(X_ROBOTS_TAG), is_kept_out.then_some("noindex"));
            let is_private = of(CACHE_CONTROL).is_some_and(|policy| policy.starts_with("private"));
            assert_eq!(is_private, cookie.is_some() || kind == Kind::Personal, "{kind:?}");
            assert!(headers.values().all(|value| !value.is_empty()), "{headers:?}");
        }
    }
}
