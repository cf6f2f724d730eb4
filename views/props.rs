//! What each page needs, as borrowed values. Money is whole rupees, distance whole kilometres, dates are days
//! in the marketplace's own time zone.

mod listing;

pub use listing::{Advice, Chip, Choice, FilterGroup, FilterValue, ListingPage, RangeFilter, SortOption};

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
    /// URL of the script.
    pub script: &'a str,
    /// URL of the manifest, if this may be installed and kept for use without a network.
    pub manifest: Option<&'a str>,
    /// What stands in the place of a link to the page that somebody has sent, beside its description; of other pages it is
    /// the title.
    pub share: Option<Share<'a>>,
    /// JSON-LD that says once more, for programs, what the page shows.
    pub structured: Option<&'a str>,
    pub shop: Shop<'a>,
}

/// How the shop is reached, and what it promises with every car. Promises are a sentence each; an empty one is not made.
#[derive(Debug, Clone, Copy)]
pub struct Shop<'a> {
    /// Version of the privacy notice.
    pub notice: &'a str,
    /// International form, `+918001000100`.
    pub phone: &'a str,
    pub whatsapp: Option<&'a str>,
    pub transfer: &'a str,
    pub warranty: &'a str,
    pub returns: &'a str,
    pub loan: Loan,
}

/// The loan that "EMI from" speaks of, and the calculator begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loan {
    /// A year.
    pub rate_percent: f64,
    pub months: u32,
    /// Of the price.
    pub down_percent: u32,
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
    /// For browsers that know none of `sets`.
    pub src: &'a str,
    /// Of a thumbnail's size, and as large as there is.
    pub small: &'a str,
    pub large: &'a str,
    /// `srcset` in AVIF and in WebP.
    pub sets: Option<[&'a str; 2]>,
    pub alt: &'a str,
    /// What the inspector found wrong here: `Right doors: stone chip`.
    pub flaw: Option<(Grade, &'a str)>,
    pub of: View,
    pub width: u32,
    pub height: u32,
}

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Outside,
    Inside,
    /// Tyres, engine, keys.
    Detail,
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
    /// Of a month, with the loan as it is by default.
    pub emi_rupees: u64,
    /// Of the price; `None` when there are too few cars to compare it with.
    pub verdict: Option<Verdict>,
    /// It is only remembered: no price, nothing to buy.
    pub is_sold: bool,
    /// Inspection score of 100.
    pub score: Option<u8>,
    /// The best photos first; the first four are shown.
    pub photos: &'a [Photo<'a>],
}

/// A price among those of cars like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Great,
    Good,
    Fair,
    High,
}

/// What cars like one car cost.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    pub verdict: Verdict,
    pub cars: usize,
    /// `2019 Renault Duster diesel cars`
    pub what: &'a str,
    /// A tenth is cheaper.
    pub low_rupees: u64,
    pub median_rupees: u64,
    /// A tenth is more expensive.
    pub high_rupees: u64,
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
    pub market: Option<Market<'a>>,
    pub photos: &'a [Photo<'a>],
    pub features: &'a [FeatureGroup<'a>],
    pub inspection: Option<Inspection<'a>>,
    pub hub: Hub<'a>,
    pub breadcrumbs: &'a [Crumb<'a>],
    pub similar: &'a [Card<'a>],
    /// Why these are similar: `Because you are looking at a Hyundai i20`.
    pub similar_reason: &'a str,
}

/// Some cars side by side.
#[derive(Debug, Clone, Copy)]
pub struct ComparePage<'a> {
    pub cars: &'a [Compared<'a>],
}

#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    pub car: CarPage<'a>,
    pub href: &'a str,
    /// The comparison without this car.
    pub without: &'a str,
}

/// What a visitor saved.
#[derive(Debug, Clone, Copy)]
pub struct ShortlistPage<'a> {
    pub cards: &'a [Card<'a>],
    /// The first of them side by side, when there are two or more.
    pub compare: Option<&'a str>,
}

/// The calculator's answer.
#[derive(Debug, Clone, Copy)]
pub struct EmiPage<'a> {
    pub car: Card<'a>,
    pub down_rupees: u64,
    pub months: u32,
}

/// Nothing is here any more, but some cars are.
#[derive(Debug, Clone, Copy)]
pub struct MissingPage<'a> {
    pub newest: &'a [Card<'a>],
    /// Makes there are cars of: word in addresses and name.
    pub makes: &'a [(&'a str, &'a str)],
}
