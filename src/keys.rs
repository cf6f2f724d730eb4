//! Signing what visitors carry for us, so that what comes back is what was given.
//!
//! A sealed text is `base64url(key's mark, payload, tag)`: readable by anybody, made by those who have the key. The first
//! key signs, all are accepted, so that keys can be changed without anybody losing anything.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use data_encoding::BASE64URL_NOPAD;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// What a text is for. One that was sealed for another purpose is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Profile,
    Cursor,
    /// A lead's id, which is its receipt.
    Lead,
    /// The advertisement somebody came by.
    Clicks,
    /// Hashes of what must not be told.
    Person,
}

impl Purpose {
    const CONTEXTS: [&'static str; 5] = [
        "forecourt 2026 profile",
        "forecourt 2026 cursor",
        "forecourt 2026 lead",
        "forecourt 2026 clicks",
        "forecourt 2026 person",
    ];
}

#[derive(Clone)]
struct Key {
    mark: u8,
    /// By purpose.
    derived: [[u8; KEY_BYTES]; Purpose::CONTEXTS.len()],
}

impl Key {
    fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self {
            mark: blake3::derive_key("forecourt 2026 mark", key)[0],
            derived: Purpose::CONTEXTS.map(|context| blake3::derive_key(context, key)),
        }
    }
}

/// Clones are the same keys: what one adopts all have.
#[derive(Clone)]
pub struct Keys(Arc<ArcSwap<Vec<Key>>>);

/// Keys accepted, once some were adopted.
const KEPT_MAX: usize = 4;

impl Keys {
    /// `keys` is not empty.
    pub fn new(keys: &[[u8; KEY_BYTES]]) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(keys.iter().map(Key::new).collect())))
    }

    /// Signs with this key from now on; the ones before are still accepted.
    pub fn adopt(&self, key: &[u8; KEY_BYTES]) {
        let first = Key::new(key);
        let held = self.0.load();
        let others = held.iter().filter(|held| held.derived != first.derived).take(KEPT_MAX - 1).cloned();
        let keys = std::iter::once(first.clone()).chain(others).collect();
        self.0.store(Arc::new(keys));
    }

    /// The key that a text stands for.
    pub fn of_text(text: &str) -> [u8; KEY_BYTES] {
        blake3::derive_key("forecourt 2026 key", text.as_bytes())
    }

    pub fn seal(&self, purpose: Purpose, payload: &[u8]) -> String {
        let mut text = String::new();
        self.seal_onto(&mut text, purpose, payload);
        text
    }

    /// Appends the sealed text.
    pub fn seal_onto(&self, text: &mut String, purpose: Purpose, payload: &[u8]) {
        let keys = self.0.load();
        let key = &keys[0];
        let mut bytes = Vec::with_capacity(1 + payload.len() + TAG_BYTES);
        bytes.push(key.mark);
        bytes.extend_from_slice(payload);
        let tag = tag(key, purpose, &bytes);
        bytes.extend_from_slice(&tag);
        BASE64URL_NOPAD.encode_append(&bytes, text);
    }

    /// A hash that nobody without the keys can make: what is equal has equal ones, under the same first key.
    pub fn mark(&self, purpose: Purpose, bytes: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.0.load()[0].derived[purpose as usize], bytes).as_bytes()
    }

    /// The payload; `None` for anything that was not sealed with one of these keys for this purpose.
    pub fn open(&self, purpose: Purpose, text: &str) -> Option<Vec<u8>> {
        let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let n_signed = bytes.len().checked_sub(TAG_BYTES).filter(|&n| n > 0)?;
        let (signed, given) = bytes.split_at(n_signed);
        let given: [u8; TAG_BYTES] = given.try_into().ok()?;
        // `blake3::Hash` compares in constant time; cut tags are compared whole, filled up alike.
        let whole = |tag: [u8; TAG_BYTES]| {
            let mut bytes = [0; 32];
            bytes[..TAG_BYTES].copy_from_slice(&tag);
            blake3::Hash::from_bytes(bytes)
        };
        let of_key = |key: &Key| key.mark == signed[0] && whole(tag(key, purpose, signed)) == whole(given);
        if !self.0.load().iter().any(of_key) {
            return None;
        }
        bytes.truncate(n_signed);
        bytes.remove(0);
        Some(bytes)
    }
}

fn tag(key: &Key, purpose: Purpose, signed: &[u8]) -> [u8; TAG_BYTES] {
    let hash = blake3::keyed_hash(&key.derived[purpose as usize], signed);
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&hash.as_bytes()[..TAG_BYTES]);
    tag
}

/// Never the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.load().len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Purpose};

    #[test]
    fn only_what_was_sealed_opens() {
        let (old, new) = (Keys::new(&[[1; 32]]), Keys::new(&[[2; 32], [1; 32]]));
        let text = old.seal(Purpose::Profile, b"payload");
        assert_eq!(old.open(Purpose::Profile, &text).as_deref(), Some(&b"payload"[..]));
        assert_eq!(new.open(Purpose::Profile, &text).as_deref(), Some(&b"payload"[..]), "an older key");
        assert_eq!(old.open(Purpose::Cursor, &text), None, "another purpose");
        assert_eq!(
            old.open(Purpose::Profile, &new.seal(Purpose::Profile, b"payload")),
            None,
            "a foreign key"
        );
        for i in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[i] = if forged[i] == b'A' { b'B' } else { b'A' };
            assert_eq!(old.open(Purpose::Profile, std::str::from_utf8(&forged).unwrap()), None, "byte {i}");
            assert_eq!(old.open(Purpose::Profile, &text[..i]), None, "cut at {i}");
        }
        assert_eq!(old.open(Purpose::Profile, &old.seal(Purpose::Profile, b"")).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn an_adopted_key_signs_and_the_ones_before_are_accepted() {
        let (keys, other) = (Keys::new(&[[1; 32]]), Keys::new(&[[2; 32]]));
        let (clone, before) = (keys.clone(), keys.seal(Purpose::Cursor, b"before"));
        keys.adopt(&[2; 32]);
        keys.adopt(&[2; 32]);
        assert!(other.open(Purpose::Cursor, &clone.seal(Purpose::Cursor, b"after")).is_some());
        assert!(clone.open(Purpose::Cursor, &before).is_some());
        (3..6).for_each(|key| keys.adopt(&[key; 32]));
        assert!(clone.open(Purpose::Cursor, &before).is_none(), "the oldest is forgotten");
    }
}
