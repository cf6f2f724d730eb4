//! What each page needs, as borrowed values. Money is whole rupees, distance whole kilometres, dates are days
//! in the marketplace's own time zone.

/// A calendar day; `month` and `day` count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub year: i16,
    pub month: u8,
    pub day: u8,
}

impl Date {
    /// Days since 1 January 1970 in the proleptic Gregorian calendar, for distances along a time axis.
    /// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    pub(crate) fn day_number(self) -> i32 {
        let (month, day) = (i32::from(self.month), i32::from(self.day));
        let year = i32::from(self.year) - i32::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }
}

/// What the frame around every page needs.
#[derive(Debug, Clone, Copy)]
pub struct Shell<'a> {
    pub part: Part,
    pub title: &'a str,
    pub description: &'a str,
    /// Absolute path or URL, written as it is.
    pub canonical: &'a str,
    pub robots: Robots,
    /// URL of the SVG icon.
    pub icon: &'a str,
    /// What stands in the place of a link to the page that somebody has sent, beside its description; of other pages it is
    /// the title.
    pub share: Option<Share<'a>>,
    /// JSON-LD that says once more, for programs, what the page shows.
    pub structured: Option<&'a str>,
}

/// How much of a page is asked for. Both are the same functions with the same props.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The whole document.
    Page,
    /// What a script puts in the place of another page's: title, canonical link and `<main>`.
    Fragment,
}

impl Part {
    pub const ALL: [Self; 2] = [Self::Page, Self::Fragment];
}

#[derive(Debug, Clone, Copy)]
pub struct Share<'a> {
    pub title: &'a str,
    pub picture: SharePicture<'a>,
}

#[derive(Debug, Clone, Copy)]
pub struct SharePicture<'a> {
    /// A whole URL.
    pub src: &'a str,
    /// `image/png`
    pub media_type: &'a str,
    pub alt: &'a str,
    pub width: u32,
    pub height: u32,
}

/// Whether search engines may list the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robots {
    Index,
    NoIndex,
}

#[derive(Debug, Clone, Copy)]
pub struct Photo<'a> {
    pub src: &'a str,
    pub alt: &'a str,
    pub width: u32,
    pub height: u32,
}

/// One car in a listing.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    pub id: u64,
    /// `/car/{slug}-{id}`
    pub href: &'a str,
    /// Year, make and model: `2019 Renault Duster`.
    pub title: &'a str,
    pub variant: &'a str,
    pub km_driven: u32,
    pub fuel: &'a str,
    pub transmission: &'a str,
    pub owner_number: u8,
    pub city: &'a str,
    pub price_rupees: u64,
    /// How far below the first asked price; `None` when it is not lower.
    pub price_drop_rupees: Option<u64>,
    /// Inspection score of 100.
    pub score: Option<u8>,
    /// The best photos first; the first four are shown.
    pub photos: &'a [Photo<'a>],
}

/// A step of the path to a page; the last one has no link.
#[derive(Debug, Clone, Copy)]
pub struct Crumb<'a> {
    pub name: &'a str,
    pub href: Option<&'a str>,
}

/// From `date` on, the car cost `price_rupees`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricePoint {
    pub date: Date,
    pub price_rupees: u64,
}

#[derive(Debug, Clone, Copy)]
pub struct FeatureGroup<'a> {
    pub name: &'a str,
    pub features: &'a [&'a str],
}

/// The inspector's verdict on one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Pass,
    Minor,
    Major,
}

impl Grade {
    pub const ALL: [Self; 3] = [Self::Pass, Self::Minor, Self::Major];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct InspectionItem<'a> {
    pub section: &'a str,
    pub item: &'a str,
    pub grade: Grade,
    /// May be empty.
    pub note: &'a str,
}

/// A whole inspection. `items` holds every item, sections together, in the order of the report.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    pub date: Date,
    pub inspector: &'a str,
    /// Of 100.
    pub score: u8,
    pub items: &'a [InspectionItem<'a>],
}

/// The place where the car stands.
#[derive(Debug, Clone, Copy)]
pub struct Hub<'a> {
    pub name: &'a str,
    pub address: &'a str,
    /// International form, `+918001004401`.
    pub phone: &'a str,
    /// `09:30`
    pub opens_at: &'a str,
    pub closes_at: &'a str,
    pub city: &'a str,
    pub state: &'a str,
}

