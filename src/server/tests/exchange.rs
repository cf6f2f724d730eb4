//! What the tests of this folder share: a site over hand-made cars, and one request after another.

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HOST, HeaderName};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::Empty;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::car::{CivilTime, Document, State};
use crate::clock;
use crate::config;
use crate::events::{Events, Queue};
use crate::faults::Faults;
use crate::http::Encoding;
use crate::keys::Keys;
use crate::lead;
use crate::lifecycle::{Lifecycle, Phase};
use crate::page::{PageCache, Settings, Site};
use crate::rank::tests::model;
use crate::server::turns::Turns;
use crate::server::{Body, Pages, Shared};
use crate::snapshot::catalogue_tests::{details, document, live};
use crate::snapshot::{Publisher, Snapshots};
use crate::telemetry::RequestSignals;

pub(super) const BASE: &str = "https://cars.example.com";
pub(super) const N_LIVE: u64 = 25;
pub(super) const SOLD: u64 = 31;
pub(super) const HIDDEN: u64 = 32;
pub(super) const DELETED: u64 = 33;
pub(super) const UNKNOWN: u64 = 99;
pub(super) const AS_OF_MS: u64 = 1_764_000_000_123;

/// A server's shared half, and the hand that publishes to it.
pub(super) struct Origin {
    pub(super) shared: Arc<Shared>,
    publisher: Publisher,
    /// What was told of.
    pub(super) queue: Queue,
    /// Where leads are kept.
    pub(super) data: TempDir,
}

impl Origin {
    /// Ready, with 25 live cars of rising price, one sold, one hidden and one deleted.
    pub(super) fn ready() -> Self {
        Self::starting().filled()
    }

    /// For one connection.
    pub(super) fn pages(&self) -> Pages {
        let turns = Turns::new(&config::Server::default(), clock::now());
        Pages { shared: Arc::clone(&self.shared), watch: Arc::default(), turns: Arc::new(turns) }
    }

    pub(super) fn filled(self) -> Self {
        let mut origin =
            self.with((1..=N_LIVE).map(|id| live(id, id, 100_000 + 1_000 * id as u32, id as i64)));
        let mut sold = details(450_000, 3);
        sold.sold_at = Some(CivilTime(AS_OF_MS as i64 / 1000));
        origin.publish([
            document(SOLD, 40, State::Sold(Box::new(sold))),
            document(HIDDEN, 41, State::Hidden),
            document(DELETED, 42, State::Deleted),
        ]);
        origin.publisher.set_as_of(AS_OF_MS);
        origin.shared.lifecycle.enter(Phase::Ready);
        origin
    }

    pub(super) fn starting() -> Self {
        Self::with_leads(&config::Lead::default())
    }

    /// With these settings for leads.
    pub(super) fn with_leads(settings: &config::Lead) -> Self {
        let snapshots = Arc::new(Snapshots::default());
        let (events, queue) = Events::new(&config::Events::default());
        let (data, lifecycle, keys) =
            (tempfile::tempdir().unwrap(), Lifecycle::default(), Keys::new(&[[1; 32]]));
        let parts = (&lifecycle, &Faults::default());
        let (leads, _) =
            lead::start((settings, lead::Sealer::default()), data.path(), &keys, None, parts).unwrap();
        let shared = Shared {
            site: Site::new(
                Settings { base_url: BASE.to_owned(), similar_cars: 6, ..Settings::default() },
                keys,
            ),
            snapshots: Arc::clone(&snapshots),
            pages: PageCache::new(64 << 20),
            lifecycle,
            signals: RequestSignals::new(&config::Log {
                requests_per_second_max: 0,
                ..config::Log::default()
            }),
            events,
            leads,
            uri_bytes_max: 2_000,
            streams: Arc::new(Semaphore::new(2)),
            busy: OnceLock::new(),
        };
        let publisher = Publisher::new(snapshots);
        publisher.publish(|empty| empty.with_model(Arc::new(model(1))));
        Self { shared: Arc::new(shared), publisher, queue, data }
    }

    pub(super) fn set_as_of(&self, as_of_ms: u64) {
        self.publisher.set_as_of(as_of_ms);
    }

    pub(super) fn with(mut self, documents: impl IntoIterator<Item = Arc<Document>>) -> Self {
        self.publish(documents);
        self
    }

    pub(super) fn publish(&mut self, documents: impl IntoIterator<Item = Arc<Document>>) {
        self.publisher.publish(|current| current.with(documents).0);
    }

    pub(super) fn get(&self, path: &str) -> Reply {
        self.send(&request(path))
    }

    pub(super) fn get_in(&self, path: &str, encoding: Encoding) -> Reply {
        self.get_with(path, &[(ACCEPT_ENCODING, encoding.as_str())])
    }

    pub(super) fn get_with(&self, path: &str, headers: &[(HeaderName, &str)]) -> Reply {
        let mut request = request(path);
        for (name, value) in headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        self.send(&request)
    }

    pub(super) fn head_in(&self, path: &str, encoding: Encoding) -> Reply {
        let mut request = request(path);
        request.headers_mut().insert(ACCEPT_ENCODING, encoding.as_str().parse().unwrap());
        *request.method_mut() = Method::HEAD;
        self.send(&request)
    }

    pub(super) fn send<B: http_body::Body>(&self, request: &Request<B>) -> Reply {
        Reply::of(self.shared.respond(request))
    }
}

/// A GET as a browser would send it.
pub(super) fn request(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path).header(HOST, "cars.example.com").body(Empty::new()).unwrap()
}

pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// What the body says of its length: hyper writes it where no field does.
    exact: Option<u64>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn of(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let exact = body.size_hint().exact();
        Self { status: head.status, headers: head.headers, exact, body: read(body) }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// As on the wire; `None` means chunks.
    pub(super) fn content_length(&self) -> Option<u64> {
        self.header("content-length").map(|length| length.parse().unwrap()).or(self.exact)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The fields that may not differ between two answers with the same bytes.
    pub(super) fn lasting_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        // Who has no cookie yet gets one, with a number by chance.
        for changing in ["server-timing", "cache-status", "set-cookie"] {
            headers.remove(changing);
        }
        headers
    }

    /// The values of an attribute, in order. Enough of a parser for our own pages.
    pub(super) fn all(&self, before: &str) -> Vec<String> {
        let text = self.text();
        let values = text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        values.collect()
    }
}

/// Our bodies wait for nothing; long ones give way to other requests between their pieces.
fn read(body: Body) -> Vec<u8> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    loop {
        match body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(frame))) => bytes.extend(frame.into_data().unwrap()),
            Poll::Ready(None) => return bytes,
            Poll::Ready(Some(Err(never))) => match never {},
            Poll::Pending => assert!(body.size_hint().exact().is_none(), "it is there as a whole"),
        }
    }
}

/// The body without its content coding.
pub(super) fn decoded(reply: &Reply) -> Vec<u8> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    match reply.header("content-encoding") {
        None => plain.clone_from(&reply.body),
        Some("gzip") => drop(flate2::read::GzDecoder::new(&*reply.body).read_to_end(&mut plain).unwrap()),
        Some("zstd") => plain = zstd::stream::decode_all(&*reply.body).unwrap(),
        Some("br") => drop(brotli::Decompressor::new(&*reply.body, 4096).read_to_end(&mut plain).unwrap()),
        Some(other) => panic!("nobody asked for {other}"),
    }
    plain
}
