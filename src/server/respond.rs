//! Request -> response: an ordered list of steps, each of which may end it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use tokio::sync::Semaphore;

use super::Body;
use super::ask::Ask;
use super::short::to_cars;
use super::{stamps, visitor};
use crate::clock;
use crate::events::Events;
use crate::http::fields::{TRACEPARENT, X_AMZN_TRACE_ID};
use crate::http::{CacheResult, Encoding, Refusal, Route, query, security, shown};
use crate::lead::{Leads, clicks};
use crate::lifecycle::{Lifecycle, Phase};
use crate::listing::{self, Query, Spec};
use crate::page::{self, Form, PageCache, Part, Site, Stamps, Target};
use crate::rank::Interaction;
use crate::snapshot::Snapshots;
use crate::telemetry::{RequestLine, RequestSignals, TraceId};

/// What every worker reads.
#[derive(Debug)]
pub struct Shared {
    pub site: Site,
    pub snapshots: Arc<Snapshots>,
    pub pages: PageCache,
    pub lifecycle: Lifecycle,
    pub signals: RequestSignals,
    pub events: Events,
    pub leads: Leads,
    pub uri_bytes_max: usize,
    /// Places for what is written piece by piece.
    pub streams: Arc<Semaphore>,
    /// The page of [`Refusal::Busy`]: there is no time to make it.
    pub busy: OnceLock<Bytes>,
}

/// A response, and what is to be noted of it.
pub(super) struct Answer {
    pub(super) response: Response<Body>,
    pub(super) route: usize,
    pub(super) cache: Option<CacheResult>,
    /// As the response says itself; of others it is taken at the end.
    pub(super) took: Option<Duration>,
}

impl Shared {
    /// Answers one request. Never waits and never fails; a panic is answered too, since one bad page must not cost a
    /// worker its connections.
    pub fn respond<B: http_body::Body>(&self, request: &Request<B>) -> Response<Body> {
        self.respond_if(request, clock::now(), || true).expect("it may be made")
    }

    /// The same. `None`: something has to be made for it, and `may_make` says no.
    pub(super) fn respond_if<B: http_body::Body>(
        &self,
        request: &Request<B>,
        began: Instant,
        may_make: impl FnMut() -> bool,
    ) -> Option<Response<Body>> {
        let ask = Ask::of(request.headers());
        let answer = self.caught(|| self.answer(request, &ask, began, may_make))?;
        Some(self.finish(request, &ask, began, answer))
    }

    /// The response to a request for which there is no time.
    pub(super) fn turn_down<B>(&self, request: &Request<B>, began: Instant) -> Response<Body> {
        let label = Route::parse(request.uri().path()).map_or(Route::REFUSED, |route| route.label());
        let answer = Answer { response: self.busy(), route: label, cache: None, took: None };
        self.finish(request, &Ask::of(request.headers()), began, answer)
    }

    pub(super) fn busy(&self) -> Response<Body> {
        metrics::counter!("forecourt_turned_down_total").increment(1);
        self.refuse(Refusal::Busy).response
    }

