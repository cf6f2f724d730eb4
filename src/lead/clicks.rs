//! The advertisement somebody came by: identifiers of a landing's address, kept in a cookie of our own until a lead
//! needs them.
//!
//! They are set by header and sealed, never in HTML. Advertisers tell their own by letter case, so values stay as they
//! are. The newest landing counts.

use crate::http::query::pairs_of_all;
use crate::keys::{Keys, Purpose};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clicks {
    pub landed_ms: u64,
    /// In the order of [`KEYS`], then `utm_...` as they came.
    pub pairs: Vec<(String, String)>,
}

/// The ones a sale is told back to an advertiser with.
pub const KEYS: [&str; 6] = ["gclid", "fbclid", "gbraid", "wbraid", "msclkid", "ttclid"];
const UTM: &str = "utm_";
/// What browsers take for a cookie is 4096 bytes, in base64 and with its attributes.
const BYTES_MAX: usize = 2_400;
const VALUE_BYTES_MAX: usize = 600;
const KEY_BYTES_MAX: usize = 24;
const LAYOUT: u8 = 1;

/// Whether a query may hold some. Asked of every landing, so it only looks for what they have in common.
pub fn may_have(query: &str) -> bool {
    !query.is_empty() && ["clid=", "clkid=", "braid=", UTM].iter().any(|part| query.contains(part))
}

impl Clicks {
    /// `None` when the query has none. What is broken, empty or too long is left out, utm first.
    pub fn of(query: &str, landed_ms: u64) -> Option<Self> {
        let is_utm = |key: &str| {
            key.starts_with(UTM)
                && key.len() <= KEY_BYTES_MAX
                && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        let ours = |key: &str| KEYS.contains(&key) || is_utm(key);
        let mut found: Vec<(String, String)> = Vec::new();
        for (key, value) in pairs_of_all(query, ours).flatten() {
            let fits = (1..=VALUE_BYTES_MAX).contains(&value.len());
            if fits && found.iter().all(|(known, _)| *known != key) {
                found.push((key.into_owned(), value.into_owned()));
            }
        }
        found.sort_by_key(|(key, _)| KEYS.iter().position(|known| known == key).unwrap_or(KEYS.len()));
        let mut bytes = 9;
        found.retain(|(key, value)| {
            let fits = bytes + key.len() + value.len() + 3 <= BYTES_MAX;
            bytes += if fits { key.len() + value.len() + 3 } else { 0 };
            fits
        });
        (!found.is_empty()).then_some(Self { landed_ms, pairs: found })
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Facebook's `_fbc`: version, subdomain index, when the click was seen, the click.
    pub fn fbc(&self) -> Option<String> {
        self.get("fbclid").map(|click| format!("fb.1.{}.{click}", self.landed_ms))
    }

    /// The cookie's value.
    pub fn seal(&self, keys: &Keys) -> String {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.landed_ms.to_le_bytes());
        for (key, value) in &self.pairs {
            bytes.push(key.len() as u8);
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        keys.seal(Purpose::Clicks, &bytes)
    }

    /// `None` for what [`Self::seal`] has not made with one of these keys.
    pub fn open(keys: &Keys, text: &str) -> Option<Self> {
        let bytes = keys.open(Purpose::Clicks, text)?;
        let (&LAYOUT, rest) = bytes.split_first()? else { return None };
        let (landed, mut rest) = rest.split_first_chunk::<8>()?;
        let mut clicks = Self { landed_ms: u64::from_le_bytes(*landed), pairs: Vec::new() };
        while let Some((&length, after)) = rest.split_first() {
            let (key, after) = after.split_at_checked(length.into())?;
            let (length, after) = after.split_first_chunk::<2>()?;
            let (value, after) = after.split_at_checked(u16::from_le_bytes(*length).into())?;
            clicks
                .pairs
                .push((String::from_utf8(key.to_vec()).ok()?, String::from_utf8(value.to_vec()).ok()?));
            rest = after;
        }
        Some(clicks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Clicks, KEYS, may_have};
    use crate::keys::Keys;

    #[test]
    fn identifiers_are_found_among_everything_else() {
        for (query, expected) in [
            ("", ""),
            ("make=honda&price_max=800000", ""),
            ("gclid=", ""),
            ("gclid=%zz&utm_source=%ff", ""),
            ("utm_Source=x&utm_a1=x&xgclid=1&clid=3", ""),
            ("fbclid=IwAR0aBcD_-x&make=honda", "fbclid=IwAR0aBcD_-x"),
            (
                "utm_source=google&gclid=A&gclid=B&utm_medium=c%20pc",
                "gclid=A utm_source=google utm_medium=c pc",
            ),
            ("wbraid=w&gbraid=g&ttclid=t&msclkid=m", "gbraid=g wbraid=w msclkid=m ttclid=t"),
        ] {
            let found = Clicks::of(query, 5).unwrap_or_default().pairs;
            let text: Vec<_> = found.iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!(text.join(" "), expected, "{query}");
            assert!(may_have(query) || expected.is_empty(), "{query}");
        }
        assert!(!may_have("make=honda&sort=price"));
        assert!(
            KEYS.iter()
                .all(|key| may_have(&format!("{key}=1")) && Clicks::of(&format!("{key}=1"), 1).is_some())
        );
    }

    #[test]
    fn the_cookie_is_bounded_and_clicks_come_before_campaigns() {
        let long = "x".repeat(600);
        let utm = ["a", "b", "c", "d", "e"].map(|name| format!("utm_{name}={long}&")).concat();
        let clicks = Clicks::of(&format!("{utm}fbclid={long}&gclid={long}y"), 1).unwrap();
        assert_eq!(clicks.pairs[0].0, "fbclid", "a value that is too long is left out");
        assert_eq!(clicks.pairs.len(), 3);
        assert!(clicks.seal(&Keys::new(&[[1; 32]])).len() < 3_400);
        assert_eq!(clicks.fbc(), Some(format!("fb.1.1.{long}")));
    }

    proptest! {
        #[test]
        fn a_cookie_is_what_it_was_made_of(query in "((gclid|fbclid|utm_source|utm_term)=[A-Za-z0-9_%+-]{0,30}&?){0,6}", ms in any::<u64>()) {
            let keys = Keys::new(&[[1; 32]]);
            if let Some(clicks) = Clicks::of(&query, ms) {
                prop_assert_eq!(Clicks::open(&keys, &clicks.seal(&keys)), Some(clicks));
            }
        }

        #[test]
        fn garbage_is_no_cookie(text in ".{0,200}") {
            prop_assert_eq!(Clicks::open(&Keys::new(&[[1; 32]]), &text), None);
        }
    }
}
