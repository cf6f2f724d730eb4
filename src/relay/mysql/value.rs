//! One value of a row, from the log's bytes to JSON: the text the server itself would give, where JSON has no such type.

use std::fmt::Write as _;
use std::io;

use data_encoding::BASE64;
use mysql_async::binlog::jsonb::{JsonContainer, JsonDom, JsonNumber, JsonScalar};
use mysql_async::binlog::value::BinlogValue;
use mysql_async::consts::ColumnType;
use mysql_common::io::ParseBuf;
use mysql_common::value::Value as Raw;
use serde_json::{Number, Value};

use super::text;

/// A column as the log describes it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: ColumnType,
    /// What the type needs to be read: lengths, digits.
    pub(super) meta: Vec<u8>,
    pub(super) unsigned: bool,
    pub(super) collation: u16,
    /// Of ENUM and SET.
    pub(super) labels: Vec<String>,
}

impl Column {
    pub(super) fn read<'a>(&'a self, bytes: &mut ParseBuf<'a>) -> io::Result<Value> {
        if self.kind == ColumnType::MYSQL_TYPE_TIME2 {
            // mysql_common 0.37 gets negative ones with one to four digits behind the point wrong.
            let n_fraction = self.digits().div_ceil(2);
            return Ok(time(bytes.parse(3 + n_fraction)?, n_fraction, self.digits()).into());
        }
        if self.kind == ColumnType::MYSQL_TYPE_INT24 && !self.unsigned {
            // Nor does it know that these have a sign of their own.
            let [low, middle, high]: [u8; 3] =
                bytes.parse::<&[u8]>(3)?.try_into().map_err(|_| invalid("a MEDIUMINT"))?;
            return Ok((i32::from_le_bytes([0, low, middle, high]) >> 8).into());
        }
        let value: BinlogValue<'_> = bytes.parse((self.kind, self.meta.as_slice(), self.unsigned, false))?;
        match value {
            BinlogValue::Value(value) => self.json(value),
            BinlogValue::Jsonb(value) => {
                let mut text = String::new();
                write_json(&mut text, &value.parse()?);
                Ok(Value::String(text))
            }
            BinlogValue::JsonDiff(_) => Err(invalid("a partial JSON update")),
        }
    }

    fn json(&self, value: Raw) -> io::Result<Value> {
        Ok(match value {
            Raw::NULL => Value::Null,
            Raw::Int(n) => self.int(n)?,
            Raw::UInt(n) => n.into(),
            // The shortest text that means the same single: 1.1 is not to become 1.10000002384.
            Raw::Float(n) => {
                n.to_string().parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
            }
            Raw::Double(n) => Number::from_f64(n).map_or(Value::Null, Value::Number),
            Raw::Date(year, month, day, ..) if self.is_date() => {
                format!("{year:04}-{month:02}-{day:02}").into()
            }
            Raw::Date(year, month, day, hour, minute, second, us) => {
                let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
                write_fraction(&mut text, us, self.digits());
                text.into()
            }
            Raw::Time(negative, days, hours, minutes, seconds, us) => {
                let sign = if negative { "-" } else { "" };
                let mut text = format!("{sign}{:02}:{minutes:02}:{seconds:02}", days * 24 + u32::from(hours));
                write_fraction(&mut text, us, self.digits());
                text.into()
            }
            Raw::Bytes(bytes) => self.bytes(bytes)?,
        })
    }

    fn is_date(&self) -> bool {
        matches!(self.kind, ColumnType::MYSQL_TYPE_NEWDATE | ColumnType::MYSQL_TYPE_DATE)
    }

    /// Behind the second's point; the types from before 5.6 have none.
    fn digits(&self) -> usize {
        self.meta.first().map_or(0, |&digits| usize::from(digits.min(6)))
    }

    fn int(&self, n: i64) -> io::Result<Value> {
        Ok(match self.kind {
            ColumnType::MYSQL_TYPE_ENUM if n == 0 => "".into(),
            ColumnType::MYSQL_TYPE_ENUM => {
                let label = usize::try_from(n - 1).ok().and_then(|i| self.labels.get(i));
                label.ok_or_else(|| invalid("an ENUM without its label"))?.as_str().into()
            }
            // Values above the signed range arrive wrapped.
            ColumnType::MYSQL_TYPE_LONGLONG if self.unsigned => n.cast_unsigned().into(),
            ColumnType::MYSQL_TYPE_TIMESTAMP => timestamp(n, 0, 0).into(),
            _ => n.into(),
        })
    }

    fn bytes(&self, bytes: Vec<u8>) -> io::Result<Value> {
        use ColumnType::{
            MYSQL_TYPE_BIT, MYSQL_TYPE_GEOMETRY, MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_SET, MYSQL_TYPE_STRING,
            MYSQL_TYPE_TIMESTAMP2, MYSQL_TYPE_VECTOR, MYSQL_TYPE_YEAR,
        };
        let ascii = || std::str::from_utf8(&bytes).map_err(|_| invalid("text that is none"));
        Ok(match self.kind {
            MYSQL_TYPE_NEWDECIMAL => ascii()?.into(),
            MYSQL_TYPE_YEAR => match ascii()?.parse::<u32>() {
                // Year 0 is kept as no years since 1900.
                Ok(1900) => 0.into(),
                Ok(year) => year.into(),
                Err(_) => return Err(invalid("a YEAR")),
            },
            MYSQL_TYPE_TIMESTAMP2 => {
                let (seconds, us) = ascii()?.split_once('.').unwrap_or((ascii()?, "0"));
                // Read as signed, but never negative: until 2106.
                let seconds = seconds.parse::<i32>().map_err(|_| invalid("a TIMESTAMP"))?.cast_unsigned();
                timestamp(seconds.into(), us.parse().map_err(|_| invalid("a TIMESTAMP"))?, self.digits())
                    .into()
            }
            MYSQL_TYPE_BIT => {
                let bits = self.meta.first().zip(self.meta.get(1)).ok_or_else(|| invalid("a BIT"))?;
                let width = usize::from(*bits.1) * 8 + usize::from(*bits.0);
                let text = bytes.iter().fold(String::new(), |mut text, byte| {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "{byte:08b}");
                    text
                });
                text[text.len().saturating_sub(width)..].into()
            }
            MYSQL_TYPE_SET => {
                let is_set = |i: usize| bytes.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1);
                if (self.labels.len()..bytes.len() * 8).any(is_set) {
                    return Err(invalid("a SET without its label"));
                }
                let labels = self.labels.iter().enumerate().filter(|(i, _)| is_set(*i));
                Value::Array(labels.map(|(_, label)| label.as_str().into()).collect())
            }
            MYSQL_TYPE_GEOMETRY | MYSQL_TYPE_VECTOR => BASE64.encode(&bytes).into(),
            MYSQL_TYPE_STRING if self.collation == text::BINARY => {
                // The log leaves the padding of BINARY(n) away.
                let mut bytes = bytes;
                bytes.resize(self.fixed_length().max(bytes.len()), 0);
                BASE64.encode(&bytes).into()
            }
            _ if self.collation == text::BINARY => BASE64.encode(&bytes).into(),
            _ => text::decode(&bytes, self.collation).into(),
        })
    }

    /// Of CHAR and BINARY, bytes.
    fn fixed_length(&self) -> usize {
        match self.meta[..] {
            // Lengths above 255 borrow two bits of the type.
            [kind, length, ..] => usize::from(length) | (usize::from((kind & 0x30) ^ 0x30) << 4),
            _ => 0,
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A big-endian number with an offset: days to seconds in its first three bytes, hundredths or finer in the others.
fn time(bytes: &[u8], n_fraction: usize, digits: usize) -> String {
    let number = bytes.iter().fold(0, |number: i64, &byte| number << 8 | i64::from(byte));
    let number = number - (0x80_0000 << (8 * n_fraction));
    let (sign, number) = (if number < 0 { "-" } else { "" }, number.abs());
    let whole = number >> (8 * n_fraction);
    let us = (number & ((1 << (8 * n_fraction)) - 1)) * [1, 10_000, 100, 1][n_fraction.min(3)];
    let (hours, minutes, seconds) = (whole >> 12 & 0x3ff, whole >> 6 & 0x3f, whole & 0x3f);
    let mut text = format!("{sign}{hours:02}:{minutes:02}:{seconds:02}");
    write_fraction(&mut text, u32::try_from(us).unwrap_or(0), digits);
    text
}

fn write_fraction(text: &mut String, us: u32, digits: usize) {
    if digits > 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, ".{}", &format!("{us:06}")[..digits]);
    }
}

