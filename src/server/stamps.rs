//! Header values that change from request to request but not with every request. Writing a number is cheap; writing,
//! checking and allocating it for every request is what a hit would mostly consist of.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use http::header::HeaderValue;

use crate::http::CacheResult;

/// Hits that take longer are written out.
const HIT_MICROS: u64 = 64;

/// `Server-Timing` of hits by microseconds.
static HITS: LazyLock<Vec<HeaderValue>> =
    LazyLock::new(|| (0..HIT_MICROS).map(|micros| timing(CacheResult::Hit, micros)).collect());

/// `Server-Timing`: how long this process took, and over what.
pub(super) fn server_timing(cache: CacheResult, took: Duration) -> HeaderValue {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match (cache, usize::try_from(micros).ok().and_then(|micros| HITS.get(micros))) {
        (CacheResult::Hit, Some(value)) => value.clone(),
        _ => timing(cache, micros),
    }
}

/// The field counts in milliseconds.
fn timing(cache: CacheResult, micros: u64) -> HeaderValue {
    let text = format!("{};dur={}.{:03}", cache.as_str(), micros / 1000, micros % 1000);
    HeaderValue::try_from(text).expect("a name and digits are header characters")
}

thread_local! {
    static AS_OF: RefCell<(u64, HeaderValue)> = const { RefCell::new((0, HeaderValue::from_static("0"))) };
}

/// `Forecourt-As-Of`, kept until the next heartbeat.
pub(super) fn as_of(unix_ms: u64) -> HeaderValue {
    AS_OF.with_borrow_mut(|(kept_ms, value)| {
        if *kept_ms != unix_ms {
            *kept_ms = unix_ms;
            *value = HeaderValue::from(unix_ms);
        }
        value.clone()
    })
}

pub(super) fn cache_status(cache: CacheResult) -> HeaderValue {
    HeaderValue::from_static(match cache {
        CacheResult::Hit => "forecourt; hit",
        CacheResult::Render => "forecourt; fwd=miss; detail=render",
        CacheResult::Miss => "forecourt; fwd=miss",
    })
}
