//! Short names for what is declared at the top of a script. What a browser shows of them is found in `assets/` by what surrounds
//! it: names within functions, of fields and of all that browsers have stay as they are.

use super::slim::{Token, is_word};
use std::collections::{HashMap, HashSet};

/// Fewer than a script has letters for; what is left over keeps its name.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$";

/// For each token the text to write in its place, if there is one.
///
/// A name is given up everywhere or nowhere. Whatever else has the same name within a function gets the same new one, so it still
/// hides what it hid; a new name is no word of the script, so it hides nothing. A name that is also a field's where both are one
/// word (`{ name }`), or that stands within a template, stays.
pub(super) fn shorten(source: &str, tokens: &[Token<'_>]) -> Vec<Option<String>> {
    let declared: HashSet<&str> = source.lines().filter_map(declared).collect();
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut kept: HashSet<&str> = HashSet::new();
    let mut words: HashSet<&str> = HashSet::new();
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let text = token.text;
        match text {
            "{" | "(" | "[" => open.push(text),
            "}" | ")" | "]" => {
                open.pop();
            }
            template if template.starts_with('`') => {
                kept.extend(template.split(|c| !is_word(c)));
            }
            _ => {}
        }
        words.insert(text);
        if !declared.contains(text) {
            continue;
        }
        match place(tokens, at, open.last() == Some(&"{")) {
            Place::Field => {}
            Place::Both => {
                kept.insert(text);
            }
            Place::Name => places.entry(text).or_default().push(at),
        }
    }
    let free = LETTERS
        .split("")
        .filter(|letter| !letter.is_empty() && !words.contains(letter) && !kept.contains(letter));
    let mut names: Vec<(&str, Vec<usize>)> =
        places.into_iter().filter(|(name, _)| name.len() > 1 && !kept.contains(name)).collect();
    names.sort_by_key(|(name, at)| (std::cmp::Reverse(name.len() * at.len()), at[0]));
    let mut short = vec![None; tokens.len()];
    for ((_, at), letter) in names.iter().zip(free) {
        for &at in at {
            short[at] = Some(letter.to_owned());
        }
    }
    short
}

/// `const name` or `let name`, where a line begins: at the top of the script.
fn declared(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("const ").or_else(|| line.strip_prefix("let "))?;
    let name = &rest[..rest.find(|c| !is_word(c))?];
    (!name.is_empty()).then_some(name)
}

enum Place {
    Name,
    Field,
    /// `{ name }` is a field and what it is set to, or a field and the name it is taken into.
    Both,
}

fn place(tokens: &[Token<'_>], at: usize, is_in_braces: bool) -> Place {
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text);
    let (before, after) = (text(at.checked_sub(1)), text(at.checked_add(1)));
    // `...name` is no field.
    if before == "." && text(at.checked_sub(2)) != "." {
        return Place::Field;
    }
    if !is_in_braces || !matches!(before, "{" | ",") {
        return Place::Name;
    }
    match after {
        ":" => Place::Field,
        "," | "}" | "=" => Place::Both,
        _ => Place::Name,
    }
}

#[cfg(test)]
mod tests {
    use crate::page::script::slim::slim;

    #[test]
    fn what_the_whole_script_shares_has_short_names_where_that_is_safe() {
        for (source, expected) in [
            ("const find = 1;\nlet other = find;", "const a=1;let b=a;"),
            // Fields, and what is hidden within a function.
            ("const find = 1;\nx.find(find, { find: find });", "const a=1;x.find(a,{find:a});"),
            ("const find = 1;\nf(find => find + 1);", "const a=1;f(a=>a+1);"),
            ("const find = [];\nf(...find);", "const a=[];f(...a);"),
            ("const find = 1;\ny ? find : find;", "const a=1;y?a:a;"),
            ("const find = 1;\nif (y) { find(); }", "const a=1;if(y){a();}"),
            // One word for two things.
            ("const find = 1;\nf({ find });", "const find=1;f({find});"),
            ("const find = 1;\nf({ x, find });", "const find=1;f({x,find});"),
            ("const find = 1;\nconst { find = 2 } = x;", "const find=1;const{find=2}=x;"),
            ("const find = 1;\nf(`${find}`);", "const find=1;f(`${find}`);"),
            // Not what is taken already, nor what stands in text.
            ("const find = a;\nb(\"find\");", "const c=a;b(\"find\");"),
            ("  const find = 1;", "const find=1;"),
        ] {
            assert_eq!(slim(source), expected, "{source}");
        }
    }
}
