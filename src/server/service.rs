//! What hyper calls for each request.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};

use super::connection::Watch;
use super::{Body, Shared};

/// The pages of one connection.
#[derive(Clone, Debug)]
pub struct Pages {
    pub(super) shared: Arc<Shared>,
    pub(super) watch: Arc<Watch>,
}

impl Service<Request<Incoming>> for Pages {
    type Response = Response<Body>;
    type Error = Infallible;
    /// Nothing is awaited: no task, no box.
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.watch.head_read();
        let response = self.shared.respond(&request);
        // The head is a slice of the read buffer; let go of it before the next one is read into it.
        drop(request);
        ready(Ok(response))
    }
}