    fn caught(&self, answer: impl FnOnce() -> Option<Answer>) -> Option<Answer> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(answer)).unwrap_or_else(|_| {
            metrics::counter!("forecourt_panics_total").increment(1);
            Some(self.refuse(Refusal::Internal))
        })
    }

    /// The response to a request that waits for nothing.
    pub(super) fn finished<B>(
        &self,
        request: &Request<B>,
        ask: &Ask<'_>,
        began: Instant,
        answer: impl FnOnce() -> Answer,
    ) -> Response<Body> {
        let answer = self.caught(|| Some(answer())).expect("it is there, whatever it is");
        self.finish(request, ask, began, answer)
    }

    /// What all responses have in common.
    fn finish<B>(
        &self,
        request: &Request<B>,
        ask: &Ask<'_>,
        began: Instant,
        mut answer: Answer,
    ) -> Response<Body> {
        let draining = self.lifecycle.phase() >= Phase::Draining;
        let headers = answer.response.headers_mut();
        if draining {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if !ask.by_https {
            security::came_by_http(headers);
        }
        if request.method() == Method::HEAD {
            leave_out_body(&mut answer.response);
        }
        self.note(request, &answer, began);
        answer.response
    }

    fn answer<B: http_body::Body>(
        &self,
        request: &Request<B>,
        ask: &Ask<'_>,
        began: Instant,
        may_make: impl FnMut() -> bool,
    ) -> Option<Answer> {
        let checked = self.check(request, ask).and_then(|()| Route::parse(request.uri().path()));
        let route = match checked {
            Ok(route) => route,
            Err(refusal) => return Some(self.refuse(refusal)),
        };
        let label = route.label();
        match self.target(request, ask, route) {
            Ok(target) => {
                let query = request.uri().query().unwrap_or_default();
                let part = if query::asks_for_fragment(query) { Part::Fragment } else { Part::Page };
                self.page(request, ask, (&target, part), label, began, may_make)
            }
            Err(answer) => Some(Answer { route: label, ..*answer }),
        }
    }

    /// The page that is asked for, or the answer if it is none.
    fn target<B: http_body::Body>(
        &self,
        request: &Request<B>,
        ask: &Ask<'_>,
        route: Route,
    ) -> Result<Target, Box<Answer>> {
        // Their label is put in by who calls this.
        let written =
            |response| Err(Box::new(Answer { response, route: Route::REFUSED, cache: None, took: None }));
        let refused = |refusal| Err(Box::new(self.refuse(refusal)));
        if route == Route::Health {
            return written(self.health());
        }
        if self.lifecycle.phase() == Phase::Starting {
            return refused(Refusal::Starting);
        }
        let query = request.uri().query().unwrap_or_default();
        Ok(match route {
            Route::Listing => match Query::parse(query, &self.site.keys) {
                Ok(query) => Target::Listing(Box::new(query)),
                Err(bad) => return refused(Refusal::BadRequest(bad.0)),
            },
            Route::Car(car) => Target::Car(car),
            Route::Compare => Target::Compare(page::ids(query, page::COMPARED_MAX)),
            Route::Shortlist => Target::Shortlist(page::ids(query, page::SHORTLIST_MAX)),
            Route::Emi => match page::Emi::parse(query) {
                Ok(emi) => Target::Emi(emi),
                Err(bad) => return refused(Refusal::BadRequest(bad.0)),
            },
            Route::Asset(file) => match self.site.assets.picture(&file) {
                Some(picture) => return written(self.picture(picture)),
                None => self.site.assets.file(&file).unwrap_or(Target::Missing),
            },
            Route::Manifest => Target::Manifest,
            Route::Worker => Target::Worker,
            Route::Offline => Target::Offline,
            Route::Robots => Target::Robots,
            Route::Sitemap => return written(self.sitemap(request, ask)),
            Route::Feed(feed) => return written(self.feed(request, ask, feed)),
            Route::Events => return refused(Refusal::MethodNotAllowed(Refusal::POST)),
            // Somebody who asks for the address a form was sent to, by hand.
            Route::Leads => return written(to_cars()),
            Route::Receipt(id) => match self.receipt(&id) {
                Some(response) => return written(response),
                None => Target::Missing,
            },
            Route::Privacy => Target::Privacy,
            Route::Withdraw => Target::Withdraw,
            Route::Unknown | Route::Health => Target::Missing,
        })
    }

    /// What the head alone gives away.
    fn check<B: http_body::Body>(&self, request: &Request<B>, ask: &Ask<'_>) -> Result<(), Refusal> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let posts = Route::parse(request.uri().path()).is_ok_and(|route| route.is_posted());
            return Err(Refusal::MethodNotAllowed(if posts { Refusal::POST } else { Refusal::READ }));
        }
        self.check_head(request, ask)?;
        if !request.body().is_end_stream() {
            return Err(Refusal::PayloadTooLarge);
        }
        Ok(())
    }

    /// The same of requests that may have a body.
    pub(super) fn check_head<B>(&self, request: &Request<B>, ask: &Ask<'_>) -> Result<(), Refusal> {
        if request.uri().path().len() + request.uri().query().map_or(0, str::len) > self.uri_bytes_max {
            return Err(Refusal::UriTooLong);
        }
        // RFC 9112 section 3.2: exactly one, whatever caches on the way made of several.
        if ask.n_hosts > 1 || ask.n_hosts == 0 && request.version() == Version::HTTP_11 {
            return Err(Refusal::BadRequest("the request has no Host, or several"));
        }
        if ask.has_length && ask.has_transfer_coding {
            return Err(Refusal::BadRequest("the request has two lengths"));
        }
        Ok(())
    }

    fn page<B>(
        &self,
        request: &Request<B>,
        ask: &Ask<'_>,
        (target, part): (&Target, Part),
        route: usize,
        began: Instant,
        mut may_make: impl FnMut() -> bool,
    ) -> Option<Answer> {
        // First the instant, then the snapshot: in this order the instant is true of the snapshot.
        let as_of_ms = self.snapshots.as_of_ms();
        let snapshot = self.snapshots.load();
        let spec = match target {
            Target::Listing(query) => {
                listing::spec(&snapshot, query, || visitor::profile(ask, &self.site.keys))
            }
            _ => Spec::default(),
        };
        let best = target.best_encoding().filter(|&encoding| ask.takes(encoding));
        let form = Form { part, encoding: best.unwrap_or_else(|| ask.encoding()) };
        let (page, cache) = match target {
            Target::Listing(query) if !spec.is_anonymous() => {
                if !may_make() {
                    return None;
                }
                let page =
                    self.pages.personal(&self.site, &snapshot, query, &spec, form, ask.takes(Encoding::Gzip));
                (Arc::new(page), CacheResult::Render)
            }
            _ => self.pages.get_if(&self.site, &snapshot, target, form, may_make)?,
        };
        let took = clock::now().duration_since(began);
        // Nobody looks at what was fetched ahead, or at a head.
        let is_seen = !ask.is_prefetch && *request.method() == Method::GET;
        let noted = match target {
            &Target::Car(car) if page.status == StatusCode::OK && !ask.is_prefetch => {
                visitor::note(ask, &self.site.keys, car, Interaction::View)
            }
            _ => None,
        };
        if let (&Target::Car(car), Some(noted)) = (target, &noted)
            && is_seen
        {
            self.events.viewed(noted.visitor, car, clock::unix_ms);
        }
        let stamps = Stamps {
            cookie: noted.map(|noted| noted.cookie),
            as_of: stamps::as_of(as_of_ms),
            cache_status: stamps::cache_status(cache),
            server_timing: stamps::server_timing(cache, took),
        };
        let mut headers = page.headers(&self.site, stamps);
        let mut response = Response::new(Body::Empty);
        // A page that is not there is never "not modified".
        if page.status == StatusCode::OK && ask.has(request.headers(), page.etag()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            for field in [CONTENT_TYPE, CONTENT_ENCODING] {
                headers.remove(field);
            }
        } else {
            *response.status_mut() = page.status;
            *response.body_mut() = Body::Whole(page.body.clone());
        }
        let query = request.uri().query().unwrap_or_default();
        let is_landing = matches!(target, Target::Car(_) | Target::Listing(_)) && !ask.is_prefetch;
        if is_landing && clicks::may_have(query) {
            visitor::landed(&mut headers, ask, &self.site.keys, query);
        }
        if let Some(shown) = page.shown().filter(|_| is_seen && response.status() == StatusCode::OK) {
            self.events.listed(shown, clock::unix_ms, || visitor::profile(ask, &self.site.keys).visitor);
        }
        *response.headers_mut() = headers;
        Some(Answer { response, route, cache: Some(cache), took: Some(took) })
    }

    fn note<B>(&self, request: &Request<B>, answer: &Answer, began: Instant) {
        let took = answer.took.unwrap_or_else(|| clock::now().duration_since(began));
        let status = answer.response.status();
        self.signals.count(answer.route, status, answer.cache, took);
        // A load balancer asks for health all day long; only a bad answer is news.
        let healthy = answer.route == Route::Health.label() && status == StatusCode::OK;
        if healthy || !self.signals.wants_line(status, took) {
            return;
        }
        let field = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        self.signals.log(&RequestLine {
            method: match *request.method() {
                Method::GET => "GET",
                Method::HEAD => "HEAD",
                Method::POST => "POST",
                _ => "other",
            },
            path: &shown(request.uri().path()),
            route: answer.route,
            status,
            cache: answer.cache,
            bytes: http_body::Body::size_hint(answer.response.body()).lower(),
            took,
            trace: TraceId::of(field(TRACEPARENT), field(X_AMZN_TRACE_ID)).unwrap_or_else(TraceId::by_chance),
        });
    }
}

/// Turns the answer to a GET into the one to a HEAD. hyper writes the length of a body it is given; of one that is left
/// out only the field can tell.
fn leave_out_body(response: &mut Response<Body>) {
    let body = std::mem::replace(response.body_mut(), Body::Empty);
    if let Body::Whole(bytes) = body {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
}
