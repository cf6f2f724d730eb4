//! Who asks: the profile that a cookie carries, and a new cookie when it has changed.

use http::HeaderMap;
use http::header::{HeaderValue, SET_COOKIE};
use std::hash::{BuildHasher as _, RandomState};

use super::ask::Ask;
use crate::car::CarId;
use crate::clock;
use crate::http::CachePolicy;
use crate::keys::Keys;
use crate::lead::Clicks;
use crate::rank::{Interaction, Profile};

/// The cookie's name.
const NAME: &str = "forecourt";
/// The cookie of the advertisement.
const CLICKS: &str = "forecourt-ad";
const CLICKS_BYTES_MAX: usize = 3_600;
/// A cookie that is not ours to have made is not even opened beyond this.
const COOKIE_BYTES_MAX: usize = 1024;
const COOKIES_MAX: usize = 4;

/// Nothing, if there is no cookie of ours. Other sites of the same domain may have set what they like, under our name too.
pub(super) fn profile(ask: &Ask<'_>, keys: &Keys) -> Profile {
    cookies(ask, NAME, COOKIE_BYTES_MAX).find_map(|value| Profile::open(keys, value)).unwrap_or_default()
}

fn cookies<'a>(ask: &Ask<'a>, name: &'static str, bytes_max: usize) -> impl Iterator<Item = &'a str> {
    let cookies = ask.cookies.map(HeaderValue::as_bytes).unwrap_or_default();
    let values = cookies.split(|&b| b == b';').filter_map(move |pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        std::str::from_utf8(value).ok().filter(|value| value.len() <= bytes_max)
    });
    values.take(COOKIES_MAX)
}

/// Something new about a visitor.
pub(super) struct Noted {
    pub(super) visitor: u64,
    pub(super) cookie: HeaderValue,
}

/// Notes what the visitor did, if that says anything new.
pub(super) fn note(ask: &Ask<'_>, keys: &Keys, car: CarId, kind: Interaction) -> Option<Noted> {
    let mut profile = profile(ask, keys);
    let cookie = noted(&mut profile, ask, keys, [(car, kind)])?;
    Some(Noted { visitor: profile.visitor, cookie })
}

/// A response that gives somebody a cookie is for nobody else.
fn give(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.append(SET_COOKIE, cookie);
    CachePolicy::Private.write(headers);
}

/// Keeps the advertisement somebody came by, unless it is what the visitor carries already.
pub(super) fn landed(headers: &mut HeaderMap, ask: &Ask<'_>, keys: &Keys, query: &str) {
    let Some(found) = Clicks::of(query, clock::unix_ms()) else { return };
    if clicks(ask, keys).is_none_or(|carried| carried.pairs != found.pairs) {
        give(headers, clicks_cookie(&found.seal(keys), ask.by_https));
    }
}

/// What the visitor came by, if that is known.
pub(super) fn clicks(ask: &Ask<'_>, keys: &Keys) -> Option<Clicks> {
    cookies(ask, CLICKS, CLICKS_BYTES_MAX).find_map(|value| Clicks::open(keys, value))
}

/// Notes in the profile what the visitor did. The new cookie, if that says anything new.
pub(super) fn noted(
    profile: &mut Profile,
    ask: &Ask<'_>,
    keys: &Keys,
    did: impl IntoIterator<Item = (CarId, Interaction)>,
) -> Option<HeaderValue> {
    let minute = u32::try_from(clock::unix_ms() / 60_000).unwrap_or(u32::MAX);
    let mut is_new = false;
    for (car, kind) in did {
        if profile.would_change(car, kind, minute) {
            profile.note(car, kind, minute, number());
            is_new = true;
        }
    }
    is_new.then(|| profile_cookie(profile, keys, ask.by_https))
}

/// A year, as long as somebody may look for a car. Scripts have no business with it.
fn profile_cookie(profile: &Profile, keys: &Keys, by_https: bool) -> HeaderValue {
    let attributes = if by_https {
        "; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    };
    let mut text = String::with_capacity(256);
    text.push_str(NAME);
    text.push('=');
    profile.seal_onto(&mut text, keys);
    text.push_str(attributes);
    HeaderValue::try_from(text).expect("base64 is made of header characters")
}

/// 90 days, as long as advertisers count a sale as theirs.
fn clicks_cookie(value: &str, by_https: bool) -> HeaderValue {
    let secure = if by_https { "; Secure" } else { "" };
    let text = format!("{CLICKS}={value}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).expect("base64 is made of header characters")
}

/// By chance: it has to be nobody else's.
pub(super) fn number() -> u64 {
    RandomState::new().hash_one(clock::unix_ms())
}
