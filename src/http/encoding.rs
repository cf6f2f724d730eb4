//! Content codings and their negotiation (RFC 9110 section 12.5.3).

/// A coding a page is kept in, ordered by how soon it has made one small: gzip compresses what all pages begin with once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    Identity,
    Brotli,
    Zstd,
    Gzip,
}

impl Encoding {
    pub const ALL: [Self; 4] = [Self::Identity, Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its name in `Content-Encoding`, and the suffix of its ETag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
        }
    }

    /// The client's favourite by q-value; of equal ones gzip, zstd, br. `None`, an empty or an
    /// unreadable field, and one that excludes everything, mean identity: a page beats a 406.
    pub fn negotiate(accept: Option<&[u8]>) -> Self {
        let of = qualities(accept);
        let best = Self::ALL.into_iter().max_by_key(|&encoding| (of(encoding), encoding));
        best.filter(|&encoding| of(encoding) > 0).unwrap_or(Self::Identity)
    }

    /// Whether the client takes it at all.
    pub fn is_accepted(self, accept: Option<&[u8]>) -> bool {
        qualities(accept)(self) > 0
    }
}

/// What the client says of each coding, in thousandths.
fn qualities(accept: Option<&[u8]>) -> impl Fn(Encoding) -> u16 {
    const ALL: [Encoding; 4] = Encoding::ALL;
    let mut quality: [Option<u16>; ALL.len()] = [None; ALL.len()];
    let mut others = None;
    if let Some(accept) = accept {
        for item in accept.split(|&b| b == b',') {
            let (name, parameters) = match item.iter().position(|&b| b == b';') {
                Some(i) => (&item[..i], Some(&item[i + 1..])),
                None => (item, None),
            };
            let q = parameters.map_or(Some(1000), q_value);
            match name.trim_ascii() {
                b"br" => quality[Encoding::Brotli as usize] = q,
                b"zstd" => quality[Encoding::Zstd as usize] = q,
                b"gzip" | b"x-gzip" => quality[Encoding::Gzip as usize] = q,
                b"identity" => quality[Encoding::Identity as usize] = q,
                b"*" => others = q,
                other => {
                    if let Some(known) =
                        Encoding::ALL.iter().find(|e| e.as_str().as_bytes().eq_ignore_ascii_case(other))
                    {
                        quality[*known as usize] = q;
                    }
                }
            }
        }
    }
    // Identity is acceptable unless excluded, but any coding the client names is preferred to it.
    move |encoding| match (quality[encoding as usize].or(others), encoding) {
        (Some(q), _) => q,
        (None, Encoding::Identity) => 1,
        (None, _) => 0,
    }
}

/// Thousandths; `None` when it cannot be read, which is as if the coding had not been named.
fn q_value(parameters: &[u8]) -> Option<u16> {
    for parameter in parameters.split(|&b| b == b';') {
        let parameter = parameter.trim_ascii();
        let Some(value) = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q=")) else {
            continue;
        };
        let q: f32 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
        return (0.0..=1.0).contains(&q).then_some((q * 1000.0) as u16);
    }
    Some(1000)
}

#[cfg(test)]
mod tests {
    use super::Encoding::{self, Brotli, Gzip, Identity, Zstd};

    #[test]
    fn the_best_acceptable_coding_is_chosen() {
        for (accept, expected) in [
            (None, Identity),
            (Some(""), Identity),
            (Some("gzip, deflate, br, zstd"), Gzip),
            (Some("gzip, deflate, br"), Gzip),
            (Some("br, zstd"), Zstd),
            (Some("gzip"), Gzip),
            (Some("GZIP"), Gzip),
            (Some("x-gzip"), Gzip),
            (Some("deflate"), Identity),
            (Some("br;q=0.5, gzip;q=0.8"), Gzip),
            (Some("br;q=0.9, gzip;q=0.8"), Brotli),
            (Some("br;q=0, gzip;q=0.1"), Gzip),
            (Some("gzip ; q=0.9 , zstd; q=0.91"), Zstd),
            (Some("*"), Gzip),
            (Some("*;q=0.5, gzip"), Gzip),
            (Some("gzip;q=0, *"), Zstd),
            (Some("identity, gzip;q=0.5"), Identity),
            (Some("identity;q=0"), Identity),
            (Some("identity;q=0, gzip;q=0.001"), Gzip),
            (Some("gzip;q=2"), Identity),
            (Some("gzip;q=x"), Identity),
            (Some(",,;;q=,"), Identity),
        ] {
            assert_eq!(Encoding::negotiate(accept.map(str::as_bytes)), expected, "{accept:?}");
        }
    }
}
