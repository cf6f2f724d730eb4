//! Conditional requests (RFC 9110 section 13). ETags are strong: one per body and coding.

/// Whether `If-None-Match` names this ETag, so that 304 is the answer. The comparison is weak, as the RFC asks: a
/// cache on the way may have weakened ours.
pub fn none_match_names(field: &[u8], etag: &[u8]) -> bool {
    let mut rest = field.trim_ascii();
    if rest == b"*" {
        return true;
    }
    while !rest.is_empty() {
        let tag = rest.strip_prefix(b"W/").unwrap_or(rest);
        let Some(inner) = tag.strip_prefix(b"\"") else { return false };
        let Some(end) = inner.iter().position(|&b| b == b'"') else { return false };
        if &tag[..end + 2] == etag {
            return true;
        }
        rest = inner[end + 1..].trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::none_match_names;

    #[test]
    fn tags_are_compared_weakly_and_whole() {
        for (field, expected) in [
            ("\"a-br\"", true),
            ("W/\"a-br\"", true),
            ("*", true),
            ("\"x\", \"a-br\"", true),
            ("\"x\" ,W/\"a-br\" , \"y\"", true),
            ("\"a\"", false),
            ("\"a-gzip\"", false),
            ("a-br", false),
            ("\"a-br", false),
            ("\"x,\\\", \"a-br\"", true),
            ("", false),
            (",", false),
        ] {
            assert_eq!(none_match_names(field.as_bytes(), b"\"a-br\""), expected, "{field}");
        }
    }
}
