//! Paths -> routes.

use crate::car::CarId;

use super::query::unescape;
use super::refusal::Refusal;

/// What a path names. Whether it exists is for the snapshot to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Listing,
    Car(CarId),
    /// Some cars side by side.
    Compare,
    Shortlist,
    /// A car by the month.
    Emi,
    /// `/assets/{file}`
    Asset(String),
    Manifest,
    /// The service worker.
    Worker,
    Offline,
    Robots,
    Sitemap,
    Feed(Feed),
    Health,
    /// Where pages post what happened.
    Events,
    /// Where the form of a car's page is sent to.
    Leads,
    /// `/leads/{id}`
    Receipt(String),
    Privacy,
    Withdraw,
    Unknown,
}

/// Whose inventory feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// `/feeds/google.tsv`
    Google,
    /// `/feeds/meta.csv`
    Meta,
}

impl Route {
    /// What routes are called in metrics and logs.
    pub const LABELS: [&'static str; 20] = [
        "listing",
        "car",
        "asset",
        "manifest",
        "offline",
        "robots",
        "sitemap",
        "healthz",
        "unknown",
        "refused",
        "events",
        "feed",
        "compare",
        "shortlist",
        "emi",
        "worker",
        "leads",
        "receipt",
        "privacy",
        "withdraw",
    ];

    pub fn parse(path: &str) -> Result<Self, Refusal> {
        // The common paths hold no escapes and no dots.
        if path.contains('%') {
            let decoded = unescape(path).ok_or(Refusal::BadRequest("the path is not valid"))?;
            return Self::of(&decoded);
        }
        Self::of(path)
    }

    fn of(path: &str) -> Result<Self, Refusal> {
        let Some(rest) = path.strip_prefix('/') else {
            return Err(Refusal::BadRequest("the path does not begin with a slash"));
        };
        if let Some(name) = rest.strip_prefix("car/") {
            return Ok(car_id(name.strip_suffix('/').unwrap_or(name)).map_or(Self::Unknown, Self::Car));
        }
        if rest.split(['/', '\\']).any(|step| step == ".." || step == ".") {
            return Err(Refusal::BadRequest("the path leads out of itself"));
        }
        Ok(match rest.strip_suffix('/').unwrap_or(rest) {
            "" | "cars" => Self::Listing,
            "compare" => Self::Compare,
            "shortlist" => Self::Shortlist,
            "emi" => Self::Emi,
            "manifest.webmanifest" => Self::Manifest,
            "sw.js" => Self::Worker,
            "offline" => Self::Offline,
            "robots.txt" => Self::Robots,
            "sitemap.xml" => Self::Sitemap,
            "feeds/google.tsv" => Self::Feed(Feed::Google),
            "feeds/meta.csv" => Self::Feed(Feed::Meta),
            "healthz" => Self::Health,
            "events" => Self::Events,
            "leads" => Self::Leads,
            "privacy" => Self::Privacy,
            "privacy/withdraw" => Self::Withdraw,
            other => match (other.strip_prefix("assets/"), other.strip_prefix("leads/")) {
                (Some(file), _) => Self::Asset(file.to_owned()),
                (_, Some(id)) => Self::Receipt(id.to_owned()),
                _ => Self::Unknown,
            },
        })
    }

    /// Index into [`Self::LABELS`].
    pub fn label(&self) -> usize {
        match self {
            Self::Listing => 0,
            Self::Car(_) => 1,
            Self::Asset(_) => 2,
            Self::Manifest => 3,
            Self::Offline => 4,
            Self::Robots => 5,
            Self::Sitemap => 6,
            Self::Health => 7,
            Self::Unknown => 8,
            Self::Events => 10,
            Self::Feed(_) => 11,
            Self::Compare => 12,
            Self::Shortlist => 13,
            Self::Emi => 14,
            Self::Worker => 15,
            Self::Leads => 16,
            Self::Receipt(_) => 17,
            Self::Privacy => 18,
            Self::Withdraw => 19,
        }
    }

    /// Whether it can be posted to, and nothing else.
    pub fn is_posted(&self) -> bool {
        matches!(self, Self::Events | Self::Leads)
    }

    /// The label of requests refused before they had a route.
    pub const REFUSED: usize = 9;
}

/// The id that ends a car's name. Any slug before it will do, and none: ads outlive names.
fn car_id(name: &str) -> Option<CarId> {
    let slug_end = name.len() - name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (slug, digits) = name.split_at(slug_end);
    if !(slug.is_empty() || slug.ends_with('-')) || slug.as_bytes().contains(&b'/') {
        return None;
    }
    digits.parse().ok().map(CarId)
}

#[cfg(test)]
mod tests {
    use super::{CarId, Feed, Route};

    #[test]
    fn paths_are_routed() {
        for (path, expected) in [
            ("/", Some(Route::Listing)),
            ("/cars", Some(Route::Listing)),
            ("/cars/", Some(Route::Listing)),
            ("/car/2019-renault-duster-1000", Some(Route::Car(CarId(1000)))),
            ("/car/2019-renault-duster-1000/", Some(Route::Car(CarId(1000)))),
            ("/car/%E0%A4%95-1000", Some(Route::Car(CarId(1000)))),
            ("/car/1000", Some(Route::Car(CarId(1000)))),
            ("/car/-1000", Some(Route::Car(CarId(1000)))),
            ("/car/duster", Some(Route::Unknown)),
            ("/car/", Some(Route::Unknown)),
            ("/car/x/y-1000", Some(Route::Unknown)),
            ("/car/x-99999999999999999999", Some(Route::Unknown)),
            ("/car/x-+5", Some(Route::Unknown)),
            ("/assets/a.b.svg", Some(Route::Asset("a.b.svg".to_owned()))),
            ("/events", Some(Route::Events)),
            ("/feeds/google.tsv", Some(Route::Feed(Feed::Google))),
            ("/feeds/meta.csv", Some(Route::Feed(Feed::Meta))),
            ("/feeds/", Some(Route::Unknown)),
            ("/leads", Some(Route::Leads)),
            ("/leads/Ab-_", Some(Route::Receipt("Ab-_".to_owned()))),
            ("/privacy/withdraw", Some(Route::Withdraw)),
            ("/nowhere", Some(Route::Unknown)),
            ("/../etc/passwd", None),
            ("/assets/%2e%2e/secret", None),
            ("/assets/..\\secret", None),
            ("/car/%00-1000", None),
            ("/%", None),
            ("/%ff", None),
            ("*", None),
        ] {
            assert_eq!(Route::parse(path).ok(), expected, "{path}");
        }
    }
}
