//! In which order a car's photos are shown: first what buyers look for first (front, cockpit, rear, seats, odometer), then
//! the worst flaw, the tyres and the boot, and the rest outside before inside.
//!
//! Order and number follow what marketplaces found about photos and leads: nine good ones do more than thirty, the cockpit
//! belongs second, and a flaw that is shown is believed.

use forecourt_views::View;

use crate::car::{Details, Grade, InspectionItem, Photo};

/// A photo, and what the inspector found wrong where it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shot<'a> {
    pub(super) photo: &'a Photo,
    pub(super) flaw: Option<&'a InspectionItem>,
}

/// Before the worst flaw. Of a place with several words the first that there is a photo of.
const FIRST: [&[&str]; 6] = [
    &["front-left", "front-right", "front"],
    &["dashboard", "console"],
    &["rear-right", "rear-left", "rear"],
    &["front-seats"],
    &["rear-seats"],
    &["odometer"],
];
/// After it.
const THEN: [&[&str]; 2] = [&["tyre", "wheel"], &["boot"]];
/// Then the rest, those of a group together; what is in none comes last.
const GROUPS: [&[&str]; 3] = [
    &["front", "left", "right", "rear", "front-left", "front-right", "rear-left", "rear-right", "roof"],
    &["wheel", "tyre", "engine"],
    &["console", "dashboard", "key"],
];

/// Words of an inspected item, and the photos on which it can be seen, the best first.
const SEEN_ON: [(&str, &[&str]); 14] = [
    ("bonnet", &["front", "front-left"]),
    ("front bumper", &["front", "front-left"]),
    ("rear bumper", &["rear", "rear-right"]),
    ("left door", &["left"]),
    ("right door", &["right"]),
    ("roof", &["roof"]),
    ("windscreen", &["front", "front-left"]),
    ("dashboard", &["dashboard"]),
    ("infotainment", &["console", "dashboard"]),
    ("air conditioning", &["console", "dashboard"]),
    ("seats", &["front-seats", "rear-seats"]),
    ("tyre", &["tyre", "wheel"]),
    ("brake", &["wheel"]),
    ("suspension", &["wheel"]),
];

pub(super) fn view(kind: &str) -> View {
    match kind {
        "dashboard" | "console" | "front-seats" | "rear-seats" | "odometer" | "boot" => View::Inside,
        "tyre" | "wheel" | "engine" | "key" | "detail" => View::Detail,
        _ => View::Outside,
    }
}

pub(super) fn ordered(car: &Details) -> Vec<Shot<'_>> {
    let mut rest: Vec<_> = car.photos.iter().map(|photo| Shot { photo, flaw: None }).collect();
    for item in flaws(car) {
        let seen = kinds(item).iter().find_map(|kind| rest.iter().position(|shot| shot.photo.kind == **kind));
        // The worst comes first, and stays.
        if let Some(shot) = seen.and_then(|place| rest.get_mut(place)).filter(|shot| shot.flaw.is_none()) {
            shot.flaw = Some(item);
        }
    }
    let mut ordered = Vec::with_capacity(rest.len());
    let has = |rest: &[Shot<'_>], kind: &str| rest.iter().any(|shot| shot.photo.kind == kind);
    for kinds in FIRST {
        let kind = kinds.iter().find(|kind| has(&rest, kind));
        ordered.extend(kind.and_then(|kind| take(&mut rest, kind)));
    }
    // A flaw on a photo that stands here already has been seen.
    let worst = flaws(car)
        .flat_map(kinds)
        .find(|kind| rest.iter().any(|shot| shot.photo.kind == **kind && shot.flaw.is_some()));
    ordered.extend(worst.and_then(|kind| take(&mut rest, kind)));
    for kinds in THEN {
        let kind = kinds.iter().find(|kind| has(&rest, kind));
        ordered.extend(kind.and_then(|kind| take(&mut rest, kind)));
    }
    let group = |kind: &str| {
        let place = GROUPS.iter().position(|group| group.contains(&kind)).unwrap_or(GROUPS.len());
        (place, GROUPS.get(place).and_then(|group| group.iter().position(|other| *other == kind)))
    };
    rest.sort_by_key(|shot| group(&shot.photo.kind));
    ordered.extend(rest);
    ordered
}

