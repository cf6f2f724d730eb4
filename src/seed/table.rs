//! The thirteen tables of the reference schema, and what a row of them is made of.

use std::borrow::Cow;

/// A table of the reference schema.
#[derive(Debug)]
pub struct Table {
    /// Its name in the database; its CSV file is `{name}.csv`.
    pub name: &'static str,
    /// Its columns, in the order in which rows carry their cells.
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int,
    Real,
    Text,
    /// Text of the form `2026-11-20 06:00:00`.
    DateTime,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
}

/// Where rows go: a source database, or a test.
pub trait RowSink {
    /// Takes one row: a cell for each of `table.columns`, in their order. Rows come parents first, so that foreign keys hold
    /// at every step.
    fn insert(&mut self, table: &'static Table, row: &[Cell<'_>]) -> anyhow::Result<()>;
}

const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int, nullable: false }
}

const fn real(name: &'static str) -> Column {
    Column { name, kind: Kind::Real, nullable: false }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, nullable: false }
}

const fn datetime(name: &'static str) -> Column {
    Column { name, kind: Kind::DateTime, nullable: false }
}

const fn nullable(column: Column) -> Column {
    Column { nullable: true, ..column }
}

pub static MAKES: Table =
    Table { name: "makes", columns: &[int("id"), text("name"), text("slug"), text("country")] };

pub static MODELS: Table = Table {
    name: "models",
    columns: &[int("id"), int("make_id"), text("name"), text("slug"), text("body_type")],
};

pub static VARIANTS: Table = Table {
    name: "variants",
    columns: &[
        int("id"),
        int("model_id"),
        text("name"),
        text("fuel"),
        text("transmission"),
        nullable(int("engine_cc")),
        nullable(real("max_power_bhp")),
        nullable(real("mileage_kmpl")),
        int("seats"),
    ],
};

pub static CITIES: Table =
    Table { name: "cities", columns: &[int("id"), text("name"), text("slug"), text("state")] };

pub static HUBS: Table = Table {
    name: "hubs",
    columns: &[
        int("id"),
        int("city_id"),
        text("name"),
        text("address"),
        text("phone"),
        text("opens_at"),
        text("closes_at"),
    ],
};

pub static FEATURES: Table =
    Table { name: "features", columns: &[int("id"), text("group_name"), text("name")] };

pub static CARS: Table = Table {
    name: "cars",
    columns: &[
        int("id"),
        int("variant_id"),
        int("hub_id"),
        int("registration_year"),
        int("km_driven"),
        int("owner_number"),
        text("colour"),
        nullable(text("insurance")),
        text("status"),
        datetime("listed_at"),
        nullable(datetime("sold_at")),
    ],
};

pub static CAR_PRICES: Table =
    Table { name: "car_prices", columns: &[int("car_id"), int("price"), datetime("updated_at")] };

pub static PRICE_CHANGES: Table = Table {
    name: "price_changes",
    columns: &[int("id"), int("car_id"), int("price"), datetime("changed_at")],
};

pub static CAR_PHOTOS: Table = Table {
    name: "car_photos",
    columns: &[
        int("id"),
        int("car_id"),
        int("position"),
        text("storage_key"),
        text("kind"),
        int("width"),
        int("height"),
    ],
};

pub static CAR_FEATURES: Table = Table { name: "car_features", columns: &[int("car_id"), int("feature_id")] };

pub static INSPECTIONS: Table = Table {
    name: "inspections",
    columns: &[int("id"), int("car_id"), datetime("inspected_at"), text("inspector"), int("score")],
};

pub static INSPECTION_ITEMS: Table = Table {
    name: "inspection_items",
    columns: &[
        int("id"),
        int("inspection_id"),
        text("section"),
        text("item"),
        text("grade"),
        nullable(text("note")),
    ],
};

/// All tables, parents before children.
pub static TABLES: [&Table; 13] = [
    &MAKES,
    &MODELS,
    &VARIANTS,
    &CITIES,
    &HUBS,
    &FEATURES,
    &CARS,
    &CAR_PRICES,
    &PRICE_CHANGES,
    &CAR_PHOTOS,
    &CAR_FEATURES,
    &INSPECTIONS,
    &INSPECTION_ITEMS,
];

impl Table {
    /// Where the column stands in a row.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Cell::Int(value)
    }
}

impl From<u32> for Cell<'_> {
    fn from(value: u32) -> Self {
        Cell::Int(value.into())
    }
}

impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Cell::Real(value)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Text(value.into())
    }
}

impl From<String> for Cell<'_> {
    fn from(value: String) -> Self {
        Cell::Text(value.into())
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLES};

    /// `NAME TYPE NOT NULL`, `NAME TYPE NULL` and so on, line by line: enough of a parser for our own two files.
    fn columns_of(schema: &str, table: &str) -> Vec<(String, String)> {
        let start = schema.find(&format!("CREATE TABLE IF NOT EXISTS {table} (\n")).expect(table);
        let body = schema[start..].lines().skip(1).take_while(|line| !line.starts_with(')'));
        let columns = body.filter(|line| line.trim().starts_with(char::is_lowercase));
        columns
            .map(|line| {
                let mut words = line.trim().trim_end_matches(',').split_whitespace();
                let (name, kind) = (words.next().unwrap(), words.next().unwrap());
                (name.to_owned(), kind.to_owned())
            })
            .collect()
    }

    /// SQLite has no type for times; these columns of hubs hold a time of day.
    const HOURS: [&str; 2] = ["opens_at", "closes_at"];

    #[test]
    fn both_schemas_have_the_tables_that_seeding_writes() {
        for schema in
            [include_str!("../../config/schema.sql"), include_str!("../../config/schema.sqlite.sql")]
        {
            assert_eq!(schema.matches("CREATE TABLE").count(), TABLES.len());
            for table in TABLES {
                let columns = columns_of(schema, table.name);
                let written = columns.iter().map(|(name, kind)| {
                    let kind = match kind.as_str() {
                        "INT" | "BIGINT" | "INTEGER" => Kind::Int,
                        "DOUBLE" | "REAL" => Kind::Real,
                        "DATETIME" => Kind::DateTime,
                        "TEXT" if name.ends_with("_at") && !HOURS.contains(&name.as_str()) => Kind::DateTime,
                        _ => Kind::Text,
                    };
                    (name.as_str(), kind)
                });
                let ours: Vec<_> = table.columns.iter().map(|c| (c.name, c.kind)).collect();
                assert_eq!(written.collect::<Vec<_>>(), ours, "{}", table.name);
            }
        }
    }
}
