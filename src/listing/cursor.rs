//! The opaque marker that continues a listing.

use std::cmp::Reverse;

use data_encoding::BASE64URL_NOPAD;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::car::{CarId, CivilTime};
use crate::snapshot::OrderKey;

/// Behind which car the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(pub OrderKey);

/// First byte of a marker; another layout takes another.
const LAYOUT: u8 = 1;
const BYTES: usize = 1 + 8 + 8 + CHECK_BYTES;
const CHECK_BYTES: usize = 4;

impl Cursor {
    pub fn encode(self) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.0.listed_at.0.0.to_be_bytes());
        bytes.extend_from_slice(&self.0.car.0.0.to_be_bytes());
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// `None` for anything [`Self::encode`] has not made.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        let (body, sum) = bytes.split_at(BYTES - CHECK_BYTES);
        if sum != check(body) || body[0] != LAYOUT {
            return None;
        }
        let listed_at = i64::from_be_bytes(body[1..9].try_into().ok()?);
        let car = u64::from_be_bytes(body[9..17].try_into().ok()?);
        Some(Self(OrderKey { listed_at: Reverse(CivilTime(listed_at)), car: Reverse(CarId(car)) }))
    }
}

/// Tells typing errors and cut links from markers. It is no signature: a marker grants nothing.
fn check(body: &[u8]) -> [u8; CHECK_BYTES] {
    let sum = xxh3_64_with_seed(body, 0x464F_5245_434F_5552).to_be_bytes();
    [sum[0], sum[1], sum[2], sum[3]]
}
