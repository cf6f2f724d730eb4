//! Short answers: health, receipts, and the ways a request is turned away.

use bytes::Bytes;
use http::header::{
    ALLOW, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER,
};
use http::{Response, StatusCode};

use super::respond::Answer;
use super::{Body, Shared};
use crate::http::{CachePolicy, Refusal, Route, security};
use crate::lead::{Kind, Receipt};
use crate::lifecycle::Phase;
use crate::page::{self, ReceiptKind};

impl Shared {
    /// For the load balancer: 503 only before the first snapshot and while draining, whatever else is down.
    pub(super) fn health(&self) -> Response<Body> {
        let phase = self.lifecycle.phase();
        let status = if phase == Phase::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        plain(status, phase.as_str())
    }

    /// What is thanked for, for whoever was given this id: any instance can tell, also after a restart.
    pub(super) fn receipt(&self, id: &str) -> Option<Response<Body>> {
        let receipt = Receipt::open(&self.site.keys, id)?;
        let kind = match receipt.kind {
            Kind::CallBack => ReceiptKind::CallBack,
            Kind::TestDrive => ReceiptKind::TestDrive,
            Kind::Withdrawal => ReceiptKind::Withdrawal,
        };
        let snapshot = self.snapshots.load();
        let html = page::receipt(&self.site, &snapshot, kind, &receipt.reference(), receipt.car);
        Some(self.html(StatusCode::OK, html))
    }

    /// A page that nobody may keep.
    pub(super) fn html(&self, status: StatusCode, html: impl Into<Bytes>) -> Response<Body> {
        let mut response = Response::new(Body::Whole(html.into()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        CachePolicy::NoStore.write(headers);
        security::write(headers, &self.site.content_security_policy);
        response
    }

    /// The answer to a request whose body was left unread: the connection cannot go on.
    pub(super) fn refuse_unread(&self, refusal: Refusal) -> Answer {
        let mut answer = self.refuse(refusal);
        answer.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        answer
    }

    pub(super) fn refuse(&self, refusal: Refusal) -> Answer {
        let html = || Bytes::from(page::refusal_html(&self.site, refusal));
        let html = if refusal == Refusal::Busy { self.busy.get_or_init(html).clone() } else { html() };
        let mut response = self.html(refusal.status(), html);
        let headers = response.headers_mut();
        if refusal.closes() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        match refusal {
            Refusal::MethodNotAllowed(methods) => headers.insert(ALLOW, HeaderValue::from_static(methods)),
            Refusal::Starting => headers.insert(RETRY_AFTER, HeaderValue::from_static("2")),
            Refusal::Busy => {
                headers.insert(CONTENT_SECURITY_POLICY, security::PLAIN_POLICY);
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"))
            }
            _ => None,
        };
        Answer { response, route: Route::REFUSED, cache: None, took: None }
    }
}

pub(super) fn to_cars() -> Response<Body> {
    let mut response = plain(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/cars"));
    response
}

/// A short text that nobody may keep.
pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::Whole(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    CachePolicy::NoStore.write(response.headers_mut());
    security::write_transport(response.headers_mut());
    response
}
