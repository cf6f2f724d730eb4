//! The role: from the queue to a sink, until the process ends, and then what is left.

use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use super::{Line, Outcome, Queue};
use crate::clock;
use crate::lifecycle::{Lifecycle, Phase};

pub const ROLE: &str = "events";

/// The queue is looked at this often. Waiting for it to have something would cost the request that puts it there a
/// system call.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Lines handed over at once.
const BATCH_MAX: usize = 1_024;

/// Where events are written to. It counts what became of them.
pub trait Sink: Send {
    /// How many lines it would take now. What it does not take waits in the queue, which is bounded.
    fn room(&mut self) -> impl Future<Output = usize> + Send;

    /// At most so many.
    fn put(&mut self, lines: Vec<Line>) -> impl Future<Output = ()> + Send;

    /// Waits for what is on its way, not for long.
    fn end(&mut self) -> impl Future<Output = ()> + Send;
}

/// Runs until the process stops.
pub async fn run<S: Sink>(mut queue: Queue, mut sink: S, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let mut ids = Ids::new();
    loop {
        // Before the look: what was put into the queue before the end is found.
        let stopping = lifecycle.is_stopping();
        let taken = queue.take(sink.room().await.min(BATCH_MAX));
        let lines: Vec<_> = taken.iter().map(|event| Line::of(event, ids.next())).collect();
        let n = lines.len();
        if n > 0 {
            sink.put(lines).await;
        }
        if n == BATCH_MAX {
            continue;
        }
        if stopping && n == 0 {
            let left = queue.take(usize::MAX).len();
            queue.counts.add(Outcome::Dropped, left);
            sink.end().await;
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = lifecycle.reached(Phase::Stopping) => {}
        }
    }
}

/// Ids of events that have none: of this process, by chance, and counted.
struct Ids {
    /// The last one, written where the one before stood.
    text: String,
    process_len: usize,
    last: u64,
}

impl Ids {
    fn new() -> Self {
        let text = format!("{:016x}-", RandomState::new().hash_one(clock::unix_ms()));
        Self { process_len: text.len(), text, last: 0 }
    }

    fn next(&mut self) -> &str {
        self.last += 1;
        self.text.truncate(self.process_len);
        self.text.push_str(itoa::Buffer::new().format(self.last));
        &self.text
    }
}
