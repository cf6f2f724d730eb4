//! What other programs do to the rows: small operations, drawn at random, on whatever the database holds by then.

use proptest::prelude::*;
use rusqlite::{Connection, OptionalExtension as _};

use crate::stories::whole_car;

/// Names people and programs type in; some cannot be shown.
const NAMES: [&str; 9] = [
    "'Plus'",
    "'Söhne & Töchter'",
    "'O''Neill \"Sport\"'",
    "'tread < 3 mm'",
    "'</script><script>'",
    "'bell' || char(7)",
    "hex(zeroblob(500))",
    "CAST(x'ff41' AS TEXT)",
    "NULL",
];
const PRICES: [&str; 8] = ["99000", "450000.4", "'512345'", "0", "-1", "NULL", "'soon'", "9e999"];
const STATUSES: [&str; 6] = ["'live'", "'live'", "'sold'", "'hidden'", "'stolen'", "NULL"];
/// Tables whose `name` is on a page, with the column that names the row.
const NAMED: [&str; 6] = ["variants", "models", "makes", "hubs", "cities", "features"];
const OF_A_CAR: [&str; 5] = ["car_photos", "car_features", "price_changes", "inspections", "car_prices"];

/// An operation on the rows that these numbers choose.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    NewCar(usize),
    Price(usize, usize),
    RepriceAll,
    Status(usize, usize),
    AddPhoto(usize),
    /// Of a table that has a `car_id`: one of its rows moves to another car.
    Move(usize, usize, usize),
    DeleteOne(usize, usize),
    DeleteAllOf(usize, usize),
    Rename(usize, usize, usize),
    /// The car becomes another variant's, or another hub's; sometimes of one that does not exist.
    Rehome(usize, usize),
    DeleteCar(usize),
    DeleteParent(usize, usize),
    Renumber(usize),
    Replace(usize, usize, usize),
    UpdateOrReplace(usize, usize),
    Upsert(usize, usize),
    InsertOrIgnore(usize),
    Grade(usize, usize),
    Quiet(usize),
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let n = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    prop_oneof![
        3 => n().prop_map(NewCar),
        4 => (n(), n()).prop_map(|(a, b)| Price(a, b)),
        1 => Just(RepriceAll),
        5 => (n(), n()).prop_map(|(a, b)| Status(a, b)),
        2 => n().prop_map(AddPhoto),
        4 => (n(), n(), n()).prop_map(|(a, b, c)| Move(a, b, c)),
        3 => (n(), n()).prop_map(|(a, b)| DeleteOne(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| DeleteAllOf(a, b)),
        4 => (n(), n(), n()).prop_map(|(a, b, c)| Rename(a, b, c)),
        2 => (n(), n()).prop_map(|(a, b)| Rehome(a, b)),
        2 => n().prop_map(DeleteCar),
        1 => (n(), n()).prop_map(|(a, b)| DeleteParent(a, b)),
        1 => n().prop_map(Renumber),
        4 => (n(), n(), n()).prop_map(|(a, b, c)| Replace(a, b, c)),
        2 => (n(), n()).prop_map(|(a, b)| UpdateOrReplace(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| Upsert(a, b)),
        1 => n().prop_map(InsertOrIgnore),
        2 => (n(), n()).prop_map(|(a, b)| Grade(a, b)),
        1 => n().prop_map(Quiet),
    ]
}

/// The `n`th of some things, around the end.
fn of<'a>(things: &[&'a str], n: usize) -> &'a str {
    things[n % things.len()]
}

/// The id of a table's `n`th row, around the end; -1 when it is empty.
fn id(database: &Connection, table: &str, n: usize) -> i64 {
    let column = if table == "car_prices" { "car_id" } else { "id" };
    let count: i64 =
        database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    let sql =
        format!("SELECT {column} FROM {table} ORDER BY {column} LIMIT 1 OFFSET {}", n as i64 % count.max(1));
    database.query_row(&sql, [], |row| row.get(0)).optional().unwrap().unwrap_or(-1)
}

impl Operation {
    /// Runs it. A statement that a constraint refuses changes nothing, which is an outcome like others.
    pub(crate) fn run(&self, database: &Connection) {
        let statements = self.statements(database);
        match database.execute_batch(&statements) {
            Ok(()) => {}
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.code == rusqlite::ErrorCode::ConstraintViolation => {}
            Err(error) => panic!("{statements}: {error}"),
        }
    }

