//! Trace ids: whose request a log line is about, across the services it came through.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

/// 16 bytes, as in `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// From the fields of a request, if one of them holds an id: W3C's Trace Context (section 3.2), else what an AWS load balancer
    /// adds. X-Ray writes the same 16 bytes in two parts.
    pub fn of(traceparent: Option<&[u8]>, amazon: Option<&[u8]>) -> Option<Self> {
        let text =
            |field: Option<&[u8]>| field.and_then(|field| std::str::from_utf8(field).ok().map(str::to_owned));
        let w3c = |field: String| match field.split('-').collect::<Vec<_>>()[..] {
            [version, id, _, _, ..] if version.len() == 2 && version != "ff" => Self::parse(id),
            _ => None,
        };
        let xray = |field: String| {
            let root = field.split(';').find_map(|part| part.trim().strip_prefix("Root=1-"))?;
            let (seconds, rest) = root.split_once('-')?;
            Self::parse(&format!("{seconds}{rest}"))
        };
        text(traceparent).and_then(w3c).or_else(|| text(amazon).and_then(xray))
    }

    fn parse(digits: &str) -> Option<Self> {
        let is_id = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let id = is_id.then(|| u128::from_str_radix(digits, 16).ok()).flatten()?;
        // All zeros is how senders say that they have none.
        (id != 0).then_some(Self(id))
    }

    /// For a request that came without.
    pub fn by_chance() -> Self {
        let half = || u128::from(RandomState::new().hash_one(0));
        Self(half() << 64 | half() | 1)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::TraceId;

    #[test]
    fn a_trace_id_is_read_from_either_field_and_from_nothing_else() {
        const W3C: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        const XRAY: &str = "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678";
        for (traceparent, amazon, expected) in [
            (W3C, "", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("", XRAY, "67891233abcdef012345678912345678"),
            (W3C, XRAY, "4bf92f3577b34da6a3ce929d0e0e4736"),
            (
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "",
                "4bf92f3577b34da6a3ce929d0e0e4736",
            ),
            (
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                XRAY,
                "67891233abcdef012345678912345678",
            ),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", "", ""),
            ("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", "", ""),
            ("00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "", ""),
            ("4bf92f3577b34da6a3ce929d0e0e4736", "Root=1-67891233", ""),
            ("asha@example.com", "Root=asha@example.com", ""),
        ] {
            let found = TraceId::of(Some(traceparent.as_bytes()), Some(amazon.as_bytes()));
            assert_eq!(
                found.map(|id| id.to_string()).unwrap_or_default(),
                expected,
                "{traceparent} {amazon}"
            );
        }
        assert_eq!(TraceId::of(None, Some(b"\xff")), None);
        assert_ne!(TraceId::by_chance(), TraceId::by_chance());
    }
}
