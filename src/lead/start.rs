//! From the settings to running parts.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use tokio::sync::{mpsc, watch};

use super::keeper::Keeper;
use super::limits::Limits;
use super::recent::{Mark, Recent};
use super::spool::{self, Position, RealFiles, Spool};
use super::{Counts, Delivery, Leads, Sealer, Standing};
use crate::clock;
use crate::config;
use crate::faults::Faults;
use crate::kafka::Client;
use crate::keys::Keys;
use crate::lifecycle::Lifecycle;

/// Leads between requests and the delivery: more wait in the spool.
const DIRECT_MAX: usize = 128;

/// What runs beside the requests.
pub struct Ends {
    /// Ends with the process, when everything that came in is on the disk.
    pub keeper: JoinHandle<()>,
    /// To be run as a role, with Kafka.
    pub delivery: Option<Delivery>,
}

/// Opens the spool in `data`, whatever state it is in: a spool that cannot be used says so to every lead.
pub fn start(
    (settings, sealer): (&config::Lead, Sealer),
    data: &Path,
    keys: &Keys,
    kafka: Option<Client>,
    (lifecycle, faults): (&Lifecycle, &Faults),
) -> anyhow::Result<(Leads, Ends)> {
    let directory = spool::directory(data);
    let stretch_ms = u64::from(settings.repeat_minutes) * 60_000;
    let recent = Arc::new(Recent::new(stretch_ms));
    let (standing, counts) = (Standing::default(), Counts::new());
    let recovered = recovered(&directory, stretch_ms, &recent, &standing);

    let (spool_end, queue) = sync_channel(settings.queue_max);
    let (committed, committed_seen) = watch::channel(recovered.end);
    let (delivered, delivered_seen) = watch::channel(recovered.delivered);
    let keep = Duration::from_secs(u64::from(settings.keep_days) * 24 * 60 * 60);
    let spool =
        Spool::new(directory.clone(), Box::new(RealFiles), settings.spool_bytes_max, keep, recovered.last);
    let keeper = Keeper {
        queue,
        spool,
        committed,
        delivered: delivered_seen,
        standing: standing.clone(),
        faults: faults.clone(),
        lifecycle: lifecycle.clone(),
    };
    let keeper = std::thread::Builder::new().name("lead-spool".to_owned()).spawn(move || keeper.run());
    let (direct, delivery) = match kafka {
        None => (None, None),
        Some(client) => {
            let (sender, direct) = mpsc::channel(DIRECT_MAX);
            let takes = Arc::new(AtomicBool::new(false));
            let delivery = Delivery {
                client,
                directory,
                direct,
                takes: Arc::clone(&takes),
                committed: committed_seen,
                delivered,
                standing: standing.clone(),
                counts: counts.clone(),
                faults: faults.clone(),
                lifecycle: lifecycle.clone(),
                late: Duration::from_secs(settings.late_s.into()),
            };
            (Some((sender, takes)), Some(delivery))
        }
    };
    let leads = Leads {
        settings: settings.clone(),
        counts,
        standing,
        keys: keys.clone(),
        sealer,
        limits: Limits::new(settings),
        recent,
        spool: spool_end,
        direct,
    };
    Ok((leads, Ends { keeper: keeper.context("start the lead spool")?, delivery }))
}

fn recovered(directory: &Path, stretch_ms: u64, recent: &Recent, standing: &Standing) -> spool::Recovered {
    let since_ms = clock::unix_ms().saturating_sub(stretch_ms);
    let delivered = spool::Cursor::new(directory).read().unwrap_or_default();
    let mark = |text: &str| -> Option<Mark> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        let mut mark = [0; 32];
        mark.get_mut(..bytes.len())?.copy_from_slice(&bytes);
        Some(mark)
    };
    let mut waiting = 0;
    let found = spool::recover(directory, since_ms, |found| {
        let head = &found.record.head;
        waiting += i64::from(found.end > delivered);
        if head.at_ms >= since_ms
            && let Some((fingerprint, related)) = mark(&head.fingerprint).zip(mark(&head.related))
        {
            recent.remember(fingerprint, related, head.id.clone(), head.at_ms);
        }
    });
    standing.add_waiting(waiting);
    let found = found.unwrap_or_else(|error| {
        tracing::error!("leads: cannot read what is in {}: {error}; it is left there", directory.display());
        let last = spool::segments(directory).ok().and_then(|all| all.last().copied()).unwrap_or_default();
        let last = last.max(delivered.segment);
        spool::Recovered { last, end: Position { segment: last, offset: 0 }, delivered, torn_bytes: 0 }
    });
    if waiting > 0 {
        tracing::info!("leads: {waiting} in {} are not in Kafka", directory.display());
    }
    found
}
