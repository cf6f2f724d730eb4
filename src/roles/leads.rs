//! `forecourt leads`: what an operator does with the spool, also beside the server that writes it.

use std::collections::HashSet;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::{Failure, ends};
use crate::config::{self, Config};
use crate::kafka::{Outgoing, Producer};
use crate::lead::spool::{self, Cursor, Found, Position, Reader, Step};
use crate::lead::{Opener, topic_of, topics};

/// Which leads of the spool.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Those alone, wherever they stand.
    pub ids: Vec<String>,
    /// Only those that Kafka has not acknowledged.
    pub undelivered: bool,
    /// Not those that were left before this instant, unix ms.
    pub since_ms: u64,
}

/// One line a lead, without anything of anybody.
pub fn list(config: &Config, which: &Which, reveal: Option<&PathBuf>) -> Result<(), Failure> {
    let opener = reveal.map(|file| opener(Some(file))).transpose()?;
    let mut out = BufWriter::new(std::io::stdout());
    each(config, which, |found, is_delivered| {
        let head = &found.record.head;
        let state = if is_delivered { "delivered" } else { "waiting" };
        let aside = head.quarantine.join(",");
        let aside = if aside.is_empty() { "-" } else { &aside };
        let mut line = format!("{}\t{}\t{}\t{state}\t{aside}", head.at_ms, head.id, head.kind);
        if let Some(opener) = &opener {
            let lead: Value = match opener.open(&found.record) {
                Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
                Err(why) => return Err(Failure::Usage(format!("leads list: {}: {why}", head.id))),
            };
            let field = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            line += &format!("\t{}\t{}\t{}", field(&lead["phone"]), lead["car"]["id"], field(&lead["name"]));
        }
        writeln!(out, "{line}").map_err(gone)
    })?;
    out.flush().map_err(gone)
}

/// JSON lines, a lead each, as Kafka's consumers get them when nothing is sealed.
pub fn export(config: &Config, which: &Which, identity: Option<&PathBuf>) -> Result<(), Failure> {
    let opener = opener(identity)?;
    let mut out = BufWriter::new(std::io::stdout());
    each(config, which, |found, _| {
        let text = opener
            .open(&found.record)
            .map_err(|why| Failure::Usage(format!("leads export: {}: {why}", found.record.head.id)))?;
        out.write_all(&text).and_then(|()| out.write_all(b"\n")).map_err(gone)
    })?;
    out.flush().map_err(gone)
}

/// Sends them to Kafka once more, under the ids they have.
pub fn redeliver(config: &Config, which: &Which) -> Result<(), Failure> {
    if !config.has_kafka() {
        return Err(Failure::Usage("kafka.brokers: `forecourt leads redeliver` needs brokers".to_owned()));
    }
    let client = ends::kafka(config)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        client.ensure_topics(&topics()).await.context("ask Kafka for the topics of leads")?;
        let producer: Producer = client.producer(Some(Duration::from_secs(30))).context("make a producer")?;
        let mut messages = Vec::new();
        let mut n = 0usize;
        each(config, which, |found, _| {
            messages.push((topic_of(&found.record), found.record.head.id.clone(), found.record.message()));
            Ok(())
        })?;
        for (topic, id, value) in &messages {
            let outgoing = Outgoing { topic, partition: None, key: Some(id.as_bytes()), value };
            producer.deliver(outgoing).await.with_context(|| format!("deliver {id}; {n} were before it"))?;
            n += 1;
        }
        writeln!(std::io::stdout(), "{n} delivered").map_err(gone)
    })
}

fn opener(identity: Option<&PathBuf>) -> Result<Opener, Failure> {
    let text = match identity {
        Some(file) => config::secret("--identity", file)?.unwrap_or_default(),
        None => String::new(),
    };
    Opener::parse(&text).map_err(|expected| Failure::Usage(format!("--identity: expected {expected}")))
}

/// Every lead that is asked for, once, in the order of the spool; whether Kafka has it.
fn each(
    config: &Config,
    which: &Which,
    mut with: impl FnMut(&Found, bool) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let directory = spool::directory(&config.data.dir);
    let cannot =
        |error: std::io::Error| Failure::Runtime(anyhow::Error::from(error).context("read the spool"));
    if !directory.exists() {
        return Ok(());
    }
    let delivered = Cursor::new(&directory).read().unwrap_or_default();
    let last = spool::segments(&directory).map_err(cannot)?.last().copied().unwrap_or_default();
    let until = Position { segment: last, offset: u64::MAX };
    let mut reader = Reader::new(&directory, Position::default());
    let mut seen = HashSet::new();
    loop {
        match reader.next(until).map_err(cannot)? {
            Step::Record(found) => {
                let head = &found.record.head;
                let is_delivered = found.end <= delivered;
                let is_wanted = (which.ids.is_empty() || which.ids.contains(&head.id))
                    && !(which.undelivered && is_delivered)
                    && head.at_ms >= which.since_ms;
                if is_wanted && seen.insert(head.id.clone()) {
                    with(&found, is_delivered)?;
                }
            }
            // Perhaps the end of a batch that is being written.
            Step::Unreadable(path, bytes) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "forecourt: {bytes} bytes of {} are no leads",
                    path.display()
                );
            }
            Step::End => return Ok(()),
        }
    }
}

fn gone(error: std::io::Error) -> Failure {
    Failure::Runtime(anyhow::Error::from(error).context("write to standard output"))
}
