//! `POST /events`: what pages tell of.

use std::sync::Arc;
use std::time::Instant;

use http::header::{CONNECTION, HeaderValue, RETRY_AFTER, SET_COOKIE};
use http::{Request, Response, StatusCode};

use super::Read;
use crate::clock;
use crate::events::Posted;
use crate::http::{CachePolicy, Refusal, Route, security};
use crate::lifecycle::Phase;
use crate::server::ask::Ask;
use crate::server::respond::Answer;
use crate::server::short::plain;
use crate::server::{Body, Shared, visitor};

impl Shared {
    /// The response to a post.
    pub(super) fn posted<B>(&self, head: &Request<B>, read: &Read, began: Instant) -> Response<Body> {
        let ask = Ask::of(head.headers());
        self.finished(head, &ask, began, || Answer {
            response: match read {
                Read::Whole(_) if self.lifecycle.phase() == Phase::Starting => turned_away(Refusal::Starting),
                Read::Whole(body) => self.take(&ask, body),
                Read::Unread(refusal) => {
                    self.events.refused();
                    turned_away(*refusal)
                }
            },
            route: Route::Events.label(),
            cache: None,
            took: None,
        })
    }

    /// Takes what was posted: all of it, or nothing if part of it cannot be read.
    fn take(&self, ask: &Ask<'_>, body: &[u8]) -> Response<Body> {
        let posted = match Posted::read(body) {
            Ok(posted) => posted,
            Err(why) => {
                self.events.refused();
                return plain(StatusCode::BAD_REQUEST, format!("{why}\n"));
            }
        };
        let snapshot = Arc::clone(&self.snapshots.load());
        let is_known = |car| snapshot.shown(car).is_some();
        let posted = self.events.admitted(posted, clock::unix_ms(), is_known);
        let mut profile = visitor::profile(ask, &self.site.keys);
        let did = posted.iter().filter_map(|event| Some((*event.cars.first()?, event.name.interaction()?)));
        let cookie = visitor::noted(&mut profile, ask, &self.site.keys, did);
        self.events.post(profile.visitor, posted);

        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        CachePolicy::NoStore.write(headers);
        security::write_transport(headers);
        if let Some(cookie) = cookie {
            headers.insert(SET_COOKIE, cookie);
        }
        response
    }
}

/// `navigator.sendBeacon` of a text says `text/plain;charset=UTF-8`, of an untyped blob nothing.
pub(super) fn is_json_or_text(content_type: &[u8]) -> bool {
    let mut parts = content_type.split(|&b| b == b';').map(<[u8]>::trim_ascii);
    let essence = parts.next().unwrap_or_default();
    let known = [&b"application/json"[..], b"text/plain", b""];
    let is_utf8 = |parameter: &[u8]| {
        let charset =
            parameter.split_at_checked(8).filter(|(name, _)| name.eq_ignore_ascii_case(b"charset="));
        charset.is_none_or(|(_, value)| {
            [&b"utf-8"[..], b"\"utf-8\""].iter().any(|utf8| value.eq_ignore_ascii_case(utf8))
        })
    };
    known.iter().any(|known| essence.eq_ignore_ascii_case(known)) && parts.all(is_utf8)
}

/// For programs: a line instead of a page. The body was not read, so the connection cannot go on.
fn turned_away(refusal: Refusal) -> Response<Body> {
    let mut response = plain(refusal.status(), format!("{}\n", refusal.text()));
    let headers = response.headers_mut();
    if refusal == Refusal::Starting {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    } else {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
