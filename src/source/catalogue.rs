//! `catalogue.toml`: which SQL makes a document, and how a changed row leads to cars.
//!
//! This file knows the text's form and the fixed column names; whether a live database can answer the queries is for
//! the source's adapter to check.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The built-in catalogue: the reference schema.
pub const BUILT_IN: &str = include_str!("../../config/catalogue.toml");

/// The parts a document is made of; each has a query of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Car,
    PriceHistory,
    Photos,
    Features,
    Inspection,
    InspectionItems,
}

impl Part {
    pub const ALL: [Self; 6] = [
        Self::Car,
        Self::PriceHistory,
        Self::Photos,
        Self::Features,
        Self::Inspection,
        Self::InspectionItems,
    ];

    /// Its key under `[queries]`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Car => "car",
            Self::PriceHistory => "price_history",
            Self::Photos => "photos",
            Self::Features => "features",
            Self::Inspection => "inspection",
            Self::InspectionItems => "inspection_items",
        }
    }

    /// The columns its query returns beside `car_id`, in the order rows are handed on.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Car => &[
                "status",
                "make",
                "make_slug",
                "make_country",
                "model",
                "model_slug",
                "body_type",
                "variant",
                "fuel",
                "transmission",
                "engine_cc",
                "max_power_bhp",
                "mileage_kmpl",
                "seats",
                "registration_year",
                "km_driven",
                "owner_number",
                "colour",
                "insurance",
                "listed_at",
                "sold_at",
                "price",
                "price_updated_at",
                "hub",
                "hub_address",
                "hub_phone",
                "hub_opens_at",
                "hub_closes_at",
                "city",
                "city_slug",
                "state",
            ],
            Self::PriceHistory => &["changed_at", "price"],
            Self::Photos => &["storage_key", "kind", "width", "height"],
            Self::Features => &["group_name", "name"],
            Self::Inspection => &["inspected_at", "inspector", "score"],
            Self::InspectionItems => &["section", "item", "grade", "note"],
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    queries: BTreeMap<String, String>,
    routes: BTreeMap<String, RouteText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteText {
    column: Option<String>,
    query: Option<String>,
}

/// How a changed row of one table leads to cars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A column of the row holds the car's id.
    Column(String),
    /// A query whose `:name` parameters are columns of the row; its first column holds car ids.
    Query(Sql),
}

/// SQL with named parameters, split so that an adapter can write its own placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// The text between the parameters; one more than there are parameters.
    pub pieces: Vec<String>,
    pub parameters: Vec<String>,
}

/// The checked text. `queries` and `routes` keep the file's names for error messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The file's name in error messages.
    pub file: String,
    /// All car ids, ascending: `queries.ids`.
    pub ids: String,
    /// By [`Part`]; each has the one parameter `:ids`.
    pub parts: [Sql; Part::ALL.len()],
    pub routes: BTreeMap<String, Route>,
    /// Changes when the text does: documents of another text are not compatible.
    pub fingerprint: u64,
}

impl Catalogue {
    /// Reads the TOML text. An error is one line that begins with `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, String> {
        let parsed: Text =
            toml::from_str(text).map_err(|e| format!("{file}: {}", one_line(&e.to_string())))?;
        let mut queries = parsed.queries;
        let mut query = |key: &str| {
            queries.remove(key).ok_or_else(|| format!("{file}: queries.{key} is missing, expected SQL text"))
        };
        let ids = query("ids")?;
        let mut parts = Vec::with_capacity(Part::ALL.len());
        for part in Part::ALL {
            let key = part.as_str();
            let sql = Sql::parse(&query(key)?);
            if sql.parameters != ["ids"] {
                return Err(format!("{file}: queries.{key}: expected exactly one `:ids`, as in `IN (:ids)`"));
            }
            parts.push(sql);
        }
        if let Some(key) = queries.keys().next() {
            return Err(format!("{file}: queries.{key} is not a part of a document"));
        }
        let routes =
            parsed.routes.into_iter().map(|(table, route)| Ok((table.clone(), route.parse(file, &table)?)));
        let routes = routes.collect::<Result<BTreeMap<_, _>, String>>()?;
        if routes.is_empty() {
            return Err(format!("{file}: routes is empty, expected at least the cars' own table"));
        }
        let parts = parts.try_into().map_err(|_| "one query per part".to_owned())?;
        let fingerprint = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        Ok(Self { file: file.to_owned(), ids, parts, routes, fingerprint })
    }

    pub fn part(&self, part: Part) -> &Sql {
        &self.parts[part as usize]
    }
}

