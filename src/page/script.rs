//! The pages' script and the service worker: written to be read in `assets/`, one file per concern, and joined here without
//! what only readers need. Names stay as they are: what a browser shows of them can be found in the source.

use std::collections::HashMap;
use std::sync::LazyLock;

/// In the order in which they need each other.
const PAGE: [&str; 7] = [
    include_str!("../../assets/script/lists.js"),
    include_str!("../../assets/script/events.js"),
    include_str!("../../assets/script/fragments.js"),
    include_str!("../../assets/script/router.js"),
    include_str!("../../assets/script/listing.js"),
    include_str!("../../assets/script/page.js"),
    include_str!("../../assets/script/start.js"),
];
const LEADS: &str = include_str!("../../assets/worker/leads.js");
const PAGES: &str = include_str!("../../assets/worker/pages.js");
const OFF: &str = include_str!("../../assets/worker/off.js");

/// What pages load, in a scope of its own.
pub(super) fn of_pages() -> &'static str {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| format!("\"use strict\";{{{}}}", slim(&PAGE.concat())));
    &SCRIPT
}

/// `build` names what the worker keeps for good, `script` is the address of [`of_pages`].
pub(super) fn worker(build: &str, script: &str) -> String {
    let source = format!("{LEADS}{PAGES}");
    format!("\"use strict\";const BUILD=\"{build}\",APP=\"{script}\";{}", slim(&source))
}

/// The worker that takes all others' place and ends.
pub(super) fn worker_off() -> String {
    slim(&format!("{LEADS}{OFF}"))
}

/// Leaves out comments and white space, and writes constants out. Statements end in semicolons here, so a new line says
/// nothing.
fn slim(source: &str) -> String {
    let constants: HashMap<&str, &str> = source.lines().filter_map(constant).collect();
    let source: String =
        source.lines().filter(|line| constant(line).is_none()).flat_map(|line| [line, "\n"]).collect();
    let mut out = String::with_capacity(source.len());
    let mut rest = source.as_str();
    let mut is_apart = false;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            is_apart = true;
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            is_apart = true;
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first.is_whitespace() {
            is_apart = true;
            first.len_utf8()
        } else {
            let length = token(rest, &out);
            if is_apart && would_stick(out.chars().next_back(), first) {
                out.push(' ');
            }
            is_apart = false;
            let text = &rest[..length];
            let constant = constants.get(text).filter(|_| !out.ends_with('.'));
            out.push_str(constant.unwrap_or(&text));
            length
        };
        rest = &rest[length..];
    }
    out
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

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Two words, `+ +`, `- -`.
fn would_stick(last: Option<char>, first: char) -> bool {
    last.is_some_and(|last| is_word(last) && is_word(first) || last == first && "+-".contains(first))
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
        ] {
            assert_eq!(slim(source), expected, "{source}");
        }
    }

    #[test]
    fn the_sources_keep_to_what_is_understood_here() {
        for script in [of_pages(), &worker("1", "/a.js"), &worker_off()] {
            for wrong in ["\n", "/*", "@param", "return/", "case/", "${`"] {
                assert!(!script.contains(wrong), "{wrong} in {script}");
            }
            for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
                assert_eq!(script.matches(open).count(), script.matches(close).count(), "{open}");
            }
        }
    }
}
