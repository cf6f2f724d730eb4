//! The feed says nothing, and the store goes on.

use std::sync::Arc;
use std::time::Duration;

use super::{Rig, identity};
use crate::car::{CarId, Version};
use crate::change::Position;
use crate::feed::{self, FeedReader, Kind, Message};
use crate::lifecycle::Phase;
use crate::snapshot::disk;
use crate::store::MemoryStore;

/// While a follower looks at the store by itself.
async fn until(holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waited).await.expect("seen within ten seconds");
}

#[tokio::test]
async fn what_could_not_be_announced_is_found_in_the_store_and_is_no_gap_when_it_is_announced_at_last() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        until(|| rig.has(1)).await;
        // What only a reload would find.
        rig.put(2, 1, 1).await;
        rig.announce(1, 1, 1, 0).await;
        rig.put(3, 1, 2).await;
        rig.announce(3, 1, 2, 1).await;
        rig.say(1, 2, 2, Kind::Heartbeat { as_of_ms: 3, fault: None }).await;
    })
    .await;
    assert!(rig.has(1) && rig.has(3) && !rig.has(2));
    assert_eq!(rig.snapshots.as_of_ms(), 3);
    let loaded = disk::load(rig.directory.path(), &identity()).unwrap();
    assert_eq!((loaded.mark.sequence, loaded.mark.as_of_ms, loaded.documents.len()), (2, 3, 2));
}

#[tokio::test]
async fn an_epoch_found_in_the_store_makes_its_predecessor_outdated() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.put(1, 2, 2).await;
        rig.commit(2, 7).await;
        until(|| rig.has(1)).await;
        rig.announce(1, 1, 1, 0).await;
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 9, fault: None }).await;
    })
    .await;
    let version = rig.snapshots.load().get(CarId(1)).map(|document| document.version);
    assert_eq!(version, Some(Version { epoch: 2, sequence: 2 }));
    assert_eq!(rig.snapshots.as_of_ms(), 7);
}

#[tokio::test]
async fn the_store_says_how_fresh_everything_is_while_the_feed_says_nothing() {
    Rig::run(async |rig| {
        rig.commit(1, 50).await;
        until(|| rig.snapshots.as_of_ms() == 50).await;
        rig.commit(1, 60).await;
        until(|| rig.snapshots.as_of_ms() == 60).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_proven_by_a_silent_feed_while_an_announced_document_is_not_there() {
    let rig = Rig::run(async |rig| {
        rig.announce(1, 1, 1, 0).await;
        rig.put(2, 1, 2).await;
        rig.commit(1, 50).await;
        until(|| rig.has(2)).await;
    })
    .await;
    assert_eq!(rig.snapshots.as_of_ms(), 1);
}

#[tokio::test]
async fn a_store_that_stands_before_the_feed_says_nothing_while_that_is_silent() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 5).await;
        rig.announce(1, 1, 5, 0).await;
        while !rig.has(1) {
            tokio::task::yield_now().await;
        }
        rig.store.flush();
        rig.claim(1).await;
        rig.put(2, 1, 4).await;
        rig.commit(1, 50).await;
        // Two looks.
        tokio::time::sleep(Duration::from_millis(800)).await;
    })
    .await;
    assert!(rig.has(1) && !rig.has(2));
    assert_eq!(rig.snapshots.as_of_ms(), 1);
}

/// A feed that cannot be reached: refused at once, or with no answer at all.
#[derive(Default)]
struct Away {
    refuses: bool,
    /// What it had said before.
    last: Option<Message>,
}

impl Away {
    async fn answer<T>(&self) -> Result<T, feed::Error> {
        if !self.refuses {
            std::future::pending::<()>().await;
        }
        Err(feed::Error::Unavailable("away".to_owned()))
    }
}

impl FeedReader for Away {
    async fn begin(&mut self) -> Result<Option<Message>, feed::Error> {
        if self.last.is_some() { Ok(self.last.clone()) } else { self.answer().await }
    }

    async fn next(&mut self) -> Result<Message, feed::Error> {
        self.answer().await
    }

    fn try_next(&mut self) -> Option<Message> {
        None
    }
}

#[tokio::test]
async fn an_instance_that_starts_without_the_feed_serves_what_the_store_has_and_keeps_up_with_it() {
    for refuses in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let rig = Rig { store: MemoryStore::default(), feed: None, snapshots: Arc::default(), directory };
        rig.claim(1).await;
        rig.put(1, 1, 1).await;
        rig.commit(1, 5).await;
        let (follower, faults, lifecycle) = rig.follower();
        tokio::spawn(follower.run(Away { refuses, last: None }));
        lifecycle.reached(Phase::Ready).await;
        assert!(rig.has(1) && rig.snapshots.as_of_ms() == 5);
        rig.put(2, 1, 2).await;
        rig.commit(1, 8).await;
        until(|| rig.has(2) && rig.snapshots.as_of_ms() == 8).await;
        until(|| faults.has("feed")).await;
        lifecycle.enter(Phase::Stopping);
    }
}

#[tokio::test]
async fn in_an_epoch_whose_writes_the_store_has_lost_it_says_nothing_of_itself() {
    let directory = tempfile::tempdir().unwrap();
    let rig = Rig { store: MemoryStore::default(), feed: None, snapshots: Arc::default(), directory };
    rig.claim(1).await;
    rig.put(1, 1, 4).await;
    rig.commit(1, 5).await;
    let kind = Kind::Heartbeat { as_of_ms: 9, fault: None };
    let last = Message { epoch: 1, sequence: 5, previous: 5, kind, position: Position::default() };
    let (follower, faults, lifecycle) = rig.follower();
    tokio::spawn(follower.run(Away { last: Some(last), ..Away::default() }));
    until(|| faults.has("follower")).await;
    rig.put(2, 1, 6).await;
    rig.commit(1, 20).await;
    // Two looks.
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(!rig.has(2) && rig.snapshots.as_of_ms() == 0);
    rig.put(2, 2, 6).await;
    rig.commit(2, 30).await;
    until(|| rig.has(2) && rig.snapshots.as_of_ms() == 30).await;
    lifecycle.enter(Phase::Stopping);
}
