//! A follower between a feed and a store made by hand.

use std::sync::Arc;

use super::Follower;
use crate::car::{CarId, Document, State, Version};
use crate::change::Position;
use crate::faults::Faults;
use crate::feed::{self, ChannelWriter, FeedWriter as _, Kind, Message};
use crate::lifecycle::Lifecycle;
use crate::snapshot::disk::{self, DiskCopy, Identity, Mark};
use crate::snapshot::{Publisher, Snapshots};
use crate::store::{MemoryStore, Store as _};

struct Rig {
    store: MemoryStore,
    feed: Option<ChannelWriter>,
    snapshots: Arc<Snapshots>,
    directory: tempfile::TempDir,
}

fn identity() -> Identity {
    Identity::new(1, "test".to_owned())
}

impl Rig {
    /// Starts a follower that knows nothing, runs `act`, and lets the follower end with what it has read.
    async fn run(act: impl AsyncFnOnce(&mut Self)) -> Self {
        let (feed, reader) = feed::channel();
        let directory = tempfile::tempdir().unwrap();
        let mut rig =
            Self { store: MemoryStore::default(), feed: Some(feed), snapshots: Arc::default(), directory };
        let follower = Follower {
            store: rig.store.clone(),
            feed: reader,
            publisher: Publisher::new(Arc::clone(&rig.snapshots)),
            disk: DiskCopy::new(rig.directory.path(), identity()),
            mark: Mark { epoch: 1, ..Mark::default() },
            complete: false,
            faults: Faults::default(),
            lifecycle: Lifecycle::default(),
        };
        act(&mut rig).await;
        rig.feed = None;
        follower.run().await.unwrap();
        rig
    }

    async fn put(&self, car: u64, epoch: u64, sequence: u64) {
        let document =
            Document { id: CarId(car), version: Version { epoch, sequence }, state: State::Hidden };
        self.store.put(epoch, &[Arc::new(document)]).await.unwrap();
    }

    async fn say(&mut self, epoch: u64, sequence: u64, previous: u64, kind: Kind) {
        let position = Position { log: "log".to_owned(), offset: sequence };
        let message = Message { epoch, sequence, previous, kind, position };
        self.feed.as_mut().unwrap().send(message).await.unwrap();
    }

    async fn announce(&mut self, car: u64, epoch: u64, sequence: u64, previous: u64) {
        let cars = vec![(CarId(car), Version { epoch, sequence })];
        self.say(epoch, sequence, previous, Kind::Invalidation(cars)).await;
    }

    fn has(&self, car: u64) -> bool {
        self.snapshots.load().get(CarId(car)).is_some()
    }
}

#[tokio::test]
async fn what_is_announced_is_published_and_nothing_else() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.put(2, 1, 2).await;
        rig.announce(1, 1, 1, 0).await;
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 77 }).await;
    })
    .await;
    assert!(rig.has(1) && !rig.has(2));
    assert_eq!(rig.snapshots.as_of_ms(), 77);
    let loaded = disk::load(rig.directory.path(), &identity()).unwrap();
    assert_eq!((loaded.mark.sequence, loaded.mark.as_of_ms, loaded.documents.len()), (1, 77, 1));
}

#[tokio::test]
async fn a_gap_loads_everything() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.put(2, 1, 2).await;
        rig.announce(2, 1, 2, 1).await;
    })
    .await;
    assert!(rig.has(1) && rig.has(2));
}

#[tokio::test]
async fn a_heartbeat_shows_that_the_message_before_it_was_lost() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 1 }).await;
    })
    .await;
    assert!(rig.has(1));
}

#[tokio::test]
async fn a_new_epoch_loads_what_the_last_one_did_not_live_to_announce() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.put(2, 2, 1).await;
        rig.announce(2, 2, 1, 0).await;
    })
    .await;
    assert!(rig.has(1) && rig.has(2));
}

#[tokio::test]
async fn a_projector_that_was_superseded_is_not_listened_to() {
    let rig = Rig::run(async |rig| {
        rig.say(2, 0, 0, Kind::Heartbeat { as_of_ms: 5 }).await;
        rig.say(1, 0, 0, Kind::Heartbeat { as_of_ms: 9 }).await;
    })
    .await;
    assert_eq!(rig.snapshots.as_of_ms(), 5);
}

#[tokio::test]
async fn an_incomplete_snapshot_leaves_no_disk_copy() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.announce(1, 1, 1, 0).await;
    })
    .await;
    assert!(rig.has(1));
    assert_eq!(disk::load(rig.directory.path(), &identity()), Err(disk::Ignored::Absent));
}

#[test]
fn an_old_generation_is_freed_by_the_publisher_and_not_by_who_read_it() {
    let snapshots = Arc::new(Snapshots::default());
    let mut publisher = Publisher::new(Arc::clone(&snapshots));
    let read = Arc::clone(&snapshots.load());
    let watch = Arc::downgrade(&read);
    publisher.publish(publisher.current().with([]).0);
    drop(read);
    assert!(watch.upgrade().is_some(), "the reader freed it");
    publisher.drop_unread();
    assert!(watch.upgrade().is_none());
}
