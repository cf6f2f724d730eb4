//! JavaScript without what only readers need.

use super::names;
use std::collections::HashMap;

/// A literal, a word, or one other character; `is_apart` from what stands before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    is_apart: bool,
}

/// Leaves out comments and white space, writes constants out, and gives short names to what the whole script shares. Statements
/// end in semicolons here, so a new line says nothing.
pub(super) fn slim(source: &str) -> String {
    let constants: HashMap<&str, &str> = source.lines().filter_map(constant).collect();
    let source: String =
        source.lines().filter(|line| constant(line).is_none()).flat_map(|line| [line, "\n"]).collect();
    let mut tokens = tokens(&source);
    for at in 0..tokens.len() {
        let is_field = at > 0 && tokens[at - 1].text == ".";
        if let Some(constant) = constants.get(tokens[at].text).filter(|_| !is_field) {
            tokens[at].text = constant;
        }
    }
    let short = names::shorten(&source, &tokens);
    let mut out = String::with_capacity(source.len());
    for (token, short) in tokens.iter().zip(&short) {
        let text = short.as_ref().map_or(token.text, String::as_str);
        if token.is_apart && would_stick(out.chars().next_back(), text.chars().next()) {
            out.push(' ');
        }
        out.push_str(text);
    }
    out
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let (mut rest, mut is_apart) = (source, false);
    while let Some(first) = rest.chars().next() {
        let left_out = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first.is_whitespace() {
            first.len_utf8()
        } else {
            0
        };
        let length =
            if left_out > 0 { left_out } else { token(rest, tokens.last().map_or("", |last| last.text)) };
        if left_out == 0 {
            tokens.push(Token { text: &rest[..length], is_apart });
        }
        is_apart = left_out > 0;
        rest = &rest[length..];
    }
    tokens
}

/// `const NAME = "text";` or a number, alone on its line: its name and what it stands for. Other things are not called so.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("const ")?.strip_suffix(';')?.split_once(" = ")?;
    let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let is_number = value.parse::<f64>().is_ok();
    let is_text = value.len() > 1 && value.starts_with('"') && value[1..].find('"') == Some(value.len() - 2);
    (is_name && (is_number || is_text)).then_some((name, value))
}

/// The length of a literal, a word, or one other character.
fn token(rest: &str, before: &str) -> usize {
    let first = rest.chars().next().unwrap_or(' ');
    let closed = |until: char| {
        let (mut is_escaped, mut is_class) = (false, false);
        let end = rest.char_indices().skip(1).find(|&(_, c)| {
            let is_end = c == until && !is_escaped && !is_class;
            is_class = until == '/' && !is_escaped && (c == '[' || is_class && c != ']');
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        end.map_or(rest.len(), |(at, _)| at + 1)
    };
    match first {
        '"' | '\'' | '`' => closed(first),
        // Not a division: nothing was there to divide.
        '/' if before.ends_with(|c| "(,=:[!&|?{};>".contains(c)) => closed('/'),
        letter if is_word(letter) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        other => other.len_utf8(),
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Two words, `+ +`, `- -`.
fn would_stick(last: Option<char>, first: Option<char>) -> bool {
    last.zip(first)
        .is_some_and(|(last, first)| is_word(last) && is_word(first) || last == first && "+-".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_reader_needs_is_left_out() {
        for (source, expected) in [
            ("const a = 1; // one\nlet b;\n", "const a=1;let b;"),
            ("/** @type {A} */ (f)(x) + +y - -z", "(f)(x)+ +y- -z"),
            (
                "say(\"no // comment, 'really'\" + `two  ${ a }`)",
                "say(\"no // comment, 'really'\"+`two  ${ a }`)",
            ),
            ("x = /\\/ [/ \"] /.test(y) / 2", "x=/\\/ [/ \"] /.test(y)/2"),
            ("'it\\'s  '", "'it\\'s  '"),
            ("const A_MS = 3e3;\nf(A_MS, A_MSX, \"A_MS\");", "f(3e3,A_MSX,\"A_MS\");"),
            ("const B = \"b c\";\nconst b = B + a.B;", "const b=\"b c\"+a.B;"),
            ("return   a ? b : c", "return a?b:c"),
            ("const long = 1;\nx = long + y.long;", "const a=1;x=a+y.long;"),
        ] {
            assert_eq!(slim(source), expected, "{source}");
        }
    }
}
