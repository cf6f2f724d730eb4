//! SQL text as words: comments left out, names without their quotes.

/// A word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Not quoted: a keyword, a name or a number.
    Bare(String),
    /// In backticks or double quotes: a name, or text.
    Quoted(String),
    /// In single quotes.
    Text,
    Sign(char),
}

impl Word {
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Bare(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Bare(name) | Self::Quoted(name) => Some(name),
            Self::Text | Self::Sign(_) => None,
        }
    }
}

/// The first `max` words. What stands in `/*! */` is code, as the server takes it.
pub(super) fn split(sql: &str, max: usize) -> Vec<Word> {
    let (mut words, mut rest) = (Vec::new(), sql);
    while words.len() < max {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\0');
        let Some(first) = rest.chars().next() else { break };
        if let Some(behind) = comment(rest) {
            rest = behind;
            continue;
        }
        match first {
            '`' | '"' | '\'' => {
                let (text, behind) = quoted(rest, first);
                words.push(if first == '\'' { Word::Text } else { Word::Quoted(text) });
                rest = behind;
            }
            c if is_of_name(c) => {
                let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
                words.push(Word::Bare(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            c => {
                words.push(Word::Sign(c));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    words
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || c >= '\u{80}'
}

/// What is behind the comment, or behind the mark of one whose content counts, if `text` begins with one.
fn comment(text: &str) -> Option<&str> {
    let line_end = |text: &str| text.find('\n').unwrap_or(text.len());
    for mark in ["/*M!", "/*!"] {
        if let Some(code) = text.strip_prefix(mark) {
            return Some(code.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
    }
    if let Some(inside) = text.strip_prefix("/*") {
        return Some(inside.split_once("*/").map_or("", |(_, behind)| behind));
    }
    if let Some(behind) = text.strip_prefix("*/") {
        return Some(behind);
    }
    let is_line = text.starts_with('#')
        || text
            .strip_prefix("--")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_line.then(|| &text[line_end(text)..])
}

/// The text between two `quote`s, with doubled ones read as one, and what is behind it.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let (mut inside, mut chars) = (String::new(), text[1..].char_indices().peekable());
    while let Some((i, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            inside.extend(chars.next().map(|(_, c)| c));
        } else if c != quote {
            inside.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            inside.push(quote);
        } else {
            return (inside, &text[1 + i + 1..]);
        }
    }
    (inside, "")
}
