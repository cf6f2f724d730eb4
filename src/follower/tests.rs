//! A follower between a feed and a store made by hand.

mod silence;

use std::sync::Arc;

use super::{Follower, Parts};
use crate::car::{CarId, Document, State, Status, Version};
use crate::change::Position;
use crate::faults::Faults;
use crate::feed::{self, ChannelWriter, FeedWriter as _, Kind, Message};
use crate::lifecycle::{Lifecycle, Phase};
use crate::snapshot::disk::{self, DiskCopy, Identity, Mark};
use crate::snapshot::{Publisher, Snapshots};
use crate::store::{MemoryStore, Progress, Store as _};

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
    /// Starts a follower that knows nothing, lets it begin, runs `act`, and lets the follower end with what it has read.
    async fn run(act: impl AsyncFnOnce(&mut Self)) -> Self {
        Self::run_from(1, act).await
    }

    /// `as_of_ms`: 0 if nothing shall be proven at first.
    async fn run_from(as_of_ms: u64, act: impl AsyncFnOnce(&mut Self)) -> Self {
        let (feed, reader) = feed::channel();
        let directory = tempfile::tempdir().unwrap();
        let mut rig =
            Self { store: MemoryStore::default(), feed: Some(feed), snapshots: Arc::default(), directory };
        let (follower, faults, _) = rig.follower();
        let follower = tokio::spawn(follower.run(reader));
        rig.claim(1).await;
        let complete = Progress { complete: as_of_ms > 0, ..Progress::default() };
        rig.store.commit(1, &complete).await.unwrap();
        rig.say(1, 0, 0, Kind::Heartbeat { as_of_ms, fault: Some("begun".to_owned()) }).await;
        while faults.list().iter().all(|(_, fault)| fault.reason != "begun") {
            tokio::task::yield_now().await;
        }
        act(&mut rig).await;
        rig.feed = None;
        follower.await.unwrap().unwrap();
        rig
    }

    /// One that knows nothing.
    fn follower(&self) -> (Follower<MemoryStore>, Faults, Lifecycle) {
        let (faults, lifecycle) = (Faults::default(), Lifecycle::default());
        let follower = Follower::new(Parts {
            store: self.store.clone(),
            publisher: Publisher::new(Arc::clone(&self.snapshots)),
            disk: DiskCopy::new(self.directory.path(), identity()),
            mark: Mark::default(),
            faults: faults.clone(),
            lifecycle: lifecycle.clone(),
        });
        (follower, faults, lifecycle)
    }

    async fn claim(&self, epoch: u64) {
        let head = self.store.claim(epoch, Version::default()).await.unwrap().unwrap().head;
        let version = Version { epoch, sequence: head.sequence };
        self.store.put(head, version, &[]).await.unwrap();
    }

    async fn put(&self, car: u64, epoch: u64, sequence: u64) {
        let document =
            Document { id: CarId(car), version: Version { epoch, sequence }, state: State::Hidden };
        if self.store.renew(epoch, Version::default()).await.is_err() {
            self.claim(epoch).await;
        }
        self.store.put(Version::default(), document.version, &[Arc::new(document)]).await.unwrap();
    }

    async fn say(&mut self, epoch: u64, sequence: u64, previous: u64, kind: Kind) {
        let position = Position(sequence.to_string());
        let message = Message { epoch, sequence, previous, kind, position };
        self.feed.as_mut().unwrap().send(message).await.unwrap();
    }

    async fn announce(&mut self, car: u64, epoch: u64, sequence: u64, previous: u64) {
        let cars = vec![(CarId(car), Version { epoch, sequence })];
        self.say(epoch, sequence, previous, Kind::Invalidation(cars)).await;
    }

    /// Of a projector that writes and cannot say so.
    async fn commit(&self, epoch: u64, as_of_ms: u64) {
        let progress = Progress { complete: true, as_of_ms, ..Progress::default() };
        self.store.commit(epoch, &progress).await.unwrap();
    }

    fn status(&self, car: u64) -> Option<Status> {
        self.snapshots.load().get(CarId(car)).map(|document| document.state.status())
    }

    fn has(&self, car: u64) -> bool {
        self.snapshots.load().get(CarId(car)).is_some()
    }
}

