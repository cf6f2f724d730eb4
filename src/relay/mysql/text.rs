//! Text of a column's character set as UTF-8.

/// The collation of bytes that are no text.
pub(super) const BINARY: u16 = 63;

/// Where cp1252, which the server calls latin1, is not latin-1.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// `collation` is the server's number of it. Sets that are not known here are taken for UTF-8; what is none in them is
/// replaced.
pub(super) fn decode(bytes: &[u8], collation: u16) -> String {
    // MariaDB's collations without padding are the others plus 1024.
    let collation = if (1024..2048).contains(&collation) { collation - 1024 } else { collation };
    match collation {
        5 | 8 | 15 | 31 | 47 | 48 | 49 | 94 => bytes.iter().map(|&byte| latin1(byte)).collect(),
        // ucs2 and utf16.
        35 | 90 | 54 | 55 | 101..=124 | 128..=151 | 159 => utf16(bytes, u16::from_be_bytes),
        56 | 62 => utf16(bytes, u16::from_le_bytes),
        60 | 61 | 160..=183 => {
            let chars = bytes.as_chunks().0.iter().map(|&unit| char::from_u32(u32::from_be_bytes(unit)));
            chars.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn latin1(byte: u8) -> char {
    match byte {
        0x80..=0x9f => CP1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<_> = bytes.as_chunks().0.iter().map(|&bytes| unit(bytes)).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn text_is_decoded_by_its_collation() {
        for (bytes, collation, expected) in [
            (&b"\xe9\x80"[..], 8, "é€"),
            (b"\xe9", 1071, "é"),
            ("é".as_bytes(), 45, "é"),
            (b"\x00\xe9", 54, "é"),
            (b"\xe9\x00", 56, "é"),
            (b"\x00\x01\xf6\x00", 60, "😀"),
            (b"\xff", 45, "\u{fffd}"),
        ] {
            assert_eq!(decode(bytes, collation), expected, "{collation}");
        }
    }
}
