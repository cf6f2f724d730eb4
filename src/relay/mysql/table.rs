//! A table as the log describes it before its rows, and the reading of rows.

use std::io;
use std::sync::Arc;

use mysql_async::binlog::events::{
    OptionalMetaExtractor, OptionalMetadataField, RowsEventData, TableMapEvent,
};
use mysql_async::consts::ColumnType;
use mysql_common::io::ParseBuf;
use serde_json::Value;

use super::place::Flavour;
use super::text;
use super::value::Column;
use crate::change::{Change, Image, Op};

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// Names of the columns of its primary key.
    key: Arc<[String]>,
    /// Why the rows cannot be read, else its columns.
    columns: Result<Vec<Column>, String>,
}

impl Table {
    pub(super) fn new(name: &str, map: &TableMapEvent<'_>, flavour: Flavour) -> Self {
        let name = name.to_owned();
        match columns(map, flavour) {
            Ok((columns, key)) => Self { name, key, columns: Ok(columns) },
            Err(reason) => Self { name, key: Arc::default(), columns: Err(reason) },
        }
    }

    /// Appends the rows of an event. The error is the reason why they cannot be read; `changes` may have some of them then.
    pub(super) fn read(&self, rows: &RowsEventData<'_>, changes: &mut Vec<Change>) -> Result<(), String> {
        let columns = self.columns.as_ref().map_err(Clone::clone)?;
        let op = match rows {
            RowsEventData::WriteRowsEventV1(_) | RowsEventData::WriteRowsEvent(_) => Op::Insert,
            RowsEventData::UpdateRowsEventV1(_) | RowsEventData::UpdateRowsEvent(_) => Op::Update,
            RowsEventData::DeleteRowsEventV1(_) | RowsEventData::DeleteRowsEvent(_) => Op::Delete,
            RowsEventData::PartialUpdateRowsEvent(_) => return Err("a partial JSON update".to_owned()),
        };
        if rows.num_columns() != columns.len() as u64 {
            return Err("rows of another shape than their table's".to_owned());
        }
        let bits = [rows.columns_before_image(), rows.columns_after_image()];
        if bits.iter().flatten().any(|bits| !bits.all()) {
            return Err("rows without all columns (binlog_row_image is not FULL)".to_owned());
        }
        let [before, after] = bits.map(|bits| bits.is_some());
        let mut bytes = ParseBuf(rows.rows_data());
        while !bytes.is_empty() {
            let mut image = |is_there: bool| is_there.then(|| image(columns, &mut bytes)).transpose();
            let images = image(before).and_then(|before| Ok((before, image(after)?)));
            let (before, after) = images.map_err(|e| format!("a row that cannot be read: {e}"))?;
            let key = Arc::clone(&self.key);
            changes.push(Change { key, ..Change::row(&self.name, op, before, after) });
        }
        Ok(())
    }
}

fn image<'a>(columns: &'a [Column], bytes: &mut ParseBuf<'a>) -> io::Result<Image> {
    let nulls: &[u8] = bytes.parse(columns.len().div_ceil(8))?;
    let mut image = Image::new();
    for (i, column) in columns.iter().enumerate() {
        let is_null = nulls[i / 8] >> (i % 8) & 1 == 1;
        let value = if is_null { Value::Null } else { column.read(bytes)? };
        image.insert(column.name.clone(), value);
    }
    Ok(image)
}

/// The columns and the names of the primary key's.
fn columns(map: &TableMapEvent<'_>, flavour: Flavour) -> Result<(Vec<Column>, Arc<[String]>), String> {
    let unreadable = |e: &dyn std::fmt::Display| format!("a table that cannot be read: {e}");
    let extractor = OptionalMetaExtractor::new(map.iter_optional_meta()).map_err(|e| unreadable(&e))?;
    let names: Vec<_> = extractor.iter_column_name().collect::<Result<_, _>>().map_err(|e| unreadable(&e))?;
    let n_columns = usize::try_from(map.columns_count()).map_err(|e| unreadable(&e))?;
    if names.len() != n_columns {
        return Err("no column names (binlog_row_metadata is not FULL)".to_owned());
    }
    let (mut enums, mut sets) = labels(map).map_err(|e| unreadable(&e))?;
    let mut unsigned = extractor.iter_signedness();
    let mut collations = extractor.iter_charset();
    let mut label_collations = extractor.iter_enum_and_set_charset();
    let mut columns = Vec::with_capacity(n_columns);
    for (i, name) in names.iter().enumerate() {
        let kind = map.get_column_type(i).map_err(|e| unreadable(&e))?.ok_or("a column without a type")?;
        let meta = map.get_column_metadata(i).ok_or("a column without its description")?.to_vec();
        let is_label = kind.is_enum_or_set_type();
        // MariaDB lists one for these too.
        let is_geometry = kind == ColumnType::MYSQL_TYPE_GEOMETRY && flavour == Flavour::MariaDb;
        let is_text = kind.is_character_type() || is_geometry;
        let collation = if is_text { collations.next() } else { None };
        let label_collation = if is_label { label_collations.next() } else { None };
        let collation = collation.or(label_collation).transpose().map_err(|e| unreadable(&e))?;
        let collation = collation.unwrap_or(if is_label { 0 } else { text::BINARY });
        let labels = if !is_label {
            None
        } else if kind.is_enum_type() {
            enums.next()
        } else {
            sets.next()
        };
        let labels = labels.unwrap_or_default().iter().map(|label| text::decode(label, collation)).collect();
        let unsigned = kind.is_numeric_type() && unsigned.next().unwrap_or(false);
        columns.push(Column { name: name.name().into_owned(), kind, meta, unsigned, collation, labels });
    }
    let mut key = Vec::new();
    for i in extractor.iter_primary_key() {
        let i = usize::try_from(i.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
        key.push(columns.get(i).ok_or("a primary key of no column")?.name.clone());
    }
    Ok((columns, key.into()))
}

/// Of each ENUM, of each SET.
type Labels = std::vec::IntoIter<Vec<Vec<u8>>>;

fn labels(map: &TableMapEvent<'_>) -> io::Result<(Labels, Labels)> {
    let (mut enums, mut sets) = (Vec::new(), Vec::new());
    for field in map.iter_optional_meta() {
        match field? {
            OptionalMetadataField::EnumStrValue(values) => {
                for values in values.iter_values() {
                    enums.push(values?.values().iter().map(|label| label.value_raw().to_vec()).collect());
                }
            }
            OptionalMetadataField::SetStrValue(values) => {
                for values in values.iter_values() {
                    sets.push(values?.values().iter().map(|label| label.value_raw().to_vec()).collect());
                }
            }
            _ => {}
        }
    }
    Ok((enums.into_iter(), sets.into_iter()))
}
