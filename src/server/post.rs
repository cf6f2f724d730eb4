//! Requests with a body: what pages tell of (`POST /events`), and the forms (`POST /leads`, `POST /privacy/withdraw`).
//!
//! A body is read within the time that a head has, and is bounded. A form waits for its lead to be safe besides: as
//! a future of its own connection, so that the worker goes on with the others.
//!
//! - `events`: answered as soon as it is read; `forms`: what waits

mod events;
mod forms;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, ORIGIN};
use http::{Method, Request, Response};

use super::ask::Ask;
use super::service::Pages;
use super::{Body, Shared};
use crate::clock;
use crate::http::fields::SEC_FETCH_SITE;
use crate::http::{Refusal, Route};

/// What is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Post {
    Events,
    Lead,
    Withdrawal,
}

/// A body as far as it was read.
#[derive(Debug)]
enum Read {
    Whole(zeroize::Zeroizing<Vec<u8>>),
    /// What the head gives away, or that it is longer than it may be: the rest is left where it is.
    Unread(Refusal),
}

/// A post whose body comes piece by piece. The connection's deadlines hold for it as for a head.
pub(super) struct Reading<B> {
    pages: Pages,
    post: Post,
    head: Option<Request<()>>,
    body: B,
    /// Never grows: what is in it would be left behind in memory.
    bytes: zeroize::Zeroizing<Vec<u8>>,
    began: Instant,
    /// Once the body is read, of a form.
    response: Option<BoxFuture<'static, Response<Body>>>,
}

impl Post {
    /// `None`: the request is none whose body is read.
    pub(super) fn of<B>(request: &Request<B>) -> Option<Self> {
        if *request.method() != Method::POST {
            return None;
        }
        match Route::parse(request.uri().path()) {
            Ok(Route::Events) => Some(Self::Events),
            Ok(Route::Leads) => Some(Self::Lead),
            Ok(Route::Withdraw) => Some(Self::Withdrawal),
            _ => None,
        }
    }

    fn label(self) -> usize {
        match self {
            Self::Events => Route::Events,
            Self::Lead => Route::Leads,
            Self::Withdrawal => Route::Withdraw,
        }
        .label()
    }
}

impl<B: http_body::Body<Data = Bytes> + Unpin> Reading<B> {
    /// Of a request whose head is fine.
    pub(super) fn new(pages: Pages, post: Post, request: Request<B>) -> Self {
        let began = clock::now();
        let (head, body) = request.into_parts();
        pages.watch.body_begins();
        let capacity = body.size_hint().lower().min(pages.shared.body_bytes_max(post) as u64);
        let bytes = Vec::with_capacity(usize::try_from(capacity).unwrap_or_default()).into();
        Self { pages, post, head: Some(Request::from_parts(head, ())), body, bytes, began, response: None }
    }

    /// What comes of it.
    fn ended(&mut self, read: Read) -> BoxFuture<'static, Response<Body>> {
        let head = self.head.take().expect("a body ends once");
        let (shared, post, began) = (self.pages.shared.clone(), self.post, self.began);
        match post {
            Post::Events => {
                let response = shared.posted(&head, &read, began);
                Box::pin(std::future::ready(response))
            }
            Post::Lead | Post::Withdrawal => {
                self.pages.watch.waits();
                Box::pin(forms::answer(shared, post, head, read, self.pages.watch.peer(), began))
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Read> {
        let max = self.pages.shared.body_bytes_max(self.post);
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Read::Whole(std::mem::take(&mut self.bytes))),
                // Nobody is there any more to be answered.
                Poll::Ready(Some(Err(_))) => {
                    return Poll::Ready(Read::Unread(Refusal::BadRequest("the body ended before its end")));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    let data = frame.into_data().unwrap_or_default();
                    if self.bytes.len() + data.len() > max {
                        return Poll::Ready(Read::Unread(Refusal::PayloadTooLarge));
                    }
                    self.bytes.extend_from_slice(&data);
                }
            }
        }
    }
}

impl<B: http_body::Body<Data = Bytes> + Unpin> Future for Reading<B> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let own = &mut *self;
        if own.response.is_none() {
            let Poll::Ready(read) = own.read(cx) else { return Poll::Pending };
            own.response = Some(own.ended(read));
        }
        let response = own.response.as_mut().expect("it was put there").as_mut();
        let Poll::Ready(response) = response.poll(cx) else { return Poll::Pending };
        own.pages.watch.head_read();
        Poll::Ready(Ok(response))
    }
}

impl Shared {
    fn body_bytes_max(&self, post: Post) -> usize {
        match post {
            Post::Events => self.events.body_bytes_max,
            Post::Lead | Post::Withdrawal => self.leads.settings.body_bytes_max,
        }
    }

    /// What the head of a post gives away.
    pub(super) fn check_post<B: http_body::Body>(
        &self,
        post: Post,
        request: &Request<B>,
    ) -> Result<(), Refusal> {
        self.check_head(request, &Ask::of(request.headers()))?;
        if is_foreign(post, request) {
            return Err(Refusal::CrossSite);
        }
        let is_readable = |value: &HeaderValue| match post {
            Post::Events => events::is_json_or_text(value.as_bytes()),
            Post::Lead | Post::Withdrawal => forms::is_form(value.as_bytes()),
        };
        if !request.headers().get_all(CONTENT_TYPE).iter().all(is_readable) {
            return Err(Refusal::UnsupportedMediaType);
        }
        if request.body().size_hint().lower() > self.body_bytes_max(post) as u64 {
            return Err(Refusal::PayloadTooLarge);
        }
        Ok(())
    }

    /// The response to a post whose head is not fine.
    pub(super) fn turn_away<B>(&self, post: Post, request: &Request<B>, refusal: Refusal) -> Response<Body> {
        match post {
            Post::Events => self.posted(request, &Read::Unread(refusal), clock::now()),
            Post::Lead | Post::Withdrawal => self.refuse_form(post, request, refusal, clock::now()),
        }
    }
}

/// Only our own pages have something to tell, and their visitors' cookies are theirs. A form can be sent by nobody
/// but the page it stands on, or by hand; browsers that are too old to say which say where they come from.
fn is_foreign<B>(post: Post, request: &Request<B>) -> bool {
    let field = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    let is_ours = |origin: &[u8]| {
        let host = origin.iter().position(|&b| b == b'/').and_then(|at| origin.get(at + 2..));
        host.is_some_and(|host| field(HOST) == Some(host))
    };
    match field(SEC_FETCH_SITE) {
        Some(site) if post == Post::Events => site == b"cross-site",
        Some(site) => site != b"same-origin" && site != b"none",
        None => field(ORIGIN).is_some_and(|origin| !is_ours(origin)),
    }
}
