//! Responses that are not kept: sitemap and feeds, which are written while they are sent, and pictures that have to be
//! drawn first.

use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, VARY};
use http::{Method, Request, Response, StatusCode};

use super::ask::Ask;
use super::body::Written;
use super::{Body, Shared};
use crate::http::fields::X_ROBOTS_TAG;
use crate::http::route::Feed;
use crate::http::{CachePolicy, Encoding, Refusal, query, security};
use crate::page::{Picture, Streamed, feeds, sitemap};
use crate::snapshot::Snapshot;

impl Shared {
    pub(super) fn sitemap<B>(&self, request: &Request<B>, ask: &Ask<'_>) -> Response<Body> {
        let query = request.uri().query().unwrap_or_default();
        let part = query::pairs(query, |key| key == "part").flatten().next();
        let part = sitemap::Part::parse(part.as_ref().map(|(_, value)| value.as_ref()));
        let snapshot = Arc::clone(&self.snapshots.load());
        let encoding = Streamed::encoding(ask.takes(Encoding::Gzip));
        let tag = Streamed::etag(&snapshot, encoding);
        let pieces = part.and_then(|part| sitemap::sitemap(&self.site, snapshot, part, encoding));
        match pieces {
            Some(pieces) => self.written(request, ask, &tag, "application/xml; charset=utf-8", pieces),
            None => self.refuse(Refusal::BadRequest("the sitemap has no such part")).response,
        }
    }

    pub(super) fn feed<B>(&self, request: &Request<B>, ask: &Ask<'_>, feed: Feed) -> Response<Body> {
        let snapshot: Arc<Snapshot> = Arc::clone(&self.snapshots.load());
        let encoding = Streamed::encoding(ask.takes(Encoding::Gzip));
        let tag = Streamed::etag(&snapshot, encoding);
        let pieces = feeds::feed(&self.site, snapshot, feed, encoding);
        let mut response = self.written(request, ask, &tag, feeds::content_type(feed), pieces);
        response.headers_mut().insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex"));
        response
    }

    fn written<B>(
        &self,
        request: &Request<B>,
        ask: &Ask<'_>,
        tag: &HeaderValue,
        content_type: &'static str,
        pieces: Streamed,
    ) -> Response<Body> {
        let mut response = Response::new(Body::Empty);
        self.write_head(response.headers_mut(), CachePolicy::Revalidate);
        let headers = response.headers_mut();
        headers.insert(ETAG, tag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if ask.has(request.headers(), tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let encoding = Streamed::encoding(ask.takes(Encoding::Gzip));
        if encoding != Encoding::Identity {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
        }
        if *request.method() != Method::HEAD {
            // Each piece takes its time from pages, and who reads slowly keeps a snapshot: a few at once are enough for crawlers.
            let Ok(place) = Arc::clone(&self.streams).try_acquire_owned() else { return self.busy() };
            *response.body_mut() = Body::Streamed(Written::new(pieces, place));
        }
        response
    }

    /// A picture that is there, or one that comes as soon as it is drawn: on another thread, since this one has requests to
    /// answer.
    pub(super) fn picture(&self, picture: Picture) -> Response<Body> {
        let mut response = Response::new(match (picture.drawn(), tokio::runtime::Handle::try_current()) {
            (Some(drawn), _) => Body::Whole(drawn),
            (None, Ok(runtime)) => Body::Drawing(runtime.spawn_blocking(move || picture.draw()), None),
            // Nobody has to wait where no requests are answered.
            (None, Err(_)) => Body::Whole(picture.draw()),
        });
        self.write_head(response.headers_mut(), CachePolicy::Immutable);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
        // It is made to be shown elsewhere.
        let policy = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(policy, HeaderValue::from_static("cross-origin"));
        response
    }

    fn write_head(&self, headers: &mut HeaderMap, policy: CachePolicy) {
        policy.write(headers);
        security::write(headers, &self.site.content_security_policy);
    }
}
