//! Against a real server: what another writer, a lost write, a restart and a stranger's values do.

pub(crate) mod certificate;
pub(crate) mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use proptest::prelude::*;

use self::server::Server;
use super::{Claim, Error, Progress, Store, ValkeyStore};
use crate::car::{CarId, Document, State, Version};
use crate::change::Position;
use crate::clock;
use crate::snapshot::catalogue_tests::live;

fn version(epoch: u64, sequence: u64) -> Version {
    Version { epoch, sequence }
}

fn document(id: u64, version: Version, state: State) -> Arc<Document> {
    Arc::new(Document { id: CarId(id), version, state })
}

async fn claimed(store: &ValkeyStore, at_least: u64, seen: Version) -> Claim {
    store.claim(at_least, seen).await.unwrap().expect("the lease is free")
}

async fn put(store: &ValkeyStore, seen: Version, at: Version, ids: &[u64]) -> Result<(), Error> {
    let documents: Vec<_> = ids.iter().map(|&id| document(id, at, State::Hidden)).collect();
    store.put(seen, at, &documents).await
}

fn complete(position: &str) -> Progress {
    Progress { position: Position(position.to_owned()), as_of_ms: 1_795_543_607_123, complete: true }
}

#[tokio::test]
async fn what_is_written_is_loaded_and_only_greater_versions_replace() {
    let server = Server::start(&[]);
    let store = server.store();
    let claim = claimed(&store, 100, Version::default()).await;
    assert_eq!(claim, Claim { epoch: 100, trusted: true, ..Claim::default() });
    let car = Arc::new(Document { version: version(100, 2), ..(*live(1, 0, 904_000, 1)).clone() });
    store.put(claim.head, version(100, 2), &[Arc::clone(&car)]).await.unwrap();
    put(&store, version(100, 2), version(100, 1), &[1]).await.unwrap();
    put(&store, version(100, 2), version(100, 10), &[2]).await.unwrap();
    store.note(100, &[CarId(7)]).await.unwrap();
    store.commit(100, &complete("a:\"complete\":true")).await.unwrap();

    let contents = store.load().await.unwrap();
    let mut cars: Vec<_> = contents.cars.iter().map(|car| car.0).collect();
    cars.sort_unstable();
    assert_eq!((cars, contents.head), (vec![1, 2, 7], version(100, 10)));
    assert_eq!(contents.progress, complete("a:\"complete\":true"));
    assert_eq!(store.standing().await.unwrap(), (contents.head, contents.progress));
    assert!(contents.documents.contains(&car) && contents.documents.len() == 2);
    assert_eq!(store.get(&[CarId(1), CarId(3)]).await.unwrap(), [car]);
    assert!(store.get(&[]).await.unwrap().is_empty());
    store.put(version(100, 10), version(100, 11), &[]).await.unwrap();
}

