//! What hyper calls for each request.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};
use tokio::sync::oneshot;

use super::connection::Watch;
use super::post::{Post, Reading};
use super::turns::Turns;
use super::{Body, Shared};
use crate::clock;

/// The pages of one connection.
#[derive(Clone, Debug)]
pub struct Pages {
    pub(super) shared: Arc<Shared>,
    pub(super) watch: Arc<Watch>,
    /// The worker's.
    pub(super) turns: Arc<Turns>,
}

/// A response that is there, which all are but for the rare request that has a body to be read, or has to wait for its turn.
pub struct Responding(State);

/// The large variant is the rule, and costs no box.
enum State {
    Ready(Option<Response<Body>>),
    Reading(Box<Reading<Incoming>>),
    Waiting(Box<Waiting>),
}

/// A request whose page has to be made, while others are.
struct Waiting {
    pages: Pages,
    request: Request<Incoming>,
    began: Instant,
    turn: oneshot::Receiver<()>,
}

impl Responding {
    fn ready(response: Response<Body>) -> Self {
        Self(State::Ready(Some(response)))
    }
}

impl std::fmt::Debug for Responding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Responding")
    }
}

impl Future for Responding {
    type Output = Result<Response<Body>, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Ready(response) => Poll::Ready(Ok(response.take().expect("polled until it is ready"))),
            State::Reading(reading) => Pin::new(&mut **reading).poll(cx),
            State::Waiting(waiting) => Pin::new(&mut **waiting).poll(cx).map(Ok),
        }
    }
}

impl Future for Waiting {
    type Output = Response<Body>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let is_its_turn = std::task::ready!(Pin::new(&mut self.turn).poll(cx)).is_ok();
        let Pages { shared, watch, turns } = &self.pages;
        watch.head_read();
        let now = clock::now();
        let made = is_its_turn.then(|| shared.respond_if(&self.request, self.began, || true)).flatten();
        Poll::Ready(match made {
            Some(response) => {
                turns.made(now, clock::now());
                response
            }
            None => shared.turn_down(&self.request, self.began),
        })
    }
}

impl Service<Request<Incoming>> for Pages {
    type Response = Response<Body>;
    type Error = Infallible;
    /// A page awaits nothing: no task, no box.
    type Future = Responding;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.watch.head_read();
        if let Some(post) = Post::of(&request) {
            return match self.shared.check_post(post, &request) {
                Ok(()) => Responding(State::Reading(Box::new(Reading::new(self.clone(), post, request)))),
                Err(refusal) => Responding::ready(self.shared.turn_away(post, &request, refusal)),
            };
        }
        let (began, mut takes_turn) = (clock::now(), false);
        let may_make = || {
            takes_turn = self.turns.take(began);
            takes_turn
        };
        let Some(mut response) = self.shared.respond_if(&request, began, may_make) else {
            let Some(turn) = self.turns.wait(began) else {
                return Responding::ready(self.shared.turn_down(&request, began));
            };
            self.watch.waits();
            return Responding(State::Waiting(Box::new(Waiting {
                pages: self.clone(),
                request,
                began,
                turn,
            })));
        };
        if takes_turn {
            self.turns.made(began, clock::now());
        }
        // The head is a slice of the read buffer; let go of it before the next one is read into it.
        drop(request);
        response.body_mut().sent_on(&self.watch);
        Responding::ready(response)
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Responding, Response};

    #[test]
    fn a_page_pays_nothing_for_bodies_that_are_read() {
        assert_eq!(size_of::<Responding>(), size_of::<Option<Response<Body>>>());
    }
}
