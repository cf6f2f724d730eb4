//! Names of header fields that the `http` crate does not know.

use http::HeaderName;

/// Unix ms: every change committed in the source before this instant is in the response.
pub const FORECOURT_AS_OF: HeaderName = HeaderName::from_static("forecourt-as-of");
/// `epoch.sequence` of the car's document.
pub const FORECOURT_VERSION: HeaderName = HeaderName::from_static("forecourt-version");
/// RFC 9211.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// RFC 9213: for caches that work for us, apart from the browser's.
pub const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");
/// Which differences of queries a page has nothing to do with: [`super::ads`].
pub const NO_VARY_SEARCH: HeaderName = HeaderName::from_static("no-vary-search");
/// Who lets a browser ask: `same-origin`, `same-site`, `cross-site`, or the visitor (`none`).
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What only browsers may say: `prefetch`.
pub const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
/// The same, said by scripts and by older browsers.
pub const PURPOSE: HeaderName = HeaderName::from_static("purpose");
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// W3C Trace Context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What crawlers are told beside the page.
pub const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
