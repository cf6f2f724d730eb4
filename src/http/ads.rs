//! What advertisers append to addresses. It changes no byte of any page, and browsers are told so.

/// One list for both: what no query is asked for, and what `No-Vary-Search` says of it. Names are words of structured
/// fields (RFC 9651 section 3.3.3) as they stand, and are compared with their case, as browsers do.
macro_rules! parameters {
    ($($name:literal)*) => {
        pub const PARAMETERS: &[&str] = &[$($name),*];

        /// The response's field: addresses that differ in these, or in the order of their keys, have one page. See
        /// <https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/No-Vary-Search>.
        pub const NO_VARY_SEARCH: &str = concat!("key-order, params=(", $("\"", $name, "\" ",)* ")");
    };
}

parameters! {
    "gclid" "gbraid" "wbraid" "dclid" "gclsrc" "gad_source" "gad_campaignid" "srsltid" "_gl"
    "fbclid" "msclkid" "ttclid" "twclid" "li_fat_id"
    "utm_source" "utm_medium" "utm_campaign" "utm_term" "utm_content" "utm_id"
    "utm_source_platform" "utm_creative_format" "utm_marketing_tactic"
}

pub fn is_parameter(key: &str) -> bool {
    PARAMETERS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::{NO_VARY_SEARCH, PARAMETERS};

    #[test]
    fn browsers_are_told_of_exactly_what_is_ignored() {
        let inner = NO_VARY_SEARCH.strip_prefix("key-order, params=(").unwrap().strip_suffix(')').unwrap();
        let told: Vec<_> = inner.split(' ').filter(|name| !name.is_empty()).collect();
        let expected: Vec<_> = PARAMETERS.iter().map(|name| format!("\"{name}\"")).collect();
        assert_eq!(told, expected);
        let plain = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(PARAMETERS.iter().all(plain), "{PARAMETERS:?}");
    }
}
