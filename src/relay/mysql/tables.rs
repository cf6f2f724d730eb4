//! Which tables are reported, under which name.

use std::collections::BTreeSet;

use mysql_async::binlog::events::TableMapEvent;

use super::place::Flavour;
use super::table::Table;

/// Of the one database that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tables {
    All,
    Listed(BTreeSet<String>),
}

#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) database: String,
    pub(super) tables: Tables,
    pub(super) flavour: Flavour,
    /// Whether the server compares names without their case.
    pub(super) ignores_case: bool,
}

impl Watched {
    fn is_same(&self, a: &str, b: &str) -> bool {
        a == b || (self.ignores_case && a.to_lowercase() == b.to_lowercase())
    }

    pub(super) fn is_database(&self, name: &str) -> bool {
        self.is_same(&self.database, name)
    }

    /// Whether the database's name stands somewhere in the text.
    pub(super) fn is_named_in(&self, sql: &str) -> bool {
        sql.to_lowercase().contains(&self.database.to_lowercase())
    }

    /// The name that changes of the table are reported under, if they are.
    pub(super) fn name<'a>(&'a self, database: &str, table: &'a str) -> Option<&'a str> {
        if !self.is_database(database) {
            return None;
        }
        match &self.tables {
            Tables::All => Some(table),
            Tables::Listed(names) => names.iter().find(|name| self.is_same(name, table)).map(String::as_str),
        }
    }

    pub(super) fn table(&self, map: &TableMapEvent<'_>) -> Option<Table> {
        let (database, table) = (map.database_name(), map.table_name());
        self.name(&database, &table).map(|name| Table::new(name, map, self.flavour))
    }
}
