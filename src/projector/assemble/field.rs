//! Typed reading of one row. Sources write a number as integer, real or text, and text as anything a person can type.

use compact_str::CompactString;

use super::Reason;
use crate::car::CivilTime;
use crate::source::Value;
use crate::source::catalogue::Part;

/// A hundred crore. Nobody asks that for a used car; sums of prices stay within 31 bits.
const RUPEES_MAX: f64 = 1e9;

pub(super) struct Fields<'a> {
    columns: &'static [&'static str],
    row: &'a [Value],
}

impl<'a> Fields<'a> {
    pub(super) fn new(part: Part, row: &'a [Value]) -> Self {
        Self { columns: part.columns(), row }
    }

    fn value(&self, name: &str) -> &'a Value {
        let place = self.columns.iter().position(|column| *column == name);
        place.and_then(|i| self.row.get(i)).unwrap_or(&Value::Null)
    }

    /// An outer join that found nothing is a dangling key; say which.
    pub(super) fn joined(&self, name: &str, what: &str) -> Result<(), Reason> {
        match self.value(name) {
            Value::Null => Err(Reason(format!("{what} is missing (`{name}` is null)"))),
            _ => Ok(()),
        }
    }

    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'static str) -> Result<T, Reason>,
    ) -> Result<Option<T>, Reason> {
        match self.value(name) {
            Value::Null => Ok(None),
            Value::Text(text) if text.trim().is_empty() => Ok(None),
            _ => read(name).map(Some),
        }
    }

    /// A name: not empty, one line, no markup.
    pub(super) fn text(&self, name: &str, bytes_max: usize) -> Result<CompactString, Reason> {
        let text = self.text_or_empty(name, bytes_max)?;
        if text.is_empty() { Err(Reason(format!("{name}: empty"))) } else { Ok(text) }
    }

    pub(super) fn text_or_empty(&self, name: &str, bytes_max: usize) -> Result<CompactString, Reason> {
        let text = match self.value(name) {
            Value::Text(text) => CompactString::new(text.trim()),
            Value::Int(i) => CompactString::new(i.to_string()),
            Value::Real(r) => CompactString::new(r.to_string()),
            other => return Err(wrong(name, "text", other)),
        };
        if text.len() > bytes_max {
            return Err(Reason(format!("{name}: {} bytes, at most {bytes_max} are shown", text.len())));
        }
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            return Err(Reason(format!("{name}: control character U+{:04X}", u32::from(c))));
        }
        if has_markup(&text) {
            return Err(Reason(format!("{name}: HTML markup")));
        }
        Ok(text)
    }

    /// A path below `photos.base_url`.
    pub(super) fn storage_key(&self, name: &str, bytes_max: usize) -> Result<CompactString, Reason> {
        let key = self.text(name, bytes_max)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./~ ".contains(c);
        if key.starts_with('/') || key.split('/').any(|step| step == "..") || !key.chars().all(plain) {
            return Err(Reason(format!(
                "{name}: expected a relative path of plain characters, found `{key}`"
            )));
        }
        Ok(key)
    }

    pub(super) fn whole<T: TryFrom<i64>>(&self, name: &str, min: i64, max: i64) -> Result<T, Reason> {
        let value = self.value(name);
        let number = match value {
            Value::Int(i) => Some(*i),
            Value::Real(r) if r.fract() == 0.0 && r.abs() < 1e15 => Some(*r as i64),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| wrong(name, "a whole number", value))?;
        match T::try_from(number) {
            Ok(fitting) if (min..=max).contains(&number) => Ok(fitting),
            _ => Err(Reason(format!("{name}: expected {min} to {max}, found {number}"))),
        }
    }

    pub(super) fn real(&self, name: &str, min: f64, max: f64) -> Result<f64, Reason> {
        let number = self.number(name)?;
        if (min..=max).contains(&number) {
            Ok(number)
        } else {
            Err(Reason(format!("{name}: expected {min} to {max}, found {number}")))
        }
    }

    /// Money is whole rupees; a price script that multiplies leaves fractions, which are rounded half up.
    pub(super) fn rupees(&self, name: &str) -> Result<u32, Reason> {
        let rupees = self.number(name)?.round();
        if (1.0..=RUPEES_MAX).contains(&rupees) {
            Ok(rupees as u32)
        } else {
            Err(Reason(format!("{name}: expected 1 to {RUPEES_MAX} rupees, found {rupees}")))
        }
    }

    pub(super) fn time(&self, name: &str) -> Result<CivilTime, Reason> {
        let value = self.value(name);
        match value {
            Value::Text(text) => super::time(text).ok_or_else(|| wrong(name, "a date and time", value)),
            _ => Err(wrong(name, "a date and time", value)),
        }
    }

    fn number(&self, name: &str) -> Result<f64, Reason> {
        let value = self.value(name);
        let number = match value {
            Value::Int(i) => Some(*i as f64),
            Value::Real(r) => Some(*r),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Null | Value::Bytes(_) => None,
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| wrong(name, "a number", value))
    }
}

/// `<` followed by what begins a tag, an end tag or a comment. "tread < 3 mm" is text.
fn has_markup(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || b"/!?".contains(&pair[1])))
}

fn wrong(name: &str, expected: &str, found: &Value) -> Reason {
    let found = match found {
        Value::Null => "nothing".to_owned(),
        Value::Int(i) => i.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Text(text) => format!("`{}`", text.chars().take(40).collect::<String>().escape_debug()),
        Value::Bytes(len) => format!("{len} bytes that are not text"),
    };
    Reason(format!("{name}: expected {expected}, found {found}"))
}
