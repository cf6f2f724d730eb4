//! Query strings: `application/x-www-form-urlencoded` pairs, decoded strictly.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ads;

/// Why a query is refused; the text is shown to the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadQuery(pub &'static str);

/// The decoded pairs of the keys that are ours, in order. Advertisers append what they like: what is not ours changes no
/// page, and however broken it is it must not cost the click. Pairs without `=` have an empty value.
pub fn pairs(
    text: &str,
    is_ours: impl Fn(&str) -> bool,
) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), BadQuery>> {
    pairs_of_all(text, move |key| !ads::is_parameter(key) && is_ours(key))
}

/// The same, also of an advertiser's keys: for the lead that comes of the click, never for a page.
pub fn pairs_of_all(
    text: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), BadQuery>> {
    text.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = decode(key).ok().filter(|key| is_wanted(key))?;
        Some(decode(value).map(|value| (key, value)))
    })
}

/// Whether a page's fragment is asked for. Written by our own script, so it is taken only as that writes it.
pub fn asks_for_fragment(text: &str) -> bool {
    text.split('&').any(|pair| pair == "f=1")
}

fn decode(text: &str) -> Result<Cow<'_, str>, BadQuery> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    unescape(&text.replace('+', " ")).map(Cow::Owned).ok_or(BadQuery("the query is not valid UTF-8"))
}

/// What is written as it is: the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes pairs.
#[derive(Debug, Default)]
pub struct Writer(String);

impl Writer {
    /// `key` needs no escapes.
    pub fn pair(&mut self, key: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(key);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, ESCAPED));
    }

    pub fn text(self) -> String {
        self.0
    }
}

/// Percent-decodes; `None` for a `%` without two hex digits, for bytes that are not UTF-8, and for control characters.
pub fn unescape(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    let broken = bytes.iter().enumerate().any(|(i, &b)| b == b'%' && !(hex(i + 1) && hex(i + 2)));
    if broken {
        return None;
    }
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.chars().any(char::is_control)).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{asks_for_fragment, pairs, unescape};

    #[test]
    fn pairs_are_decoded() {
        for (text, expected) in [
            ("", "[]"),
            (
                "a=1&b=x+y&a=%E2%82%B9&&a",
                r#"[Ok(("a", "1")), Ok(("b", "x y")), Ok(("a", "₹")), Ok(("a", ""))]"#,
            ),
            ("gclid=%zz&utm_campaign=100%off&campaign=100%off&%zz=1&fbclid=%e9&%61=1", r#"[Ok(("a", "1"))]"#),
            ("a=%zz", r#"[Err(BadQuery("the query is not valid UTF-8"))]"#),
            ("a=%00", r#"[Err(BadQuery("the query is not valid UTF-8"))]"#),
            ("b=%ff", r#"[Err(BadQuery("the query is not valid UTF-8"))]"#),
        ] {
            let ours = |key: &str| ["a", "b"].contains(&key);
            assert_eq!(format!("{:?}", pairs(text, ours).collect::<Vec<_>>()), expected, "{text}");
        }
    }

    #[test]
    fn what_advertisers_append_is_nobodys() {
        for name in crate::http::ads::PARAMETERS {
            let escaped = format!("{name}=1&%{:x}{}=2", name.as_bytes()[0], &name[1..]);
            assert_eq!(pairs(&escaped, |_| true).count(), 0, "{name}");
        }
    }

    #[test]
    fn a_fragment_is_asked_for_by_its_own_pair() {
        for (text, expected) in [
            ("f=1", true),
            ("make=honda&f=1", true),
            ("f=1&after=x", true),
            ("", false),
            ("f=2", false),
            ("f=", false),
            ("ref=1&of=1&f=10", false),
        ] {
            assert_eq!(asks_for_fragment(text), expected, "{text}");
        }
    }

    #[test]
    fn escapes_are_whole_or_refused() {
        for (text, expected) in
            [("a%20b", Some("a b")), ("%", None), ("%4", None), ("%4g", None), ("%0a", None)]
        {
            assert_eq!(unescape(text).as_deref(), expected);
        }
    }
}
