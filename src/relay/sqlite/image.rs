//! Row images as triggers write them: the columns that routes ask for, as SQL literals, a line each.
//!
//! Not whole rows, and not JSON: a trigger is part of the writer's own statement. It must not cost more than the row, not
//! stand in the way of dropping a column that nobody asks for, and not fail where `json_object` is not trusted.

use serde_json::Value;

use super::triggers::quoted;
use crate::change::Image;

/// SQL for the image of a row that is called `row`.
pub(super) fn sql(row: &str, columns: &[String]) -> String {
    let literal = |column: &String| format!("quote({row}.{})", quoted(column));
    columns.iter().map(literal).collect::<Vec<_>>().join(" || char(10) || ")
}

/// `None` when the text is not what [`sql`] gives.
pub(super) fn parse(text: &[u8], columns: &[String]) -> Option<Image> {
    let mut rest = text;
    let mut image = Image::new();
    for (i, column) in columns.iter().enumerate() {
        if i > 0 {
            rest = rest.strip_prefix(b"\n")?;
        }
        let (value, behind) = literal(rest)?;
        image.insert(column.clone(), value);
        rest = behind;
    }
    rest.is_empty().then_some(image)
}

/// The first literal of `text`, and what follows it.
fn literal(text: &[u8]) -> Option<(Value, &[u8])> {
    if let Some(quoted) = text.strip_prefix(b"'") {
        let mut bytes = Vec::new();
        let mut at = 0;
        loop {
            match (quoted.get(at)?, quoted.get(at + 1)) {
                (b'\'', Some(b'\'')) => {
                    bytes.push(b'\'');
                    at += 2;
                }
                (b'\'', _) => break,
                (byte, _) => {
                    bytes.push(*byte);
                    at += 1;
                }
            }
        }
        return Some((Value::String(String::from_utf8_lossy(&bytes).into_owned()), &quoted[at + 1..]));
    }
    let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    let (word, behind) = text.split_at(end);
    let word = std::str::from_utf8(word).ok()?;
    let value = match word.parse::<i64>() {
        Ok(number) => Value::from(number),
        // A blob leads to no car.
        Err(_) if word == "NULL" || word.starts_with("X'") => Value::Null,
        Err(_) => Value::from(word.parse::<f64>().ok()?),
    };
    Some((value, behind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{parse, sql};

    #[test]
    fn what_sqlite_writes_is_read_back() {
        let columns: Vec<String> = ["a", "b c", "d", "e", "f"].map(str::to_owned).into();
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let row = "(SELECT 1000 AS a, 'it''s' || char(10) || '₹' AS \"b c\", NULL AS d, 1.5 AS e, x'00ff' AS f) AS r";
        let query = format!("SELECT {} FROM {row}", sql("r", &columns));
        let text: String = connection.query_row(&query, [], |row| row.get(0)).unwrap();
        let image = parse(text.as_bytes(), &columns).unwrap();
        assert_eq!(json!(image), json!({ "a": 1000, "b c": "it's\n₹", "d": null, "e": 1.5, "f": null }));
    }

    #[test]
    fn anything_else_is_not() {
        let columns: Vec<String> = ["a", "b"].map(str::to_owned).into();
        for text in ["", "1", "1\n", "1\n2\n3", "'x\n2", "1\nyes", "1,2", "'a'b\n1"] {
            assert_eq!(parse(text.as_bytes(), &columns), None, "{text:?}");
        }
    }
}
