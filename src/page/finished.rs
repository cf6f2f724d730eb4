//! A finished page: bytes in one coding, and the header fields that go with them.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, VARY};
use http::{HeaderMap, StatusCode};

use super::Site;
use super::compress::{compress, hash};
use super::plan::{Content, Plan};
use super::render::{content_type, render};
use crate::http::fields::{CACHE_STATUS, FORECOURT_AS_OF, FORECOURT_VERSION, SERVER_TIMING};
use crate::http::{CachePolicy, Encoding, security};
use crate::snapshot::Snapshot;

#[derive(Debug)]
pub struct Finished {
    pub status: StatusCode,
    pub policy: CachePolicy,
    pub etag: HeaderValue,
    /// What differs from request to request has its place here already, so that setting it allocates nothing.
    pub headers: HeaderMap,
    pub body: Bytes,
    fingerprint: u64,
    /// The generation in which the fingerprint was last found to be the plan's.
    current_in: AtomicU64,
}

impl Finished {
    pub fn make(site: &Site, snapshot: &Snapshot, plan: &Plan, encoding: Encoding) -> Self {
        let content = render(site, snapshot, plan);
        let body = compress(content.as_bytes(), encoding);
        let etag = format!("\"{:016x}-{}\"", hash(content.as_bytes()), encoding.as_str());
        let etag =
            HeaderValue::try_from(etag).expect("hexadecimal digits and a coding are header characters");
        let mut headers = HeaderMap::with_capacity(24);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(&plan.content)));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        if encoding != Encoding::Identity {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
        }
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(ETAG, etag.clone());
        plan.policy.write(&mut headers);
        security::write(&mut headers, &site.content_security_policy);
        if let Content::Car { document, .. } = &plan.content {
            let version =
                HeaderValue::try_from(document.version.to_string()).expect("digits are header characters");
            headers.insert(FORECOURT_VERSION, version);
        }
        for field in [FORECOURT_AS_OF, CACHE_STATUS, SERVER_TIMING] {
            headers.insert(field, HeaderValue::from_static("0"));
        }
        let current_in = AtomicU64::new(snapshot.generation());
        Self {
            status: plan.status,
            policy: plan.policy,
            etag,
            headers,
            body,
            fingerprint: plan.fingerprint,
            current_in,
        }
    }

    /// Whether these bytes are known to be the page of this snapshot, without a plan. Generations only grow: bytes
    /// that were found current in a later one are not vouched for in an earlier one.
    pub fn is_current_in(&self, generation: u64) -> bool {
        self.current_in.load(Ordering::Relaxed) == generation || self.policy != CachePolicy::Revalidate
    }

    /// Whether these bytes are what the plan asks for; remembered for the snapshot's generation.
    pub fn is_of(&self, plan: &Plan, generation: u64) -> bool {
        let same = self.fingerprint == plan.fingerprint;
        if same {
            self.current_in.store(generation, Ordering::Relaxed);
        }
        same
    }
}
