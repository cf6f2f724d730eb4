//! Who asks: the profile that a cookie carries, and a new cookie when it has changed.

use http::header::HeaderValue;
use std::hash::{BuildHasher as _, RandomState};

use super::ask::Ask;
use crate::car::CarId;
use crate::clock;
use crate::keys::Keys;
use crate::rank::{Interaction, Profile};

/// The cookie's name.
const NAME: &str = "forecourt";
/// A cookie that is not ours to have made is not even opened beyond this.
const COOKIE_BYTES_MAX: usize = 1024;
const COOKIES_MAX: usize = 4;

/// Nothing, if there is no cookie of ours. Other sites of the same domain may have set what they like, under our name too.
pub(super) fn profile(ask: &Ask<'_>, keys: &Keys) -> Profile {
    let cookies = ask.cookies.map(HeaderValue::as_bytes).unwrap_or_default();
    let values = cookies.split(|&b| b == b';').filter_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(NAME.as_bytes())?.strip_prefix(b"=")?;
        std::str::from_utf8(value).ok().filter(|value| value.len() <= COOKIE_BYTES_MAX)
    });
    values.take(COOKIES_MAX).find_map(|value| Profile::open(keys, value)).unwrap_or_default()
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
    is_new.then(|| set_cookie(profile, keys, ask.by_https))
}

/// A year, as long as somebody may look for a car. Scripts have no business with it.
fn set_cookie(profile: &Profile, keys: &Keys, by_https: bool) -> HeaderValue {
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

/// By chance: it has to be nobody else's.
fn number() -> u64 {
    RandomState::new().hash_one(clock::unix_ms())
}
