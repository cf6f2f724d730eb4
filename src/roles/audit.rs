//! `forecourt audit`: prints each difference between source, store and instances.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use super::{Common, Failure, catalogue, ends};
use crate::audit::{Findings, audit};
use crate::config::{Config, SourceUrl, StoreUrl};
use crate::source::sqlite::SqliteSource;
use crate::store::{MemoryStore, ValkeyStore};

/// `instances`: URLs of admin ports. Returns whether everything agrees.
pub fn run(config: &Config, instances: &[String]) -> Result<bool, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let findings = runtime.block_on(compare(config, instances))?;
    report(&findings, instances.len())?;
    Ok(findings.differences.is_empty())
}

async fn compare(config: &Config, instances: &[String]) -> Result<Findings, Failure> {
    let catalogue = Arc::new(catalogue(config).map_err(Failure::Usage)?);
    let store = match config.store_url()? {
        StoreUrl::Memory => None,
        StoreUrl::Redis => Some(ends::valkey(config)?),
    };
    if store.is_none() && instances.is_empty() {
        let line = "audit: nothing to compare the source with: expected --instance ADMIN_URL, or store.url";
        return Err(Failure::Usage(line.to_owned()));
    }
    match config.source_url()? {
        SourceUrl::Sqlite { path, .. } => {
            let mut source = SqliteSource::open(&path, catalogue).map_err(Failure::Usage)?;
            match store {
                Some(store) => Ok(audit::<_, ValkeyStore>(&mut source, Some(&store), instances, say).await?),
                None => Ok(audit::<_, MemoryStore>(&mut source, None, instances, say).await?),
            }
        }
        SourceUrl::Mysql => {
            let mut source = ends::open_mysql(config, &catalogue, &Common::default()).await?.source;
            match store {
                Some(store) => Ok(audit::<_, ValkeyStore>(&mut source, Some(&store), instances, say).await?),
                None => Ok(audit::<_, MemoryStore>(&mut source, None, instances, say).await?),
            }
        }
    }
}

/// Progress is for people who watch.
fn say(line: &str) {
    let mut error = std::io::stderr();
    if error.is_terminal() {
        let _ = writeln!(error, "{line}");
    }
}

fn report(findings: &Findings, n_instances: usize) -> Result<(), Failure> {
    let Findings { cars, differences, in_flight, quarantined } = findings;
    let mut text = String::new();
    for line in differences {
        text += &format!("{line}\n");
    }
    let n = differences.len();
    text += &format!(
        "{cars} cars compared in source, store and {n_instances} instances: {n} differences \
         ({in_flight} in flight, {quarantined} quarantined)\n"
    );
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| Failure::Runtime(e.into()))
}
