//! The readable part of a car's address: `2019-renault-duster-110ps-diesel-rxs-amt`.

/// Lower-case ASCII letters and digits of `parts`, everything else one hyphen. At most 80 bytes.
pub fn slug(parts: &[&str]) -> String {
    let mut slug = String::with_capacity(64);
    for part in parts {
        if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        for c in part.chars() {
            if slug.len() >= 80 {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// A name as filters in addresses have it: its slug, or itself if letters would be lost. Of a word the same word.
pub fn word(name: &str) -> String {
    let is_ascii = !name.chars().any(|c| c.is_alphanumeric() && !c.is_ascii());
    let slug = if is_ascii { slug(&[name]) } else { String::new() };
    if slug.is_empty() { name.trim().to_lowercase() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::{slug, word};

    #[test]
    fn a_word_is_never_empty_unless_the_name_is() {
        for (name, expected) in [
            ("Third Party insurance", "third-party-insurance"),
            (" नीला 2 ", "नीला 2"),
            ("Škoda", "škoda"),
            (" ", ""),
        ] {
            assert_eq!(word(name), expected);
            assert_eq!(word(expected), expected);
        }
    }

    #[test]
    fn is_lower_case_ascii_with_single_hyphens() {
        for (parts, expected) in [
            (&["2019", "Renault", "Duster"][..], "2019-renault-duster"),
            (&["Wagon R", "1.0 LXI (O)"], "wagon-r-1-0-lxi-o"),
            (&["  ", "é", "Škoda"], "koda"),
            (&[], ""),
        ] {
            assert_eq!(slug(parts), expected);
        }
        assert!(slug(&["x".repeat(500).as_str()]).len() <= 80);
    }
}
