//! What a listing's address asks for, in one canonical form.
//!
//! The rules: keys that are not ours are no part of it (ads append what they like). Empty values are no values, since a
//! form sends all its fields. Several words of one key mean any of them, keys together mean all. A word nobody has is kept:
//! it finds nothing, and the page says which one to leave out. A number that is none is refused; a range given the wrong way
//! round is turned.

use compact_str::CompactString;

use crate::car;
use crate::http::query::{self, BadQuery};
use crate::snapshot::{Attribute, Number};

/// Attributes with their keys in addresses, in canonical order, and their titles.
pub const WORDS: [(&str, Attribute, &str); 13] = [
    ("make", Attribute::Make, "Make"),
    ("model", Attribute::Model, "Model"),
    ("variant", Attribute::Variant, "Variant"),
    ("body", Attribute::BodyType, "Body type"),
    ("fuel", Attribute::Fuel, "Fuel"),
    ("transmission", Attribute::Transmission, "Transmission"),
    ("city", Attribute::City, "City"),
    ("hub", Attribute::Hub, "Hub"),
    ("colour", Attribute::Colour, "Colour"),
    ("owner", Attribute::Owner, "Owner"),
    ("seats", Attribute::Seats, "Seats"),
    ("insurance", Attribute::Insurance, "Insurance"),
    ("feature", Attribute::Feature, "Features"),
];

/// Places in [`WORDS`].
pub(super) const MAKE: usize = 0;
pub(super) const MODEL: usize = 1;
pub(super) const VARIANT: usize = 2;
pub(super) const CITY: usize = 6;
pub(super) const HUB: usize = 7;

/// A range with its key, `_min` and `_max` left out.
#[derive(Clone, Copy, Debug)]
pub struct RangeKey {
    pub key: &'static str,
    pub number: Number,
    pub title: &'static str,
    pub unit: &'static str,
    /// A step that makes sense in a form.
    pub step: u32,
    /// Parts of the visitor's unit that the column counts in.
    pub scale: u32,
    /// What is said of a bound that is none.
    pub wrong: &'static str,
}

pub const RANGES: [RangeKey; 6] = [
    RangeKey {
        key: "price",
        number: Number::PriceRupees,
        title: "Price",
        unit: "₹",
        step: 50_000,
        scale: 1,
        wrong: "`price_min` and `price_max` are whole amounts in rupees",
    },
    RangeKey {
        key: "year",
        number: Number::RegistrationYear,
        title: "Year",
        unit: "",
        step: 1,
        scale: 1,
        wrong: "`year_min` and `year_max` are years, such as 2019",
    },
    RangeKey {
        key: "km",
        number: Number::KmDriven,
        title: "Kilometres",
        unit: "km",
        step: 5_000,
        scale: 1,
        wrong: "`km_min` and `km_max` are whole numbers of kilometres",
    },
    RangeKey {
        key: "engine",
        number: Number::EngineCc,
        title: "Engine",
        unit: "cc",
        step: 100,
        scale: 1,
        wrong: "`engine_min` and `engine_max` are whole numbers of cubic centimetres",
    },
    RangeKey {
        key: "mileage",
        number: Number::MileageCentiKmpl,
        title: "Mileage",
        unit: "km/l",
        step: 1,
        scale: 100,
        wrong: "`mileage_min` and `mileage_max` are kilometres a litre, such as 18.5",
    },
    RangeKey {
        key: "score",
        number: Number::InspectionScore,
        title: "Inspection score",
        unit: "of 100",
        step: 5,
        scale: 1,
        wrong: "`score_min` and `score_max` are whole numbers up to 100",
    },
];

/// Longest listing ages that may be asked for.
const DAYS_MAX: u32 = 3_650;
/// Words in all, and bytes of a word: more is nobody's choice, and each is a chip with the address of all others.
const WORDS_MAX: usize = 48;
const WORD_BYTES_MAX: usize = 160;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    #[default]
    Recommended,
    Price,
    PriceDesc,
    Km,
    Year,
    Newest,
}

impl Sort {
    pub const ALL: [Self; 6] =
        [Self::Recommended, Self::Price, Self::PriceDesc, Self::Km, Self::Year, Self::Newest];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recommended => "recommended",
            Self::Price => "price",
            Self::PriceDesc => "price_desc",
            Self::Km => "km",
            Self::Year => "year",
            Self::Newest => "newest",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Recommended => "Recommended",
            Self::Price => "Price: low to high",
            Self::PriceDesc => "Price: high to low",
            Self::Km => "Fewest kilometres",
            Self::Year => "Newest year",
            Self::Newest => "Just listed",
        }
    }
}

/// An inclusive range in the column's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Range {
    pub min: Option<u32>,
    pub max: Option<u32>,
}

