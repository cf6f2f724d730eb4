//! What a follower does while the feed says nothing.
//!
//! The projector writes a batch before it announces it. While Kafka is away it cannot, and an instance that starts reads in the
//! store what those that run have not heard of: somebody who goes from one to the other would see a car go back. So
//! those that run look there too. How far the store is costs one question; everything is loaded when that is farther.
//! An instance that alone cannot reach Kafka is kept fresh the same way.

use std::pin::pin;
use std::time::Duration;

use super::{FEED, Follower};
use crate::car::Version;
use crate::clock;
use crate::store::{Error, Progress, Store};

/// Longer than heartbeats are apart, as they are by default, and less than a start waits for the feed: what one that
/// starts will show, those that run have seen.
const LOOK_AFTER: Duration = Duration::from_millis(300);
/// At most one part in so many of the time is spent on loading.
const LOAD_SHARE: u32 = 10;
/// A longer silence is a fault.
const SILENCE_MAX: Duration = Duration::from_millis(1_500);

impl<D: Store> Follower<D> {
    /// Waits for `word`, and looks at the store whenever that takes long.
    pub(super) async fn wait<T>(&mut self, word: impl Future<Output = T>) -> T {
        let mut word = pin!(word);
        loop {
            let look = async {
                tokio::time::sleep_until(self.look_at.into()).await;
                self.store.standing().await
            };
            // What is said goes before what is seen; a look that is dropped for it has changed nothing.
            let silent_at = self.heard_at + SILENCE_MAX;
            tokio::select! {
                biased;
                word = &mut word => return word,
                () = tokio::time::sleep_until(silent_at.into()), if !self.faults.has(FEED) => {
                    self.fault(FEED, "no word from a projector");
                }
                standing = look => self.see(standing).await,
            }
        }
    }

    /// The feed has said something.
    pub(super) fn hear(&mut self) {
        self.faults.clear(FEED);
        self.heard_at = clock::now();
        self.look_at = self.heard_at + LOOK_AFTER;
    }

    async fn see(&mut self, standing: Result<(Version, Progress), Error>) {
        let began = clock::now();
        // Without the store too there is nothing newer than what is served.
        if let Ok((head, progress)) = standing {
            self.keep_up(head, &progress).await;
        }
        self.serve_the_copy();
        let now = clock::now();
        self.look_at = now + LOOK_AFTER.max((now - began) * LOAD_SHARE);
    }

    /// What the feed would have said, from the store. One that stands before the feed has lost writes: it says nothing.
    async fn keep_up(&mut self, head: Version, progress: &Progress) {
        let known = self.mark.version();
        let believed = self.distrusted_epoch.is_none_or(|distrusted| head.epoch > distrusted);
        let settles = self.unsettled && progress.complete && head == known;
        if !self.loaded || (believed && (head > known || settles)) {
            if self.loaded {
                tracing::info!(
                    "the feed is silent and the store stands at {head}, after {known}: loading it"
                );
            }
            // What cannot be loaded now is looked at again.
            let _ = self.load(None).await;
        } else if believed && head == known && progress.complete && progress.as_of_ms > self.mark.as_of_ms {
            self.prove(progress.as_of_ms);
        }
    }
}
