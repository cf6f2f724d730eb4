//! The role: a log on a thread of its own, its batches to Kafka. What Kafka does not take waits in the log.

use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Publisher;
use crate::change::heartbeat::Ends;
use crate::change::{Batch, ChangeLog};
use crate::clock;
use crate::faults::Faults;
use crate::kafka::{Error, LastWord};
use crate::lifecycle::{Lifecycle, Phase};

const ROLE: &str = "relay";
/// Batches between the log and Kafka.
const BATCHES_MAX: usize = 8;
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Without an acknowledgement for this long, Kafka is said to be away.
const SILENCE_MAX: Duration = Duration::from_secs(2);
/// How often to look whether topics were made anew.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Runs until the process stops or the log ends.
pub async fn run<L: ChangeLog>(
    log: L,
    publisher: Publisher,
    lifecycle: Lifecycle,
    faults: Faults,
) -> anyhow::Result<()> {
    tokio::select! {
        ended = relay(log, publisher, faults) => ended,
        () = lifecycle.reached(Phase::Stopping) => Ok(()),
    }
}

async fn relay<L: ChangeLog>(mut log: L, mut publisher: Publisher, faults: Faults) -> anyhow::Result<()> {
    let fault = Fault(faults);
    let position = loop {
        match publisher.begin().await {
            Ok(position) => break position,
            Err(error) => fault.wait_after(&format!("Kafka: {error}")).await,
        }
    };
    let resumed = loop {
        match log.resume(&position).await {
            Ok(resumed) => break resumed,
            Err(error) => fault.wait_after(&format!("cannot read the change log: {error:#}")).await,
        }
    };
    let begin = log.begin();
    tracing::info!(resumed, position = begin.0, "relaying changes");
    if !resumed {
        let reason = if position.is_none() {
            "a first start"
        } else {
            "the log does not reach back to the last change"
        };
        loop {
            let word = publisher.last_word();
            let Err(error) = fault.during(publisher.publish_sweep(reason, &begin), &word).await else {
                break;
            };
            publisher.recover(&error);
            fault.wait_after(&format!("Kafka: {error}")).await;
        }
    }
    fault.0.clear(ROLE);
    let (sender, mut batches) = mpsc::channel(BATCHES_MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let follow = move || runtime.block_on(log.follow(sender));
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(follow)
        .context("start reading the change log")?;

    let mut looking: Option<JoinHandle<Result<(Ends, Ends), Error>>> = None;
    let mut look_at = clock::now() + LOOK_EVERY;
    while let Some(first) = batches.recv().await {
        let mut group = vec![first];
        while group.len() < BATCHES_MAX
            && let Ok(batch) = batches.try_recv()
        {
            group.push(batch);
        }
        publish(&mut publisher, &group, &fault).await;
        if looking.as_ref().is_some_and(JoinHandle::is_finished)
            && let Some(looked) = looking.take()
            && let Ok(Ok((known, highs))) = looked.await
        {
            publisher.looked(&known, highs);
        }
        if looking.is_none() && clock::now() >= look_at {
            look_at = clock::now() + LOOK_EVERY;
            looking = Some(tokio::spawn(publisher.look()));
        }
    }
    Ok(())
}

/// However long it takes.
async fn publish(publisher: &mut Publisher, group: &[Batch], fault: &Fault) {
    loop {
        let word = publisher.last_word();
        match fault.during(publisher.publish(group), &word).await {
            Ok(()) => break,
            Err(error) => {
                publisher.recover(&error);
                fault.wait_after(&format!("Kafka: {error}")).await;
            }
        }
    }
    let changes: usize = group.iter().map(|batch| batch.changes.len()).sum();
    metrics::counter!("forecourt_relayed_changes_total").increment(changes as u64);
}

struct Fault(Faults);

impl Fault {
    fn put(&self, reason: &str) {
        if self.0.put(ROLE, reason, clock::unix_ms()) {
            tracing::error!("{ROLE}: {reason}; trying again");
        }
    }

    async fn wait_after(&self, reason: &str) {
        self.put(reason);
        tokio::time::sleep(RETRY_AFTER).await;
    }

    /// Says why while `what` takes too long; librdkafka goes on trying by itself.
    async fn during<T>(
        &self,
        what: impl Future<Output = Result<T, Error>>,
        word: &LastWord,
    ) -> Result<T, Error> {
        tokio::pin!(what);
        let mut slow = false;
        let result = loop {
            match tokio::time::timeout(SILENCE_MAX, &mut what).await {
                Ok(result) => break result,
                Err(_elapsed) => {
                    slow = true;
                    self.put(&word.why("Kafka does not acknowledge changes"));
                }
            }
        };
        if result.is_ok() && (slow || !self.0.list().is_empty()) {
            self.0.clear(ROLE);
        }
        result
    }
}