    fn statements(&self, database: &Connection) -> String {
        let row = |table: &str, n: usize| id(database, table, n);
        let car = |n: usize| row("cars", n);
        match *self {
            Self::NewCar(like) => {
                let new: i64 = database
                    .query_row("SELECT coalesce(max(id), 0) + 1 FROM cars", [], |row| row.get(0))
                    .unwrap();
                whole_car(new.unsigned_abs(), car(like).unsigned_abs())
            }
            Self::Price(n, price) => {
                format!("UPDATE car_prices SET price = {} WHERE car_id = {}", of(&PRICES, price), car(n))
            }
            Self::RepriceAll => "UPDATE car_prices SET price = price * 0.97".to_owned(),
            Self::Status(n, status) => {
                format!("UPDATE cars SET status = {} WHERE id = {}", of(&STATUSES, status), car(n))
            }
            Self::AddPhoto(n) => format!(
                "INSERT INTO car_photos (car_id, position, storage_key, kind, width, height)
                 VALUES ({}, {}, 'cars/new/{n}', 'tyre', 800, 600)",
                car(n),
                n % 7
            ),
            Self::Move(table, from, to) => {
                let (table, from, to) = (of(&OF_A_CAR, table), car(from), car(to));
                // Unless the other car has such a row already.
                format!("UPDATE OR IGNORE {table} SET car_id = {to} WHERE {}", one_row(table, "min", from))
            }
            Self::DeleteOne(table, n) => {
                let table = of(&OF_A_CAR, table);
                format!("DELETE FROM {table} WHERE {}", one_row(table, "max", car(n)))
            }
            Self::DeleteAllOf(table, n) => {
                format!("DELETE FROM {} WHERE car_id = {}", of(&OF_A_CAR, table), car(n))
            }
            Self::Rename(table, n, name) => {
                let table = of(&NAMED, table);
                format!("UPDATE {table} SET name = {} WHERE id = {}", of(&NAMES, name), row(table, n))
            }
            Self::Rehome(n, to) => {
                let (column, table) =
                    if to % 2 == 0 { ("variant_id", "variants") } else { ("hub_id", "hubs") };
                let to = if to % 11 == 0 { 987_654 } else { row(table, to) };
                format!("UPDATE cars SET {column} = {to} WHERE id = {}", car(n))
            }
            Self::DeleteCar(n) => format!("DELETE FROM cars WHERE id = {}", car(n)),
            Self::DeleteParent(table, n) => {
                let table = of(&NAMED, table);
                format!("DELETE FROM {table} WHERE id = {}", row(table, n))
            }
            Self::Renumber(n) => {
                let car = car(n);
                format!("UPDATE OR IGNORE cars SET id = {} WHERE id = {car}", car + 1 + n as i64 % 3)
            }
            Self::Replace(kind, a, b) => replace(database, kind, a, b),
            Self::UpdateOrReplace(a, b) => update_or_replace(database, a, b),
            Self::Upsert(n, price) => format!(
                "INSERT INTO car_prices VALUES ({}, {}, '2026-11-24 08:00:00')
                 ON CONFLICT (car_id) DO UPDATE SET price = excluded.price",
                car(n),
                of(&PRICES, price)
            ),
            Self::InsertOrIgnore(n) => {
                format!("INSERT OR IGNORE INTO car_prices VALUES ({}, 1, '2026-11-24 08:00:00')", car(n))
            }
            Self::Grade(n, grade) => format!(
                "UPDATE inspection_items SET grade = {} WHERE id = {}",
                of(&["'pass'", "'minor'", "'major'", "'awful'"], grade),
                row("inspection_items", n)
            ),
            Self::Quiet(n) => format!("UPDATE cars SET colour = colour WHERE id = {}", car(n)),
        }
    }
}

/// A new row that takes the place of others.
fn replace(database: &Connection, kind: usize, a: usize, b: usize) -> String {
    let row = |table: &str, n: usize| id(database, table, n);
    let car = |n: usize| row("cars", n);
    match kind % 6 {
                0 => format!("REPLACE INTO car_prices VALUES ({}, {}, '2026-11-24 08:00:00')", car(a), 200_000 + b % 9),
                // Another car's photo loses its row to this one.
                1 => format!(
                    "REPLACE INTO car_photos VALUES ({}, {}, 1, 'cars/replaced/{b}', 'boot', 640, 480)",
                    row("car_photos", b), car(a)
                ),
                2 => format!(
                    "REPLACE INTO cars SELECT {}, variant_id, hub_id, registration_year, km_driven, owner_number, 'Teal',
                     insurance, 'live', listed_at, NULL FROM cars WHERE id = {}", car(a), car(b)
                ),
                3 => format!(
                    "REPLACE INTO variants SELECT id, model_id, 'Replaced {b}', fuel, transmission, engine_cc,
                     max_power_bhp, mileage_kmpl, seats FROM variants WHERE id = {}", row("variants", a)
                ),
                // Equal in the name: the older row goes although its id is another.
                4 => format!(
                    "REPLACE INTO features SELECT id + 1000, group_name, name FROM features WHERE id = {}",
                    row("features", a)
                ),
                _ => format!(
                    "REPLACE INTO inspections SELECT id, {}, inspected_at, 'A. Other', score FROM inspections WHERE id = {}",
                    car(a), row("inspections", b)
                ),
            }
}

/// A row that moves to where another is.
fn update_or_replace(database: &Connection, a: usize, b: usize) -> String {
    let row = |table: &str, n: usize| id(database, table, n);
    let car = |n: usize| row("cars", n);
    match b % 3 {
        0 => format!(
            "UPDATE OR REPLACE car_photos SET id = {} WHERE id = {}",
            row("car_photos", a),
            row("car_photos", b)
        ),
        1 => format!("UPDATE OR REPLACE car_prices SET car_id = {} WHERE car_id = {}", car(a), car(b)),
        _ => format!(
            "UPDATE OR REPLACE features SET name = (SELECT name FROM features WHERE id = {}) WHERE id = {}",
            row("features", a),
            row("features", b)
        ),
    }
}

/// The condition that finds the first or the last row a car has in a table.
fn one_row(table: &str, which: &str, car: i64) -> String {
    let key = if table == "car_features" { "feature_id" } else { "rowid" };
    format!("car_id = {car} AND {key} = (SELECT {which}({key}) FROM {table} WHERE car_id = {car})")
}