#[tokio::test]
async fn a_zombie_writes_nothing() {
    let server = Server::start(&[]);
    let (zombie, next) = (server.store(), server.store());
    let old = claimed(&zombie, 5, Version::default()).await;
    put(&zombie, old.head, version(5, 1), &[1]).await.unwrap();
    assert!(next.claim(9, version(5, 1)).await.unwrap().is_none(), "the lease is held");
    zombie.release(5).await;
    let new = claimed(&next, 3, version(5, 1)).await;
    assert_eq!((new.epoch, new.head, new.trusted), (6, version(5, 1), true));
    let fenced = |result: Result<(), Error>| matches!(result, Err(Error::Fenced { newest: 6 }));
    assert!(fenced(put(&zombie, version(5, 1), version(5, 2), &[1]).await));
    assert!(fenced(zombie.renew(5, version(5, 1)).await));
    assert!(fenced(zombie.note(5, &[CarId(9)]).await));
    assert!(fenced(zombie.commit(5, &complete("x")).await));
    zombie.release(5).await;
    assert!(
        zombie.claim(9, version(5, 1)).await.unwrap().is_none(),
        "a zombie does not release another's lease"
    );
    assert_eq!(next.get(&[CarId(1)]).await.unwrap()[0].version, version(5, 1));
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_again_unless_another_has_it() {
    let server = Server::start(&[]);
    let (first, second) = (server.store(), server.store());
    let claim = claimed(&first, 1, Version::default()).await;
    server.command(&["DEL", "forecourt:lease"]);
    first.renew(claim.epoch, claim.head).await.unwrap();
    assert!(second.claim(1, claim.head).await.unwrap().is_none());
    // After a failover the epoch may be ours and the lease another's.
    server.command(&["SET", "forecourt:lease", "another"]);
    assert!(matches!(first.renew(claim.epoch, claim.head).await, Err(Error::Fenced { newest: 1 })));
    server.command(&["DEL", "forecourt:lease"]);
    first.renew(claim.epoch, claim.head).await.unwrap();
    // Nobody renews: it runs out by itself.
    let began = clock::now();
    while second.claim(1, claim.head).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let waited = clock::now() - began;
    assert!((Duration::from_millis(1_500)..Duration::from_secs(4)).contains(&waited), "{waited:?}");
    assert!(matches!(first.renew(1, claim.head).await, Err(Error::Fenced { newest: 2 })));
}

#[tokio::test]
async fn a_flush_is_noticed_by_everything_that_writes() {
    let server = Server::start(&[]);
    let store = server.store();
    let claim = claimed(&store, 5, Version::default()).await;
    put(&store, claim.head, version(5, 1), &[1]).await.unwrap();
    store.commit(5, &complete("x")).await.unwrap();
    server.command(&["FLUSHALL"]);
    let behind =
        |result: Result<(), Error>| matches!(result, Err(Error::Behind { head: Version { epoch: 0, .. } }));
    assert!(behind(store.renew(5, version(5, 1)).await));
    assert!(behind(put(&store, version(5, 1), version(5, 2), &[1]).await));
    assert!(behind(store.note(5, &[CarId(1)]).await));
    assert!(behind(store.commit(5, &complete("x")).await));
    let contents = store.load().await.unwrap();
    assert!(contents.documents.is_empty() && !contents.progress.complete);
    let again = claimed(&store, 6, version(5, 1)).await;
    assert_eq!((again.epoch, again.head, again.trusted), (6, Version::default(), false));
    store.commit(6, &complete("y")).await.unwrap();
}

#[tokio::test]
async fn an_index_that_lost_cars_is_noticed_and_proves_no_car_gone() {
    let server = Server::start(&[]);
    let store = server.store();
    let claim = claimed(&store, 5, Version::default()).await;
    put(&store, claim.head, version(5, 1), &[1, 2]).await.unwrap();
    store.commit(5, &complete("x")).await.unwrap();
    server.command(&["SREM", "forecourt:cars", "1"]);
    assert!(!store.load().await.unwrap().progress.complete);
    assert!(matches!(store.commit(5, &complete("x")).await, Err(Error::Behind { .. })));
    let again = claimed(&store, 6, version(5, 1)).await;
    assert!(!again.trusted);
    // Whatever is known by then is what is known.
    store.commit(6, &complete("y")).await.unwrap();
    assert!(store.load().await.unwrap().progress.complete);
}

#[tokio::test]
async fn a_document_of_an_epoch_that_has_not_begun_is_written_over() {
    let server = Server::start(&[]);
    let store = server.store();
    let claim = claimed(&store, 5, Version::default()).await;
    put(&store, claim.head, version(5, 1), &[1]).await.unwrap();
    server.command(&["SET", "forecourt:car:1", "1 18446744073709551615.9\n"]);
    put(&store, version(5, 1), version(5, 2), &[1]).await.unwrap();
    assert_eq!(store.get(&[CarId(1)]).await.unwrap()[0].version, version(5, 2));
}

#[tokio::test]
async fn an_old_dump_is_noticed_and_no_longer_passes_for_complete() {
    let mut server = Server::start(&[]);
    let store = server.store();
    let claim = claimed(&store, 5, Version::default()).await;
    put(&store, claim.head, version(5, 1), &[1]).await.unwrap();
    store.commit(5, &complete("x")).await.unwrap();
    server.command(&["SAVE"]);
    put(&store, version(5, 1), version(5, 2), &[1, 2]).await.unwrap();
    store.commit(5, &complete("y")).await.unwrap();
    server.end();
    server.start_again();
    assert!(
        matches!(store.commit(5, &complete("z")).await, Err(Error::Behind { head }) if head == version(5, 1))
    );
    assert!(
        matches!(store.renew(5, version(5, 2)).await, Err(Error::Behind { head }) if head == version(5, 1))
    );
    assert!(store.load().await.unwrap().progress.complete, "nobody has noticed yet");
    let claim = claimed(&store, 6, version(5, 2)).await;
    let progress = Progress { complete: false, ..complete("x") };
    assert_eq!(claim, Claim { epoch: 6, head: version(5, 1), progress: progress.clone(), trusted: false });
    assert_eq!(store.load().await.unwrap().progress, progress);
}

#[tokio::test]
async fn damaged_and_foreign_values_are_skipped_and_written_over() {
    let server = Server::start(&[]);
    let store = server.store();
    let claim = claimed(&store, 5, Version::default()).await;
    put(&store, claim.head, version(5, 1), &[1, 2, 3, 4]).await.unwrap();
    server.command(&["SET", "forecourt:car:1", "1 5.1\nnonsense"]);
    server.command(&["SET", "forecourt:car:2", "999 9.9\n"]);
    server.command(&["DEL", "forecourt:car:3"]);
    server.command(&["RPUSH", "forecourt:car:3", "a list"]);
    server.command(&["SADD", "forecourt:cars", "not a number"]);
    let contents = store.load().await.unwrap();
    assert_eq!((contents.documents.len(), contents.cars.len()), (1, 4));
    put(&store, version(5, 1), version(5, 2), &[1, 2, 3]).await.unwrap();
    assert_eq!(store.load().await.unwrap().documents.len(), 4);

    // Of an epoch that has not begun: what replaces it will be of a lower version.
    store.release(5).await;
    let claim = claimed(&store, 99, version(5, 2)).await;
    put(&store, claim.head, version(99, 1), &[4]).await.unwrap();
    server.command(&["MSET", "forecourt:epoch", "5", "forecourt:head", "5.2"]);
    assert_eq!(store.load().await.unwrap().documents.len(), 3);
}

#[tokio::test]
async fn keys_that_somebody_else_has_put_are_noticed_and_put_right_by_the_next_claim() {
    let server = Server::start(&[]);
    let store = server.store();
    let keys =
        ["epoch", "head", "cars", "count", "progress", "lease"].map(|name| format!("forecourt:{name}"));
    let lists = keys.iter().map(|key| vec!["RPUSH", key, "x"]);
    let numbers = [&keys[0], &keys[1]].map(|key| vec!["SET", key, "99999999999999999999.1"]);
    let epochs = vec![vec!["SET", &keys[0], "99999999999999999999"], vec!["SET", &keys[0], "-1"]];
    for (epoch, command) in (5..).zip(lists.chain(numbers).chain(epochs)) {
        let claim = claimed(&store, epoch, Version::default()).await;
        assert_eq!(claim.epoch, epoch);
        let written = Version { epoch, sequence: 1 };
        put(&store, Version { epoch, sequence: 0 }.min(claim.head), written, &[1]).await.unwrap();
        store.commit(epoch, &complete("x")).await.unwrap();
        server.command(&["DEL", command[1]]);
        server.command(&command);
        let next = Version { epoch, sequence: 2 };
        let (renewed, written) = (store.renew(epoch, written).await, put(&store, written, next, &[1]).await);
        let committed = store.commit(epoch, &complete("y")).await;
        let noticed = [renewed, written, committed].into_iter().filter_map(Result::err).next();
        let lost = matches!(noticed, Some(Error::Behind { .. } | Error::Fenced { .. }));
        // The lease, the progress and the count are written over without being read.
        assert!(lost || noticed.is_none(), "{command:?}: {noticed:?}");
        store.release(epoch).await;
        server.command(&["DEL", "forecourt:lease"]);
    }
}

#[tokio::test]
async fn a_restart_under_use_costs_errors_and_nothing_else() {
    let mut server = Server::start(&[]);
    let store = server.store();
    claimed(&store, 5, Version::default()).await;
    put(&store, Version::default(), version(5, 1), &[1]).await.unwrap();
    server.command(&["SAVE"]);
    server.end();
    let error = store.get(&[CarId(1)]).await.unwrap_err();
    let expected = format!("the store cannot be used: 127.0.0.1:{}: ", server.port);
    assert!(error.to_string().starts_with(&expected), "{error}");
    server.start_again();
    assert_eq!(store.get(&[CarId(1)]).await.unwrap().len(), 1, "the next call connects again");
    // The scripts are gone with the server.
    put(&store, version(5, 1), version(5, 2), &[1]).await.unwrap();
    // A connection that was closed while it was idle costs nobody anything.
    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    store.renew(5, version(5, 2)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_is_unavailable_in_time_and_works_again() {
    let server = Server::start(&[]);
    let store = server.store();
    claimed(&store, 5, Version::default()).await;
    server.signal(Signal::SIGSTOP);
    for what in ["over the connection", "connecting"] {
        let began = clock::now();
        let error = store.renew(5, Version::default()).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        assert!(clock::now() - began < Duration::from_millis(1_500), "{what}: {:?}", clock::now() - began);
    }
    server.signal(Signal::SIGCONT);
    store.renew(5, Version::default()).await.unwrap();
}

#[tokio::test]
async fn a_primary_that_became_a_replica_is_left() {
    let server = Server::start(&[]);
    let store = server.store();
    claimed(&store, 5, Version::default()).await;
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    let error = put(&store, Version::default(), version(5, 1), &[1]).await.unwrap_err();
    assert!(error.to_string().contains("read only replica"), "{error}");
    assert!(store.link.is_down(), "the next call asks the name server again");
    server.command(&["REPLICAOF", "NO", "ONE"]);
    put(&store, Version::default(), version(5, 1), &[1]).await.unwrap();
}

#[tokio::test]
async fn the_password_is_asked_for_and_never_told() {
    let server = Server::start(&["--requirepass", "right"]);
    let open = |password| ValkeyStore::open(&server.url(), password, None).unwrap();
    open(Some("right")).cars().await.unwrap();
    let in_url = server.url().replace("redis://", "redis://:right@");
    ValkeyStore::open(&in_url, None, None).unwrap().cars().await.unwrap();
    let error = open(Some("sesame")).cars().await.unwrap_err().to_string();
    assert!(error.contains("refuses this user and password") && !error.contains("sesame"), "{error}");
    let error = open(None).cars().await.unwrap_err().to_string();
    assert!(error.contains("NOAUTH"), "{error}");
    let told = format!("{:?}", ValkeyStore::open(&in_url, None, None).unwrap());
    assert!(!told.contains("right"), "{told}");
    for url in ["mysql://:sesame@h", "redis://:sesame@h:port", "redis://:sesame@", "sesame"] {
        let error = ValkeyStore::open(url, None, None).unwrap_err();
        assert!(error.starts_with("store.url: ") && !error.contains("sesame"), "{error}");
        assert_eq!(error.matches("store.url").count(), 1, "{error}");
    }
}

#[tokio::test]
async fn an_encrypted_connection_needs_the_authority_that_signed() {
    let folder = tempfile::tempdir().unwrap();
    certificate::make(folder.path());
    let (port, file) =
        (server::free_port().to_string(), |name: &str| folder.path().join(name).display().to_string());
    let (cert, key, ca) = (file("cert.pem"), file("key.pem"), file("ca.pem"));
    let files = ["--tls-cert-file", &cert, "--tls-key-file", &key, "--tls-ca-cert-file", &ca];
    let _server = Server::start(&[&["--tls-port", &port, "--tls-auth-clients", "no"], &files[..]].concat());
    let url = format!("rediss://127.0.0.1:{port}");
    ValkeyStore::open(&url, None, Some(Path::new(&ca))).unwrap().cars().await.unwrap();
    let error = ValkeyStore::open(&url, None, None).unwrap().cars().await.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
    let error = ValkeyStore::open(&url, None, Some(Path::new("/nowhere.pem"))).unwrap_err();
    assert!(error.starts_with("store.tls_ca_file: cannot read /nowhere.pem: "), "{error}");
    let error = ValkeyStore::open("redis://127.0.0.1", None, Some(Path::new(&ca))).unwrap_err();
    assert!(error.starts_with("store.url: ") && error.contains("rediss://"), "{error}");
}

#[test]
fn any_order_of_writes_ends_as_in_a_map_that_compares() {
    let server = Server::start(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Sequences of unlike lengths, and some that a double cannot tell apart.
    let sequence = prop_oneof![0u64..20, Just((1 << 53) + 1), Just(1 << 53), Just(u64::MAX), 90u64..110];
    let writes = prop::collection::vec((0u64..3, 1u64..5, sequence, any::<bool>()), 1..20);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let ran = runner.run(&writes, |writes| {
        server.command(&["FLUSHALL"]);
        let (mut map, mut head, mut epoch) = (BTreeMap::new(), Version::default(), 0);
        runtime.block_on(async {
            let store = server.store();
            for (advance, id, sequence, gone) in writes {
                if advance == 0 || epoch == 0 {
                    epoch = claimed(&store, 0, head).await.epoch;
                }
                let at = version(epoch, sequence);
                let new = document(id, at, if gone { State::Deleted } else { State::Hidden });
                store.put(head, at, &[Arc::clone(&new)]).await.unwrap();
                head = head.max(at);
                let known = map.entry(id).or_insert_with(|| Arc::clone(&new));
                if new.version > known.version {
                    *known = new;
                }
            }
            let contents = store.load().await.unwrap();
            prop_assert_eq!(contents.head, head);
            let stored: BTreeMap<_, _> = contents.documents.into_iter().map(|d| (d.id.0, d)).collect();
            prop_assert_eq!(stored, map);
            Ok(())
        })
    });
    ran.unwrap();
}
