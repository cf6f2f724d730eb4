//! A finished page: bytes in one coding, and what its header fields need of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use forecourt_views::Part;
use http::header::HeaderValue;
use http::{HeaderMap, StatusCode};

use super::compress::{compress, hash};
use super::fields::{Own, Stamps};
use super::files::{File, Packed};
use super::kind::Kind;
use super::plan::{Content, Plan, of_car};
use super::render::render;
use super::stitch::gzip_document;
use super::{Site, brotli};
use crate::http::Encoding;
use crate::listing::Shown;
use crate::snapshot::{Slot, Snapshot};

/// In which form a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    pub part: Part,
    pub encoding: Encoding,
}

impl From<Encoding> for Form {
    /// The whole page.
    fn from(encoding: Encoding) -> Self {
        Self { part: Part::Page, encoding }
    }
}

#[derive(Debug)]
pub struct Finished {
    pub status: StatusCode,
    pub body: Bytes,
    kind: Kind,
    form: Form,
    own: Own,
    fingerprint: u64,
    /// The generation in which the fingerprint was last found to be the plan's.
    current_in: AtomicU64,
    neighbours: Option<Neighbours>,
    shown: Option<Arc<Shown>>,
}

/// What a car's page shows beside the car. As long as no other cars are live and none ranks otherwise, these are the
/// similar ones, and nobody has to look for them again.
#[derive(Debug)]
struct Neighbours {
    membership: u64,
    car: Slot,
    similar: Box<[Slot]>,
}

impl Finished {
    pub fn make(site: &Site, snapshot: &Snapshot, plan: &Plan, form: Form) -> Self {
        let (content, body) = match &plan.content {
            Content::File(File::Script) => (Packed::script().hash, Packed::script().body(form.encoding)),
            Content::File(file) => (hash(file.content()), compress(file.content(), form.encoding)),
            Content::Worker => (site.worker.hash, site.worker.body(form.encoding)),
            _ => {
                let text = render(site, snapshot, plan, form.part);
                let document = match form.encoding {
                    Encoding::Gzip => gzip_document(&text),
                    Encoding::Brotli => brotli::document(&text),
                    Encoding::Identity | Encoding::Zstd => None,
                };
                let body = document.unwrap_or_else(|| compress(text.as_bytes(), form.encoding));
                (hash(text.as_bytes()), body)
            }
        };
        let text =
            |text: String| HeaderValue::try_from(text).expect("digits and letters are header characters");
        let version = match &plan.content {
            Content::Car { document, .. } => text(document.version.to_string()),
            _ => HeaderValue::from_static(""),
        };
        let etag = etag(content, form.encoding);
        Self {
            status: plan.status,
            kind: plan.kind,
            form,
            own: Own { etag, version },
            body,
            fingerprint: plan.fingerprint,
            current_in: AtomicU64::new(snapshot.generation()),
            neighbours: match &plan.content {
                Content::Car { slot, similar, .. } => Some(Neighbours {
                    membership: snapshot.membership(),
                    car: *slot,
                    similar: similar.as_slice().into(),
                }),
                _ => None,
            },
            shown: shown(snapshot, plan),
        }
    }

    /// A page of a plan that is already written, in gzip: `content` is its content's name.
    pub(super) fn of(snapshot: &Snapshot, plan: &Plan, part: Part, content: u64, body: Bytes) -> Self {
        let encoding = Encoding::Gzip;
        Self {
            status: plan.status,
            kind: plan.kind,
            form: Form { part, encoding },
            own: Own { etag: etag(content, encoding), version: HeaderValue::from_static("") },
            body,
            fingerprint: plan.fingerprint,
            current_in: AtomicU64::new(snapshot.generation()),
            neighbours: None,
            shown: shown(snapshot, plan),
        }
    }

    pub fn etag(&self) -> &HeaderValue {
        &self.own.etag
    }

    /// What this page of a list shows.
    pub fn shown(&self) -> Option<&Arc<Shown>> {
        self.shown.as_ref()
    }

    /// The header fields of one response with this page.
    pub fn headers(&self, site: &Site, stamps: Stamps) -> HeaderMap {
        site.templates.fill(self.kind, self.form, &self.own, stamps)
    }

    /// Whether these bytes are known to be the page of this snapshot, without a plan. Generations only grow: bytes
    /// that were found current in a later one are not vouched for in an earlier one.
    pub(super) fn is_current_in(&self, generation: u64) -> bool {
        self.current_in.load(Ordering::Relaxed) == generation || self.kind.is_fixed()
    }

    /// The same, also without having looked in this generation yet.
    pub(super) fn is_current(&self, site: &Site, snapshot: &Snapshot) -> bool {
        let generation = snapshot.generation();
        if self.is_current_in(generation) {
            return true;
        }
        let same = self.neighbours.as_ref().is_some_and(|shown| {
            shown.membership == snapshot.membership()
                && of_car(site, snapshot, shown.car, &shown.similar) == self.fingerprint
        });
        if same {
            self.current_in.store(generation, Ordering::Relaxed);
        }
        same
    }

    /// Whether these bytes are what the plan asks for; remembered for the snapshot's generation.
    pub(super) fn is_of(&self, plan: &Plan, generation: u64) -> bool {
        let same = self.fingerprint == plan.fingerprint;
        if same {
            self.current_in.store(generation, Ordering::Relaxed);
        }
        same
    }
}

fn shown(snapshot: &Snapshot, plan: &Plan) -> Option<Arc<Shown>> {
    let Content::Listing(page) = &plan.content else { return None };
    Some(Arc::new(Shown::of(snapshot, &page.query, &page.spec, &page.found)))
}

/// Strong: other bytes have another one, and so have the same in another coding.
fn etag(content: u64, encoding: Encoding) -> HeaderValue {
    let text = format!("\"{content:016x}-{}\"", encoding.as_str());
    HeaderValue::try_from(text).expect("digits and letters are header characters")
}
