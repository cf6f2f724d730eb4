//! What hyper calls for each request.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};

use super::connection::Watch;
use super::post::{Post, Reading};
use super::{Body, Shared};

/// The pages of one connection.
#[derive(Clone, Debug)]
pub struct Pages {
    pub(super) shared: Arc<Shared>,
    pub(super) watch: Arc<Watch>,
}

/// A response that is there, which all are but for the rare request that has a body to be read.
pub struct Responding(State);

/// The large variant is the rule, and costs no box.
enum State {
    Ready(Option<Response<Body>>),
    Reading(Box<Reading<Incoming>>),
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
        }
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
        let response = self.shared.respond(&request);
        // The head is a slice of the read buffer; let go of it before the next one is read into it.
        drop(request);
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
