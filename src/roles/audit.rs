//! `forecourt audit`: prints each difference between source, store and instances.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use super::{Common, Failure, catalogue, ends};
use crate::audit::{Findings, audit};
use crate::config::{Config, SourceUrl, StoreUrl};
use crate::source::sqlite::SqliteSource;
use crate::store::{MemoryStore, ValkeyStore};

/// `instances`: URLs of admin ports. Whether everything was compared, and agrees.
pub fn run(config: &Config, instances: &[String]) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let findings = match runtime.block_on(compare(config, instances)) {
        Ok(findings) => findings,
        Err(Failure::Away(line)) => return Err(Failure::NotCompared(line)),
        Err(Failure::Runtime(error)) => return Err(Failure::NotCompared(format!("{error:#}"))),
        Err(failure) => return Err(failure),
    };
    report(&findings)?;
    match findings.not_compared.as_slice() {
        _ if !findings.differences.is_empty() => Err(Failure::Differs),
        [] => Ok(()),
        lines => Err(Failure::NotCompared(lines.join("; "))),
    }
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

fn report(findings: &Findings) -> Result<(), Failure> {
    let Findings { cars, differences, in_flight, quarantined, n_instances, not_compared } = findings;
    let mut text = String::new();
    for line in differences {
        text += &format!("{line}\n");
    }
    let n = differences.len();
    if n > 0 {
        // Otherwise they are what the command ends with.
        text += &not_compared.iter().map(|line| format!("{line}\n")).collect::<String>();
    }
    text += &format!(
        "{cars} cars compared in source, store and {n_instances} instances: {n} differences \
         ({in_flight} in flight, {quarantined} quarantined)\n"
    );
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| Failure::Runtime(e.into()))
}
