//! `POST /events`: what pages tell of. The only request with a body that is read.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, ORIGIN, RETRY_AFTER, SET_COOKIE};
use http::{Method, Request, Response, StatusCode};

use super::ask::Ask;
use super::respond::{Answer, plain};
use super::service::Pages;
use super::{Body, Shared, visitor};
use crate::clock;
use crate::events::Posted;
use crate::http::fields::SEC_FETCH_SITE;
use crate::http::{CachePolicy, Refusal, Route, security};
use crate::lifecycle::Phase;

/// A body as far as it was read.
#[derive(Debug)]
enum Read {
    Whole(Vec<u8>),
    /// What the head gives away, or that it is longer than it may be: the rest is left where it is.
    Unread(Refusal),
}

/// A post whose body comes piece by piece. The connection's deadlines hold for it as for a head.
pub(super) struct Reading<B> {
    pages: Pages,
    head: Request<()>,
    body: B,
    bytes: Vec<u8>,
    began: Instant,
}

/// Whether the request's body is read.
pub(super) fn is_post<B>(request: &Request<B>) -> bool {
    *request.method() == Method::POST && Route::parse(request.uri().path()) == Ok(Route::Events)
}

impl<B: http_body::Body<Data = Bytes> + Unpin> Reading<B> {
    /// Of a request whose head is fine.
    pub(super) fn new(pages: Pages, request: Request<B>) -> Self {
        let began = clock::now();
        let (head, body) = request.into_parts();
        pages.watch.body_begins();
        Self { pages, head: Request::from_parts(head, ()), body, bytes: Vec::new(), began }
    }

    fn ended(&mut self, read: &Read) -> Response<Body> {
        self.pages.watch.head_read();
        self.pages.shared.posted(&self.head, read, self.began)
    }
}

impl<B: http_body::Body<Data = Bytes> + Unpin> Future for Reading<B> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let own = &mut *self;
        let read = loop {
            match Pin::new(&mut own.body).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => break Read::Whole(std::mem::take(&mut own.bytes)),
                // Nobody is there any more to be answered.
                Poll::Ready(Some(Err(_))) => {
                    break Read::Unread(Refusal::BadRequest("the body ended before its end"));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    let data = frame.into_data().unwrap_or_default();
                    if own.bytes.len() + data.len() > own.pages.shared.events.body_bytes_max {
                        break Read::Unread(Refusal::PayloadTooLarge);
                    }
                    own.bytes.extend_from_slice(&data);
                }
            }
        };
        Poll::Ready(Ok(own.ended(&read)))
    }
}

impl Shared {
    /// What the head of a post gives away.
    pub(super) fn check_post<B: http_body::Body>(&self, request: &Request<B>) -> Result<(), Refusal> {
        self.check_head(request, &Ask::of(request.headers()))?;
        let field = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        // Only our own pages have something to tell, and their visitors' cookies are theirs.
        // Old browsers say only where a page is from.
        let is_foreign = |origin: &[u8]| {
            let host = origin.iter().position(|&b| b == b'/').and_then(|at| origin.get(at + 2..));
            host.is_none_or(|host| field(HOST) != Some(host))
        };
        if field(SEC_FETCH_SITE) == Some(b"cross-site")
            || field(SEC_FETCH_SITE).is_none() && field(ORIGIN).is_some_and(is_foreign)
        {
            return Err(Refusal::CrossSite);
        }
        if !request.headers().get_all(CONTENT_TYPE).iter().all(|value| is_json_or_text(value.as_bytes())) {
            return Err(Refusal::UnsupportedMediaType);
        }
        if request.body().size_hint().lower() > self.events.body_bytes_max as u64 {
            return Err(Refusal::PayloadTooLarge);
        }
        Ok(())
    }

    /// The response to a post whose head is not fine.
    pub(super) fn turn_away<B>(&self, request: &Request<B>, refusal: Refusal) -> Response<Body> {
        self.posted(request, &Read::Unread(refusal), clock::now())
    }

    /// The response to a post.
    fn posted<B>(&self, head: &Request<B>, read: &Read, began: Instant) -> Response<Body> {
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
        let is_known = |car| snapshot.get(car).is_some_and(|document| document.state.details().is_some());
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
fn is_json_or_text(content_type: &[u8]) -> bool {
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
