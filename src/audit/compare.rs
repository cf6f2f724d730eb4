//! One car as each side has it, and whether they agree: pure.

use crate::car::{CarId, Document, Status, Version};

/// A document as somebody holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub version: Version,
    pub status: Status,
    pub digest: u64,
}

impl Held {
    pub fn of(document: &Document) -> Self {
        Self { version: document.version, status: document.state.status(), digest: document.state.digest() }
    }

    /// A line of `/documents` on an admin port: `id version status digest`.
    pub fn parse(line: &str) -> Option<(CarId, Self)> {
        let mut words = line.split(' ');
        let car = CarId(words.next()?.parse().ok()?);
        let version = words.next()?.parse().ok()?;
        let status = words.next()?;
        let status = Status::ALL.into_iter().find(|known| known.as_str() == status)?;
        Some((car, Self { version, status, digest: u64::from_str_radix(words.next()?, 16).ok()? }))
    }
}

/// A car, looked at from every side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub car: CarId,
    /// The source's rows cannot become a document.
    pub is_quarantined: bool,
    /// `None`: the source has no such car.
    pub source: Option<(Status, u64)>,
    pub store: Option<Held>,
    pub instances: Vec<Option<Held>>,
}

impl Seen {
    pub fn agrees(&self, with_store: bool) -> bool {
        let store = !with_store || self.fits_source(self.store);
        store && self.instances.iter().all(|&held| self.instance_agrees(with_store, held))
    }

    fn instance_agrees(&self, with_store: bool, held: Option<Held>) -> bool {
        if !with_store {
            return self.fits_source(held);
        }
        match (self.store, held) {
            // A tombstone of an instance's own: it has found that the store does not know the car any more.
            (None, None) | (None, Some(Held { status: Status::Deleted, .. })) => true,
            (None, Some(_)) => self.is_quarantined,
            (Some(Held { status: Status::Deleted, .. }), None) => true,
            (Some(Held { status: Status::Deleted, .. }), Some(held)) => held.status == Status::Deleted,
            (stored, held) => stored == held,
        }
    }

    fn fits_source(&self, held: Option<Held>) -> bool {
        match (self.source, held) {
            _ if self.is_quarantined => true,
            (None, None | Some(Held { status: Status::Deleted, .. })) => true,
            (Some(source), Some(held)) => source == (held.status, held.digest),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Whether something has changed since `self` was looked at.
    pub fn has_moved(&self, now: &Self) -> bool {
        self.source != now.source || self.store != now.store
    }

    /// What does not agree, in words.
    pub fn lines(&self, with_store: bool, instances: &[String]) -> Vec<String> {
        let source = self.source.map_or("no such car".to_owned(), |(status, _)| status.as_str().to_owned());
        let mut lines = Vec::new();
        if with_store && !self.fits_source(self.store) {
            lines.push(format!("car {}: source: {source}; store: {}", self.car, word(self.store)));
        }
        for (&held, instance) in self.instances.iter().zip(instances) {
            if !self.instance_agrees(with_store, held) {
                let against = if with_store {
                    format!("store: {}", word(self.store))
                } else {
                    format!("source: {source}")
                };
                lines.push(format!("car {}: {against}; {instance}: {}", self.car, word(held)));
            }
        }
        lines
    }
}

fn word(held: Option<Held>) -> String {
    match held {
        None => "nothing".to_owned(),
        Some(Held { version, status, digest }) => format!("{version} {} {digest:016x}", status.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CarId, Held, Seen, Status, Version};

    fn held(sequence: u64, status: Status, digest: u64) -> Option<Held> {
        Some(Held { version: Version { epoch: 1, sequence }, status, digest })
    }

    #[test]
    fn what_agrees_and_what_does_not() {
        let (live, deleted) = (Status::Live, Status::Deleted);
        for (source, store, instance, agrees) in [
            (Some((live, 7)), held(1, live, 7), held(1, live, 7), true),
            (Some((live, 8)), held(1, live, 7), held(1, live, 7), false),
            (Some((live, 7)), held(2, live, 7), held(1, live, 7), false),
            (Some((live, 7)), held(1, live, 7), held(2, live, 7), false),
            (Some((live, 7)), held(1, live, 7), held(1, live, 6), false),
            (Some((live, 7)), None, held(1, live, 7), false),
            (Some((live, 7)), held(1, live, 7), None, false),
            (None, held(3, deleted, 0), held(4, deleted, 0), true),
            (None, held(3, deleted, 0), None, true),
            (None, None, held(4, deleted, 0), true),
            (None, None, held(4, live, 7), false),
            (None, held(1, live, 7), held(1, live, 7), false),
            (None, None, None, true),
        ] {
            let seen =
                Seen { car: CarId(1), is_quarantined: false, source, store, instances: vec![instance] };
            assert_eq!(seen.agrees(true), agrees, "{seen:?}");
            assert_eq!(seen.lines(true, &["i".to_owned()]).is_empty(), agrees, "{seen:?}");
        }
    }

    #[test]
    fn without_a_store_an_instance_is_held_against_the_source() {
        let seen = |source, instance| Seen {
            car: CarId(1),
            is_quarantined: false,
            source: Some((Status::Live, source)),
            store: None,
            instances: vec![instance],
        };
        assert!(seen(7, held(1, Status::Live, 7)).agrees(false));
        assert!(!seen(7, held(1, Status::Live, 8)).agrees(false) && !seen(7, None).agrees(false));
    }

    #[test]
    fn a_quarantined_car_keeps_what_it_has() {
        let held = held(1, Status::Live, 7);
        let seen =
            Seen { car: CarId(1), is_quarantined: true, source: None, store: None, instances: vec![held] };
        assert!(seen.agrees(true));
        assert!(!Seen { store: Held::parse("1 1.2 live 8").map(|(_, held)| held), ..seen }.agrees(true));
    }

    #[test]
    fn a_line_of_an_instance_is_read() {
        assert_eq!(
            Held::parse("1 1.5 live 000000000000000a"),
            held(5, Status::Live, 10).map(|held| (CarId(1), held))
        );
        for wrong in ["", "1", "x 1.5 live a", "1 5 live a", "1 1.5 gone a", "1 1.5 live z"] {
            assert_eq!(Held::parse(wrong), None);
        }
    }
}