/// In UTC.
fn timestamp(seconds: i64, us: u32, digits: usize) -> String {
    let mut text = match jiff::Timestamp::from_second(seconds) {
        // The server's "no date".
        Ok(_) if seconds == 0 => "0000-00-00 00:00:00".to_owned(),
        Ok(instant) => instant.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => seconds.to_string(),
    };
    write_fraction(&mut text, us, digits);
    text
}

/// Numbers keep their digits, which a detour over floating point would cost.
fn write_json(text: &mut String, value: &JsonDom) {
    let string = |text: &mut String, s: &str| text.push_str(&Value::from(s).to_string());
    match value {
        JsonDom::Container(JsonContainer::Array(values)) => {
            text.push('[');
            for (i, value) in values.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                write_json(text, value);
            }
            text.push(']');
        }
        JsonDom::Container(JsonContainer::Object(values)) => {
            text.push('{');
            for (i, (key, value)) in values.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                string(text, key);
                text.push_str(": ");
                write_json(text, value);
            }
            text.push('}');
        }
        JsonDom::Scalar(JsonScalar::Number(JsonNumber::Decimal(n))) => text.push_str(&n.to_string()),
        JsonDom::Scalar(scalar) => text.push_str(&Value::from(scalar.clone()).to_string()),
    }
}