impl Range {
    pub fn is_open(self) -> bool {
        self == Self::default()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Choice {
    /// By [`WORDS`]; each sorted, without doubles.
    pub words: [Vec<CompactString>; WORDS.len()],
    /// By [`RANGES`].
    pub ranges: [Range; RANGES.len()],
    /// Listed within so many days.
    pub days_max: Option<u32>,
    pub price_dropped: bool,
    pub sort: Sort,
}

impl Choice {
    /// Whether a key of an address is about the choice.
    pub(super) fn knows(key: &str) -> bool {
        let is_range = key.rsplit_once('_').is_some_and(|(name, bound)| {
            ["min", "max"].contains(&bound) && RANGES.iter().any(|range| range.key == name)
        });
        is_range
            || WORDS.iter().any(|(name, ..)| *name == key)
            || ["days_max", "price_dropped", "sort"].contains(&key)
    }

    /// Takes a pair of an address, if it is about the choice.
    pub(super) fn take(&mut self, key: &str, value: &str) -> Result<(), BadQuery> {
        if let Some(place) = WORDS.iter().position(|(name, ..)| *name == key) {
            return self.take_word(place, value);
        }
        let value = value.trim();
        if let Some((name, bound)) = key.rsplit_once('_')
            && let Some(place) = RANGES.iter().position(|range| range.key == name)
            && let Some(is_min) = match bound {
                "min" => Some(true),
                "max" => Some(false),
                _ => None,
            }
        {
            let value = number(value, RANGES[place].scale, RANGES[place].wrong)?;
            let range = &mut self.ranges[place];
            // Given twice, both hold.
            if is_min {
                range.min = range.min.max(value);
            } else {
                range.max =
                    value.map_or(range.max, |value| Some(range.max.map_or(value, |max| max.min(value))));
            }
            return Ok(());
        }
        match key {
            "days_max" => {
                let days = number(value, 1, "`days_max` is a whole number of days")?;
                if days.is_some_and(|days| days > DAYS_MAX) {
                    return Err(BadQuery("`days_max` is more than 3650"));
                }
                self.days_max =
                    days.map_or(self.days_max, |days| Some(self.days_max.map_or(days, |max| max.min(days))));
            }
            "price_dropped" => match value {
                "" | "0" => {}
                "1" => self.price_dropped = true,
                _ => return Err(BadQuery("`price_dropped` is neither 0 nor 1")),
            },
            "sort" if !value.is_empty() => {
                let sort = Sort::ALL.into_iter().find(|sort| sort.as_str() == value);
                self.sort = sort.ok_or(BadQuery("there is no such `sort`"))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn take_word(&mut self, place: usize, value: &str) -> Result<(), BadQuery> {
        if value.len() > WORD_BYTES_MAX {
            return Err(BadQuery("a value of a filter is too long"));
        }
        let word = CompactString::from(car::word(value));
        if word.is_empty() {
            return Ok(());
        }
        let n_words: usize = self.words.iter().map(Vec::len).sum();
        let words = &mut self.words[place];
        if let Err(at) = words.binary_search(&word) {
            if n_words == WORDS_MAX {
                return Err(BadQuery("the filters have too many values"));
            }
            words.insert(at, word);
        }
        Ok(())
    }

    /// After the last pair.
    pub(super) fn settle(&mut self) {
        for range in &mut self.ranges {
            if let (Some(min), Some(max)) = (range.min, range.max)
                && min > max
            {
                *range = Range { min: Some(max), max: Some(min) };
            }
        }
    }

    /// Nothing is filtered out.
    pub fn is_open(&self) -> bool {
        Self { sort: Sort::default(), ..self.clone() } == Self::default()
    }

    /// The choice as a query, the same for the same choice. Empty for the plain listing.
    pub fn canonical(&self) -> String {
        let mut pairs = query::Writer::default();
        for ((key, ..), words) in WORDS.iter().zip(&self.words) {
            words.iter().for_each(|word| pairs.pair(key, word));
        }
        for (range, &Range { min, max }) in RANGES.iter().zip(&self.ranges) {
            for (bound, value) in [("min", min), ("max", max)] {
                if let Some(value) = value {
                    pairs.pair(&format!("{}_{bound}", range.key), &written(value, range.scale));
                }
            }
        }
        if let Some(days) = self.days_max {
            pairs.pair("days_max", &days.to_string());
        }
        if self.price_dropped {
            pairs.pair("price_dropped", "1");
        }
        if self.sort != Sort::default() {
            pairs.pair("sort", self.sort.as_str());
        }
        pairs.text()
    }
}

impl Choice {
    /// The query of the list's next page.
    pub fn with_cursor(&self, cursor: &str) -> String {
        let choice = self.canonical();
        let separator = if choice.is_empty() { "" } else { "&" };
        format!("{choice}{separator}after={cursor}")
    }
}

/// In the column's unit; `None` of nothing.
fn number(text: &str, scale: u32, wrong: &'static str) -> Result<Option<u32>, BadQuery> {
    if text.is_empty() {
        return Ok(None);
    }
    // As people write it: 8,00,000.
    let text = text.replace(',', "");
    let digits = |c: char| c.is_ascii_digit() || c == '.' && scale > 1;
    let value: f64 = match text.parse() {
        Ok(value) if text.chars().all(digits) => value,
        _ => return Err(BadQuery(wrong)),
    };
    let value = (value * f64::from(scale)).round();
    if value >= f64::from(u32::MAX) {
        return Err(BadQuery(wrong));
    }
    Ok(Some(value as u32))
}

/// In the visitor's unit.
pub fn written(value: u32, scale: u32) -> String {
    if value.is_multiple_of(scale) {
        (value / scale).to_string()
    } else {
        (f64::from(value) / f64::from(scale)).to_string()
    }
}
