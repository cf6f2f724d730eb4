//! `forecourt audit`: does everything say the same? The source, the store and any number of instances, car by car.
//!
//! Usable while changes run: a car that differs is looked at again until it agrees, or stands still and differs. One that
//! moves all the time is in flight.

mod ask;
mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ask::documents;
pub use compare::{Held, Seen};

use crate::car::CarId;
use crate::change::Reach;
use crate::projector::assemble::assemble;
use crate::source::Source;
use crate::store::Store;

const BATCH_CARS: usize = 256;
/// How often, and how long after each other, cars that differ are looked at.
const ROUNDS: usize = 12;
const ROUND_INTERVAL: Duration = Duration::from_millis(400);

/// What was found in the end.
#[derive(Debug, Default)]
pub struct Findings {
    pub cars: usize,
    /// One line for each.
    pub differences: Vec<String>,
    pub in_flight: usize,
    /// Cars whose rows cannot become a document: there is nothing to compare what they have with.
    pub quarantined: usize,
    /// How many instances were compared.
    pub n_instances: usize,
    /// One line for each instance that could not be: it does not answer, or has nothing yet.
    pub not_compared: Vec<String>,
}

/// Compares. `instances` are the URLs of admin ports; those that start are waited for, and then left out.
pub async fn audit<S: Source, D: Store>(
    source: &mut S,
    store: Option<&D>,
    instances: &[String],
    say: impl Fn(&str),
) -> anyhow::Result<Findings> {
    let (instances, not_compared) = ask::comparable(instances, &say).await;
    let instances = instances.as_slice();
    let listed = documents(instances)?;
    let mut cars: BTreeSet<CarId> = source.car_ids().await?.into_iter().collect();
    if let Some(store) = store {
        cars.extend(store.cars().await?);
    }
    cars.extend(listed.iter().flat_map(|documents| documents.keys()));
    let n_instances = instances.len();
    let mut findings = Findings { cars: cars.len(), n_instances, not_compared, ..Findings::default() };
    let mut open: BTreeMap<CarId, Seen> = BTreeMap::new();
    for round in 0..ROUNDS {
        say(&match round {
            0 => format!("comparing {} cars", cars.len()),
            _ => format!("looking again at {} cars", cars.len()),
        });
        let mut differing = BTreeMap::new();
        let (mut moving, mut quarantined) = (0, 0);
        let all: Vec<_> = cars.iter().copied().collect();
        let mut seen = Vec::with_capacity(all.len());
        for batch in all.chunks(BATCH_CARS) {
            seen.extend(look(source, store, batch).await?);
        }
        // The instances last: they may only be newer than what they are held against.
        let held = documents(instances)?;
        for mut seen in seen {
            let (car, is_quarantined) = (seen.car, seen.is_quarantined);
            seen.instances = held.iter().map(|documents| documents.get(&car).copied()).collect();
            quarantined += usize::from(is_quarantined);
            if seen.agrees(store.is_some()) {
                continue;
            }
            moving += usize::from(open.get(&car).is_some_and(|before| before.has_moved(&seen)));
            differing.insert(car, seen);
        }
        if round == 0 {
            findings.quarantined = quarantined;
        }
        cars = differing.keys().copied().collect();
        let last = round + 1 == ROUNDS;
        if last {
            findings.in_flight = moving;
            let still = differing
                .iter()
                .filter(|(car, seen)| open.get(car).is_none_or(|before| !before.has_moved(seen)));
            findings.differences =
                still.flat_map(|(_, seen)| seen.lines(store.is_some(), instances)).collect();
        }
        open = differing;
        if last || cars.is_empty() {
            break;
        }
        tokio::time::sleep(ROUND_INTERVAL).await;
    }
    Ok(findings)
}

/// What source and store have of these cars.
async fn look<S: Source, D: Store>(
    source: &mut S,
    store: Option<&D>,
    cars: &[CarId],
) -> anyhow::Result<Vec<Seen>> {
    let fetched = source.fetch(cars, &Reach::default()).await?;
    let stored = match store {
        Some(store) => store.get(cars).await?,
        None => Vec::new(),
    };
    let stored: BTreeMap<_, _> = stored.iter().map(|document| (document.id, Held::of(document))).collect();
    let seen = |&car: &CarId| {
        let assembled = assemble(car, &fetched);
        let is_quarantined = assembled.is_err();
        let source = assembled.ok().flatten().map(|state| (state.status(), state.digest()));
        Seen { car, is_quarantined, source, store: stored.get(&car).copied(), instances: Vec::new() }
    };
    Ok(cars.iter().map(seen).collect())
}
