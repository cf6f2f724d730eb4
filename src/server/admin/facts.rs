//! The JSON of `/status` as facts and tables: whatever a role tells is shown, by the names and units its keys have.

use serde_json::{Map, Value};

use super::units::{Unit, instant};
use crate::page::status::{Group, Table};

/// What is told elsewhere on the page.
const ELSEWHERE: [&str; 6] = ["role", "phase", "degraded", "version", "commit", "running_s"];

/// Facts first, and what belongs together in groups of its own; then lists of things as tables.
pub(super) fn groups(status: &Map<String, Value>) -> Vec<Group> {
    let shown = || status.iter().filter(|(key, _)| !ELSEWHERE.contains(&&***key));
    let single = shown().filter(|(_, value)| !value.is_object() && !is_table(value));
    let first = Group {
        title: "This process".to_owned(),
        facts: single.map(|(key, value)| fact(key, value)).collect(),
    };
    let others = shown().filter_map(|(key, value)| {
        let facts = value.as_object()?.iter().map(|(key, value)| fact(key, value)).collect();
        Some(Group { title: capital(&words(key)), facts })
    });
    std::iter::once(first).chain(others).collect()
}

pub(super) fn tables(status: &Map<String, Value>) -> Vec<Table> {
    let tables = status.iter().filter(|(_, value)| is_table(value)).map(|(key, value)| {
        let things: Vec<_> = value.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
        let keys: Vec<_> = things.first().into_iter().flat_map(|thing| thing.keys()).collect();
        let row = |thing: &&Map<String, Value>| {
            keys.iter()
                .map(|key| thing.get(*key).map_or_else(String::new, |value| fact(key, value).1))
                .collect()
        };
        Table {
            title: capital(&words(key)),
            heads: keys.iter().map(|key| fact(key, things[0].get(*key).unwrap_or(&Value::Null)).0).collect(),
            rows: things.iter().map(row).collect(),
            empty: "None.",
        }
    });
    tables.collect()
}

/// An empty list is one of things, too: of names there is always one.
fn is_table(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_object))
}

/// A key and its value as people read them: units stand last in a key.
fn fact(key: &str, value: &Value) -> (String, String) {
    let units: [(&str, &dyn Fn(f64) -> String); 4] = [
        ("_unix_ms", &|ms| instant(ms as i64)),
        ("_ms", &|ms| Unit::Seconds.text(ms / 1000.0)),
        ("_s", &|seconds| Unit::Seconds.text(seconds)),
        ("bytes", &|bytes| Unit::Bytes.text(bytes)),
    ];
    let unit =
        units.iter().find_map(|(suffix, text)| Some((key.strip_suffix(suffix)?, text, value.as_f64()?)));
    if let Some((name, text, number)) = unit {
        let name = name.trim_end_matches('_');
        let name = if name.is_empty() { "size" } else { name };
        return (words(name), text(number));
    }
    let text = match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(|value| fact("", value).1).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    (words(key), text)
}

fn words(key: &str) -> String {
    key.replace('_', " ")
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_is_told_is_shown_with_its_unit() {
        let status = json!({
            "phase": "ready",
            "generation": 12,
            "as_of_age_ms": 45,
            "models": ["a", "b"],
            "bootstrap": null,
            "leads": { "waiting": 0, "oldest_age_ms": 0, "spool_bytes": 2048, "active": true },
            "quarantine": [{ "car": 7, "reason": "no photos", "since_unix_ms": 1_764_000_000_123u64 }],
            "last_errors": [],
        });
        let status = status.as_object().unwrap();
        let facts = |group: &Group| {
            group.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
        };
        let groups = groups(status);
        assert_eq!(facts(&groups[0]), "as of age: 45 ms; bootstrap: –; generation: 12; models: a, b");
        assert_eq!(groups[1].title, "Leads");
        assert_eq!(facts(&groups[1]), "active: yes; oldest age: 0 s; spool: 2 KiB; waiting: 0");
        let tables = tables(status);
        assert_eq!(
            tables.iter().map(|table| &*table.title).collect::<Vec<_>>(),
            ["Last errors", "Quarantine"]
        );
        assert!(tables[0].rows.is_empty());
        assert_eq!(tables[1].heads, ["car", "reason", "since"]);
        assert_eq!(tables[1].rows[0], ["7", "no photos", "2025-11-24 16:00:00 UTC"]);
    }
}