#[tokio::test]
async fn what_is_announced_is_published_and_nothing_else() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.put(2, 1, 1).await;
        rig.announce(1, 1, 1, 0).await;
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 77, fault: None }).await;
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
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 1, fault: None }).await;
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
        rig.claim(2).await;
        rig.say(2, 0, 0, Kind::Heartbeat { as_of_ms: 5, fault: None }).await;
        rig.say(1, 0, 0, Kind::Heartbeat { as_of_ms: 9, fault: None }).await;
    })
    .await;
    assert_eq!(rig.snapshots.as_of_ms(), 5);
}

#[tokio::test]
async fn an_incomplete_snapshot_leaves_no_disk_copy() {
    let rig = Rig::run_from(0, async |rig| {
        rig.put(1, 1, 1).await;
        rig.announce(1, 1, 1, 0).await;
    })
    .await;
    assert!(rig.has(1));
    assert_eq!(disk::load(rig.directory.path(), &identity()), Err(disk::Ignored::Absent));
}

#[tokio::test]
async fn a_message_that_comes_twice_is_no_gap() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.announce(1, 1, 1, 0).await;
        rig.announce(1, 1, 1, 0).await;
        // What only a reload would find.
        rig.put(2, 1, 1).await;
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 3, fault: None }).await;
    })
    .await;
    assert!(rig.has(1) && !rig.has(2));
    assert_eq!(rig.snapshots.as_of_ms(), 3);
}

#[tokio::test]
async fn nothing_is_proven_while_an_announced_document_is_not_there() {
    let rig = Rig::run(async |rig| {
        rig.announce(1, 1, 1, 0).await;
        rig.say(1, 1, 1, Kind::Heartbeat { as_of_ms: 3, fault: None }).await;
    })
    .await;
    assert_eq!(rig.snapshots.as_of_ms(), 1);
}

#[tokio::test]
async fn what_a_complete_store_does_not_have_is_gone() {
    let rig = Rig::run(async |rig| {
        rig.put(1, 1, 1).await;
        rig.announce(1, 1, 1, 0).await;
        while !rig.has(1) {
            tokio::task::yield_now().await;
        }
        // Flushed, filled anew by another projector, and the car was deleted meanwhile.
        rig.store.flush();
        rig.claim(2).await;
        rig.put(2, 2, 2).await;
        rig.announce(2, 2, 2, 1).await;
        while !rig.has(2) {
            tokio::task::yield_now().await;
        }
        assert_eq!(rig.status(1), Some(Status::Hidden));
        rig.commit(2, 0).await;
        rig.say(2, 2, 2, Kind::Heartbeat { as_of_ms: 9, fault: None }).await;
    })
    .await;
    assert_eq!((rig.status(1), rig.status(2)), (Some(Status::Deleted), Some(Status::Hidden)));
    assert_eq!(rig.snapshots.as_of_ms(), 9);
}

#[tokio::test]
async fn an_instance_is_ready_when_it_has_read_what_was_said_while_it_loaded() {
    let (feed, reader) = feed::channel();
    let directory = tempfile::tempdir().unwrap();
    let mut rig =
        Rig { store: MemoryStore::default(), feed: Some(feed), snapshots: Arc::default(), directory };
    rig.claim(1).await;
    rig.put(1, 1, 1).await;
    rig.commit(1, 5).await;
    let (follower, _, lifecycle) = rig.follower();
    tokio::spawn(follower.run(reader));
    while rig.snapshots.as_of_ms() < 5 {
        tokio::task::yield_now().await;
    }
    assert!(rig.has(1) && lifecycle.phase() == Phase::Starting);
    rig.put(2, 1, 2).await;
    rig.announce(2, 1, 2, 1).await;
    lifecycle.reached(Phase::Ready).await;
    assert!(rig.has(2));
    lifecycle.enter(Phase::Stopping);
}

#[test]
fn an_old_generation_is_freed_by_the_publisher_and_not_by_who_read_it() {
    let snapshots = Arc::new(Snapshots::default());
    let publisher = Publisher::new(Arc::clone(&snapshots));
    let read = Arc::clone(&snapshots.load());
    let watch = Arc::downgrade(&read);
    publisher.publish(|current| current.with([]).0);
    drop(read);
    assert!(watch.upgrade().is_some(), "the reader freed it");
    publisher.drop_unread();
    assert!(watch.upgrade().is_none());
}