fn take<'a>(shots: &mut Vec<Shot<'a>>, kind: &str) -> Option<Shot<'a>> {
    let place = shots.iter().position(|shot| shot.photo.kind == kind)?;
    Some(shots.remove(place))
}

/// The worst first; of equal ones in the order of the report.
fn flaws(car: &Details) -> impl Iterator<Item = &InspectionItem> {
    let of = |grade| {
        let items = car.inspection.iter().flat_map(|inspection| &inspection.items);
        items.filter(move |item| item.grade == grade)
    };
    of(Grade::Major).chain(of(Grade::Minor))
}

fn kinds(item: &InspectionItem) -> &'static [&'static str] {
    let name = item.item.to_ascii_lowercase();
    let known = SEEN_ON.iter().find(|(word, _)| name.contains(word));
    known.map_or(if item.section == "Engine" { &["engine"] } else { &[] }, |(_, kinds)| kinds)
}

#[cfg(test)]
mod tests {
    use forecourt_views::illustration::VIEWS;

    use super::ordered;
    use crate::car::{Details, Grade, Inspection, InspectionItem, Photo};
    use crate::snapshot::catalogue_tests::details;

    fn car(kinds: &[&str], flaws: &[(&str, Grade)]) -> Details {
        let mut car = details(1, 1);
        let photo = |kind: &&str| Photo { kind: (*kind).into(), ..car.photos[0].clone() };
        let photos = kinds.iter().map(photo).collect();
        car.photos = photos;
        let item = |&(item, grade): &(&str, Grade)| InspectionItem {
            section: "Exterior".into(),
            item: item.into(),
            grade,
            note: String::new().into(),
        };
        let items = flaws.iter().map(item).collect();
        car.inspection =
            Some(Inspection { inspected_at: car.listed_at, inspector: "I".into(), score: 90, items });
        car
    }

    fn check(kinds: &[&str], flaws: &[(&str, Grade)], expected: &[&str]) {
        let car = car(kinds, flaws);
        let found: Vec<_> = ordered(&car)
            .iter()
            .map(|shot| match shot.flaw {
                Some(flaw) => format!("{}: {}", shot.photo.kind, flaw.item),
                None => shot.photo.kind.to_string(),
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_cockpit_comes_second_and_the_worst_flaw_among_the_first_nine() {
        check(
            VIEWS,
            &[("Left doors", Grade::Minor), ("Roof", Grade::Pass), ("Right doors", Grade::Major)],
            &[
                "front-left",
                "dashboard",
                "rear-right",
                "front-seats",
                "rear-seats",
                "odometer",
                "right: Right doors",
                "tyre",
                "boot",
                "front",
                "left: Left doors",
                "rear",
                "roof",
                "wheel",
                "engine",
                "console",
                "key",
                "detail",
            ],
        );
    }

    #[test]
    fn a_flaw_on_a_photo_that_comes_first_anyway_leaves_its_place_to_the_next() {
        check(
            &["rear", "front-seats", "left", "dashboard"],
            &[("Seats", Grade::Major), ("Left doors", Grade::Minor), ("Dashboard", Grade::Minor)],
            &["dashboard: Dashboard", "rear", "front-seats: Seats", "left: Left doors"],
        );
    }

    #[test]
    fn photos_of_other_words_keep_their_order_and_none_is_lost() {
        check(
            &["underneath", "front-left", "underneath", "sunroof"],
            &[],
            &["front-left", "underneath", "underneath", "sunroof"],
        );
    }
}