/// Everything a car's own page shows, for sale or sold.
#[derive(Debug, Clone, Copy)]
pub struct CarPage<'a> {
    pub id: u64,
    pub title: &'a str,
    pub make: &'a str,
    pub make_country: &'a str,
    pub model: &'a str,
    pub variant: &'a str,
    pub body_type: &'a str,
    pub fuel: &'a str,
    pub transmission: &'a str,
    /// `None` for electric cars.
    pub engine_cc: Option<u32>,
    pub max_power_bhp: Option<f64>,
    pub mileage_kmpl: Option<f64>,
    pub seats: Option<u8>,
    pub registration_year: u16,
    pub km_driven: u32,
    pub owner_number: u8,
    pub colour: &'a str,
    pub insurance: &'a str,
    pub listed: Date,
    /// `None`: for sale.
    pub sold: Option<Date>,
    pub price_rupees: u64,
    pub price_updated: Date,
    /// Oldest first; may be empty.
    pub price_history: &'a [PricePoint],
    pub photos: &'a [Photo<'a>],
    pub features: &'a [FeatureGroup<'a>],
    pub inspection: Option<Inspection<'a>>,
    pub hub: Hub<'a>,
    pub breadcrumbs: &'a [Crumb<'a>],
    pub similar: &'a [Card<'a>],
}

/// One page of a listing, and all there is to narrow it by.
///
/// Links (`next`, chips, advice, `clear`) are whole addresses, `/cars?fuel=diesel&after=…`, written as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListingPage<'a> {
    pub cards: &'a [Card<'a>],
    /// Cars found in all, not on this page.
    pub total: usize,
    /// Link to the page after this one.
    pub next: Option<&'a str>,
    /// This is not the first page.
    pub continued: bool,
    /// `Used cars`, `Used Hyundai cars in Pune`.
    pub heading: &'a str,
    pub groups: &'a [FilterGroup<'a>],
    /// The first one is what visitors ask for most, the budget: it stands before the groups and is open. The others follow
    /// the groups, and are open when they narrow.
    pub ranges: &'a [RangeFilter<'a>],
    /// One for each thing that narrows this list.
    pub chips: &'a [Chip<'a>],
    /// The listing with nothing narrowed, when something is.
    pub clear: Option<&'a str>,
    pub sorts: &'a [SortOption<'a>],
    /// What this list is called in what visitors do: the name of its order.
    pub list: &'a str,
    /// Why these cars, in a few words: `Because you looked at a Creta`.
    pub reason: Option<&'a str>,
    /// What the visitor should know about this list: `This list was renewed, it starts again`.
    pub notice: Option<&'a str>,
    /// What to change when no car was found, the best first.
    pub advice: &'a [Advice<'a>],
}

/// How many values of a [`FilterGroup`] may be chosen at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Check boxes.
    Many,
    /// Radio buttons. One of the values is the choice of none: its `value` is empty, its label `Any`.
    One,
}

/// The values one attribute can be narrowed to.
#[derive(Debug, Clone, Copy)]
pub struct FilterGroup<'a> {
    /// In the address: `make`.
    pub key: &'a str,
    /// `Make`
    pub title: &'a str,
    pub kind: Choice,
    pub values: &'a [FilterValue<'a>],
    /// The values show without a tap. Groups with a chosen value should be open.
    pub is_open: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct FilterValue<'a> {
    /// In the address: `hyundai`.
    pub value: &'a str,
    /// `Hyundai`
    pub label: &'a str,
    /// Cars the list would hold with this value and all other groups as they are. A value that brings none cannot be
    /// chosen, only given up.
    pub count: usize,
    pub is_selected: bool,
}

/// An attribute narrowed by two numbers, `{key}_min` and `{key}_max` in the address; either may be left empty.
#[derive(Debug, Clone, Copy)]
pub struct RangeFilter<'a> {
    /// `price`
    pub key: &'a str,
    /// `Price`
    pub title: &'a str,
    /// `₹`, `km`; may be empty.
    pub unit: &'a str,
    /// Plain digits.
    pub min: Option<&'a str>,
    pub max: Option<&'a str>,
    /// What one press of an arrow adds. Other numbers are as welcome.
    pub step: u32,
}

/// Something that narrows the list, and the way to be without it.
#[derive(Debug, Clone, Copy)]
pub struct Chip<'a> {
    /// `Hyundai`, `Up to ₹8,00,000`
    pub label: &'a str,
    /// The listing without it.
    pub href: &'a str,
}

#[derive(Debug, Clone, Copy)]
pub struct SortOption<'a> {
    /// In the address: `price_desc`.
    pub value: &'a str,
    /// `Price, high to low`
    pub label: &'a str,
    pub is_selected: bool,
}

/// One change that turns an empty list into cars.
#[derive(Debug, Clone, Copy)]
pub struct Advice<'a> {
    /// `Without “Diesel”`, `Raise the budget by ₹50,000`
    pub text: &'a str,
    pub href: &'a str,
    /// Cars found then.
    pub cars: usize,
}

/// Nothing is here any more, but some cars are.
#[derive(Debug, Clone, Copy)]
pub struct MissingPage<'a> {
    pub newest: &'a [Card<'a>],
}
