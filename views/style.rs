//! The one stylesheet, inlined into every page: a page is styled with its first packet, and nothing blocks
//! it.
//!
//! `style.css` is written to be read; [`STYLESHEET`] is what is sent, made from it by the compiler. The server hashes these
//! very bytes for its content security policy.

const SOURCE: &str = include_str!("style.css");

const LENGTH: usize = minify(SOURCE.as_bytes()).1;

#[expect(clippy::large_const_arrays, reason = "it is used once, by the constant below")]
const BYTES: [u8; LENGTH] = {
    let (from, mut bytes, mut at) = (minify(SOURCE.as_bytes()).0, [0; LENGTH], 0);
    while at < LENGTH {
        bytes[at] = from[at];
        at += 1;
    }
    bytes
};

/// The CSS exactly as it stands between `<style>` and `</style>`.
pub const STYLESHEET: &str = match std::str::from_utf8(&BYTES) {
    Ok(text) => text,
    Err(_) => panic!("style.css is UTF-8, and only whole ASCII characters are left out"),
};

/// Leaves out comments and the white space CSS does not need, outside of quotes. Returns the bytes and how
/// many count.
const fn minify(css: &[u8]) -> ([u8; SOURCE.len()], usize) {
    let (mut out, mut length, mut at) = ([0; SOURCE.len()], 0, 0);
    let (mut quoted, mut space) = (false, false);
    while at < css.len() {
        let byte = css[at];
        if !quoted && byte == b'/' && css[at + 1] == b'*' {
            while css[at] != b'*' || css[at + 1] != b'/' || css[at - 1] == b'/' {
                at += 1;
            }
            at += 2;
            continue;
        }
        at += 1;
        if !quoted && byte.is_ascii_whitespace() {
            space = true;
            continue;
        }
        let last = if length > 0 { out[length - 1] } else { b'{' };
        if space && !glues_before(byte) && !glues_after(last) {
            out[length] = b' ';
            length += 1;
        }
        space = false;
        if byte == b'}' && last == b';' {
            length -= 1;
        }
        if byte == b'"' {
            quoted = !quoted;
        }
        out[length] = byte;
        length += 1;
    }
    (out, length)
}

/// White space before a colon is kept: `a :hover` and `a:hover` differ.
const fn glues_before(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b';' | b',' | b'>')
}

const fn glues_after(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b';' | b',' | b'>' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_is_small_and_cannot_leave_its_element() {
        assert!(STYLESHEET.len() <= 22_900, "{} bytes", STYLESHEET.len());
        assert!(!STYLESHEET.contains('<'));
        assert!(!STYLESHEET.contains("/*"));
        assert!(!STYLESHEET.contains("  "));
        assert!(!STYLESHEET.contains('\n'));
        assert_eq!(STYLESHEET.matches('{').count(), STYLESHEET.matches('}').count());
    }
}