impl RouteText {
    fn parse(self, file: &str, table: &str) -> Result<Route, String> {
        match (self.column, self.query) {
            (Some(column), None) => Ok(Route::Column(column)),
            (None, Some(query)) => {
                let sql = Sql::parse(&query);
                if sql.parameters.is_empty() {
                    return Err(format!(
                        "{file}: routes.{table}.query: expected a `:column` of the changed row"
                    ));
                }
                Ok(Route::Query(sql))
            }
            _ => Err(format!("{file}: routes.{table}: expected either `column` or `query`")),
        }
    }
}

impl Sql {
    /// Splits at `:name`. Text in quotes and `::` are left alone, comments left out.
    fn parse(text: &str) -> Self {
        let (mut pieces, mut parameters, mut piece) = (Vec::new(), Vec::new(), String::new());
        let mut rest = text.trim();
        let mut quote = None;
        while let Some(c) = rest.chars().next() {
            if quote.is_none() && rest.starts_with("--") {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
                continue;
            }
            let behind = &rest[c.len_utf8()..];
            let name_len =
                behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
            if quote.is_none() && c == ':' && name_len > 0 && !piece.ends_with(':') {
                parameters.push(behind[..name_len].to_owned());
                pieces.push(std::mem::take(&mut piece));
                rest = &behind[name_len..];
                continue;
            }
            quote = match quote {
                None if matches!(c, '\'' | '"' | '`') => Some(c),
                Some(q) if q == c => None,
                other => other,
            };
            piece.push(c);
            rest = behind;
        }
        pieces.push(piece);
        Self { pieces, parameters }
    }

    /// The text with `placeholder(i)` in place of each parameter.
    pub fn with(&self, mut placeholder: impl FnMut(usize) -> String) -> String {
        let mut text = self.pieces[0].clone();
        for (i, piece) in self.pieces[1..].iter().enumerate() {
            text.push_str(&placeholder(i));
            text.push_str(piece);
        }
        text
    }
}

/// The first line that carries the message, without the parser's drawing of the place.
fn one_line(message: &str) -> String {
    let lines: Vec<_> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, .., last] => format!("{first}: {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Catalogue, Sql};

    #[test]
    fn the_built_in_catalogue_parses() {
        let catalogue = Catalogue::parse("built in", BUILT_IN).unwrap();
        assert!(catalogue.routes.contains_key("cars"));
    }

    #[test]
    fn sql_is_split_at_its_parameters() {
        for (text, pieces, parameters) in [
            ("SELECT 1", &["SELECT 1"][..], &[][..]),
            ("a IN (:ids) ", &["a IN (", ")"], &["ids"]),
            ("a = :x AND b=:y_2", &["a = ", " AND b=", ""], &["x", "y_2"]),
            ("a = ':x' AND b::text = \":y\"", &["a = ':x' AND b::text = \":y\""], &[]),
            ("é = :x", &["é = ", ""], &["x"]),
            ("a -- the car's :id\n = :x", &["a \n = ", ""], &["x"]),
        ] {
            let sql = Sql::parse(text);
            assert_eq!((sql.pieces, sql.parameters), (own(pieces), own(parameters)), "{text}");
        }
    }

    fn own(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn a_wrong_text_is_one_line_that_names_file_and_key() {
        let good = BUILT_IN;
        for (text, expected) in [
            ("queries = 1".to_owned(), "c.toml: "),
            (good.replace("photos = ", "fotos = "), "c.toml: queries.photos is missing"),
            (good.replace("(:ids)", "(1)"), "c.toml: queries.car: expected exactly one `:ids`"),
            (good.replace("[queries]", "[queries]\nextra = ''"), "c.toml: queries.extra is not a part"),
            (
                good.replace("[routes.cars]", "[routes.cars]\nquery = 'SELECT :id'"),
                "c.toml: routes.cars: expected either",
            ),
        ] {
            let error = Catalogue::parse("c.toml", &text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
