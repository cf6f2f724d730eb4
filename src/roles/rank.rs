//! `forecourt rank`: the order a visitor gets, for a data scientist to see and to compare.

use std::collections::HashMap;
use std::io::{ErrorKind, Write as _};
use std::sync::Arc;

use anyhow::Context as _;

use super::{Common, Failure, catalogue, ends, model};
use crate::car::{CarId, Document, State, Version};
use crate::change::Reach;
use crate::config::{Config, SourceUrl};
use crate::listing::{Choice, Spec, by_score, page};
use crate::projector::assemble::assemble;
use crate::rank::{Attributes, Interaction};
use crate::seed;
use crate::snapshot::{Snapshot, bits};
use crate::source::Source;
use crate::source::sqlite::SqliteSource;

/// What somebody did, the last car first.
pub type History = Vec<(CarId, Interaction)>;

/// Whose order is asked for: anybody's, if neither is there.
#[derive(Clone, Debug, Default)]
pub struct Whom {
    /// Somebody the model was trained with.
    pub trained: Option<u64>,
    pub history: History,
}

/// Reads `1010,1000:lead`.
pub fn history(text: &str) -> Result<History, String> {
    let entry = |text: &str| {
        let (car, kind) = text.split_once(':').unwrap_or((text, Interaction::View.as_str()));
        let kind = Interaction::ALL.into_iter().find(|known| known.as_str() == kind);
        let kind = kind.ok_or("expected `:view`, `:wishlist` or `:lead` behind a car")?;
        let car = car.parse().map_err(|_| format!("`{car}` is no car's number"))?;
        Ok((CarId(car), kind))
    };
    text.split(',').map(entry).collect()
}

const FETCH_CARS: usize = 1_000;

/// Prints what the model knows of each car, as JSON lines for `training/`.
pub fn attributes(config: &Config) -> Result<(), Failure> {
    let documents = documents(config)?;
    let cars = documents.iter().filter_map(|document| Attributes::of(document));
    let lines = cars.map(|car| serde_json::to_string(&car)).collect::<Result<Vec<_>, _>>();
    print(lines.map_err(anyhow::Error::from)?)
}

/// Prints the first `top` cars for each, by their scores or as pages show them, an empty line between them; nothing if
/// somebody is unknown.
pub fn run(config: &Config, whom: &[Whom], top: usize, in_pages: bool) -> Result<(), Failure> {
    let model = Arc::new(model::load(config).map_err(Failure::Usage)?);
    let snapshot = Snapshot::default().with_model(model).with(documents(config)?).0;
    let orders =
        whom.iter().map(|whom| ranked(&snapshot, whom, top, in_pages)).collect::<Result<Vec<_>, _>>()?;
    print(orders.iter().enumerate().flat_map(|(i, order)| {
        let between = (i > 0).then(String::new);
        // The shortest text that is read as the same float.
        between.into_iter().chain(order.iter().map(|(car, score)| format!("{car}\t{score}")))
    }))
}

/// Whoever has read enough closes the pipe: that is no failure.
fn print(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut lines = lines.into_iter();
    let written = lines.try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(anyhow::Error::from(error).into()),
        _ => Ok(()),
    }
}

fn ranked(
    snapshot: &Snapshot,
    whom: &Whom,
    top: usize,
    in_pages: bool,
) -> Result<Vec<(CarId, f32)>, Failure> {
    let Some(ranked) = snapshot.ranking().first() else { return Ok(Vec::new()) };
    let columns = snapshot.columns();
    let mut of = columns.live().to_vec();
    for &(car, _) in &whom.history {
        let slot = snapshot.shown(car);
        let slot = slot.ok_or_else(|| Failure::Usage(format!("--cars: there is no car {car} to look at")))?;
        bits::remove(&mut of, slot);
    }
    if let Some(id) = whom.trained.filter(|&id| ranked.model.visitor(id).is_none()) {
        let model = &ranked.model.generation;
        let line = format!("--visitor: the model {model} was not trained with a visitor {id}");
        return Err(Failure::Usage(line));
    }
    // What pages are ordered by, so that whoever compares `rank` with LightFM compares them.
    let spec = Spec { visitor: whom.trained.unwrap_or(0), anchors: whom.history.clone() };
    let taste = spec.taste(snapshot, ranked, &Choice::default());
    let n_all = bits::count(&of);
    let n = top.min(n_all);
    let order = if in_pages {
        let scores: HashMap<_, _> = by_score(columns, ranked, &taste, &of, n_all).into_iter().collect();
        let mut slots = Vec::with_capacity(n);
        while slots.len() < n {
            let page = page(snapshot, ranked, &taste, &of);
            for slot in page {
                bits::remove(&mut of, slot);
                slots.push(slot);
            }
        }
        slots.truncate(n);
        slots.into_iter().map(|slot| (slot, scores[&slot])).collect()
    } else {
        by_score(columns, ranked, &taste, &of, n)
    };
    Ok(order.into_iter().map(|(slot, score)| (snapshot.document(slot).id, score)).collect())
}

/// Every car of the source, as a projector would write it. Those whose rows are bad are left out.
fn documents(config: &Config) -> Result<Vec<Arc<Document>>, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async { fetched(config).await })
}

async fn fetched(config: &Config) -> Result<Vec<Arc<Document>>, Failure> {
    let catalogue = Arc::new(catalogue(config).map_err(Failure::Usage)?);
    match config.source_url()? {
        SourceUrl::Sqlite { path, embedded } => {
            if embedded {
                std::fs::create_dir_all(&config.data.dir).context("make data.dir")?;
                seed::ensure_generated(&path, config.embedded.cars, true)?;
            }
            read(SqliteSource::open(&path, catalogue).map_err(Failure::Usage)?).await
        }
        SourceUrl::Mysql => {
            read(ends::open_mysql(config, &catalogue, &Common::default()).await?.source).await
        }
    }
}

async fn read(mut source: impl Source) -> Result<Vec<Arc<Document>>, Failure> {
    let version = Version { epoch: 1, sequence: 1 };
    let mut documents = Vec::new();
    let cars = source.car_ids().await.map_err(anyhow::Error::from)?;
    for cars in cars.chunks(FETCH_CARS) {
        let fetched = source.fetch(cars, &Reach::default()).await.map_err(anyhow::Error::from)?;
        for &id in cars {
            if let Ok(Some(state @ (State::Live(_) | State::Sold(_)))) = assemble(id, &fetched) {
                documents.push(Arc::new(Document { id, version, state }));
            }
        }
    }
    Ok(documents)
}
