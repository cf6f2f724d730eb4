//! The store between processes: Valkey 7 or later, or Redis of the same age. One primary, with replicas or without.
//!
//! | key | holds |
//! |---|---|
//! | `forecourt:car:{id}` | a document: see `value` |
//! | `forecourt:cars` | set of all ids that are known, tombstones included |
//! | `forecourt:epoch` | the newest epoch |
//! | `forecourt:lease` | who writes, until it expires |
//! | `forecourt:head` | `epoch.sequence` of the last write |
//! | `forecourt:progress` | JSON of how far the documents reach |
//! | `forecourt:visitor-key` | the key instances sign visitors' cookies with, where none is configured |
//! | `forecourt:count` | how many ids were known by then: fewer are a loss |
//!
//! Every write is one script that reads the epoch and the head first (`scripts`). Replication is asynchronous, so a
//! failover may lose what was acknowledged: the head tells.

mod link;
mod scripts;
mod value;

use std::collections::HashSet;
use std::fmt;
use std::hash::BuildHasher as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::ScriptInvocation;
use serde::{Deserialize, Serialize};

use self::link::Link;
use self::scripts::{EPOCH_MAX, Scripts};
use super::{Claim, Contents, Error, Progress, Store};
use crate::car::{CarId, Document, Version};
use crate::change::Position;

const EPOCH: &str = "forecourt:epoch";
const HEAD: &str = "forecourt:head";
const LEASE: &str = "forecourt:lease";
const CARS: &str = "forecourt:cars";
const PROGRESS: &str = "forecourt:progress";
const COUNT: &str = "forecourt:count";
const VISITOR_KEY: &str = "forecourt:visitor-key";

/// A writer that says nothing for so long is followed by another.
const LEASE_MS: u32 = 2_000;
/// Documents asked for at once: half a megabyte.
const CHUNK_CARS: usize = 512;
/// Questions that are under way at once.
const CHUNKS_AHEAD: usize = 4;

/// Each clone has a connection of its own: a connection belongs to the runtime it was made in, and the renewal of the lease
/// must not wait behind a large write.
pub struct ValkeyStore {
    link: Link,
    shared: Arc<Shared>,
}

struct Shared {
    scripts: Scripts,
    /// Tells this writer from others.
    owner: String,
    /// The newest version written since the last claim.
    written: Mutex<Version>,
    /// Whose stored value could not be read, and was complained of.
    damaged: Mutex<HashSet<CarId, foldhash::fast::RandomState>>,
}

#[derive(Serialize, Deserialize)]
struct ProgressText {
    position: String,
    as_of_ms: u64,
    complete: bool,
}

impl ValkeyStore {
    /// `redis://` or `rediss://` (TLS, with the public roots unless there is a `ca_file`), then `user:password@host:port/db`;
    /// `password` replaces the URL's. Connects to nothing yet. An error is one line, without the password.
    pub fn open(url: &str, password: Option<&str>, ca_file: Option<&Path>) -> Result<Self, String> {
        let link = Link::new(url, password, ca_file)?;
        let random = || std::hash::RandomState::new().hash_one(std::process::id());
        let owner = format!("{}-{:016x}{:016x}", std::process::id(), random(), random());
        let (scripts, written, damaged) = (Scripts::new(), Mutex::default(), Mutex::default());
        Ok(Self { link, shared: Arc::new(Shared { scripts, owner, written, damaged }) })
    }

    /// The secret of all instances, if there is one.
    pub async fn agreed(&self) -> Result<Option<String>, Error> {
        self.link
            .run(|mut on| async move { redis::cmd("GET").arg(VISITOR_KEY).query_async(&mut on).await })
            .await
    }

    /// One secret for all instances: the proposed one, unless another is there already.
    pub async fn agree(&self, proposed: &str) -> Result<String, Error> {
        self.link
            .run(|mut on| async move {
                let set = redis::cmd("SET").arg(VISITOR_KEY).arg(proposed).arg("NX").arg("GET").to_owned();
                let held: Option<String> = set.query_async(&mut on).await?;
                Ok(held.unwrap_or_else(|| proposed.to_owned()))
            })
            .await
    }

    async fn script(&self, call: &ScriptInvocation<'_>) -> Result<Option<Vec<String>>, Error> {
        scripts::answer(self.link.run(|mut on| async move { call.invoke_async(&mut on).await }).await?)
    }

    async fn members(&self) -> Result<Vec<Vec<u8>>, Error> {
        self.link
            .run(|mut on| async move { redis::cmd("SMEMBERS").arg(CARS).query_async(&mut on).await })
            .await
    }

    async fn fenced(&self, call: &ScriptInvocation<'_>) -> Result<(), Error> {
        self.script(call).await.map(drop)
    }

    /// The first keys that stand for the fence, and what is compared with them.
    fn call<'a>(
        &self,
        script: &'a redis::Script,
        key: &str,
        epoch: u64,
        seen: Version,
    ) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.key(EPOCH).key(HEAD).key(key).arg(epoch).arg(seen.to_string());
        call
    }

    /// Of a writer that cannot say itself.
    fn written(&self) -> Version {
        *self.shared.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_written(&self, version: Version) {
        *self.shared.written.lock().unwrap_or_else(PoisonError::into_inner) = version;
    }

    async fn strings(&self, keys: &[&str]) -> Result<Vec<String>, Error> {
        let found: Vec<Option<Vec<u8>>> = self
            .link
            .run(|mut on| async move { redis::cmd("MGET").arg(keys).query_async(&mut on).await })
            .await?;
        let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        Ok(found.into_iter().map(text).collect())
    }

    /// Those of the cars that are stored and can be read. Decoding goes on beside the reading.
    async fn documents(&self, cars: &[CarId]) -> Result<Vec<Arc<Document>>, Error> {
        let read = |chunk: Vec<CarId>| async move {
            let keys: &Vec<_> = &chunk.iter().map(|&car| document_key(car)).collect();
            let values: Vec<Option<Vec<u8>>> = self
                .link
                .run(|mut on| async move { redis::cmd("MGET").arg(keys).query_async(&mut on).await })
                .await?;
            let found: Vec<_> =
                chunk.into_iter().zip(values).filter_map(|(car, value)| Some((car, value?))).collect();
            let decode =
                move || found.iter().map(|(car, value)| value::decode(*car, value).ok_or(*car)).collect();
            let decoded: Vec<Result<Document, CarId>> =
                tokio::task::spawn_blocking(decode).await.map_err(|e| Error::Unavailable(e.to_string()))?;
            Ok::<_, Error>(decoded)
        };
        let chunks: Vec<_> = cars.chunks(CHUNK_CARS).map(|chunk| read(chunk.to_vec())).collect();
        let mut chunks = stream::iter(chunks).buffered(CHUNKS_AHEAD);
        let mut documents = Vec::with_capacity(cars.len());
        while let Some(chunk) = chunks.try_next().await? {
            for decoded in chunk {
                match decoded {
                    Ok(document) => documents.push(Arc::new(document)),
                    Err(car) => self.complain(car),
                }
            }
        }
        Ok(documents)
    }

    fn complain(&self, car: CarId) {
        metrics::counter!("forecourt_store_damaged_total").increment(1);
        if self.shared.damaged.lock().unwrap_or_else(PoisonError::into_inner).insert(car) {
            tracing::warn!(%car, "the stored document cannot be read: it is damaged, or another build's");
        }
    }
}

impl Store for ValkeyStore {
    async fn claim(&self, at_least: u64, seen: Version) -> Result<Option<Claim>, Error> {
        let mut call = self.shared.scripts.claim.prepare_invoke();
        call.key(EPOCH).key(HEAD).key(LEASE).key(PROGRESS).key(CARS).key(COUNT);
        call.arg(&self.shared.owner).arg(LEASE_MS).arg(at_least).arg(seen.to_string());
        let Some(words) = self.script(&call).await? else { return Ok(None) };
        let [epoch, head, progress, trusted] = words.as_slice() else {
            return Err(Error::Unavailable("a claim was answered with something else".to_owned()));
        };
        let unread = |_| Error::Unavailable(format!("{EPOCH} holds {epoch}, which is no epoch"));
        let epoch = epoch.parse().map_err(unread)?;
        let head = scripts::head(head);
        self.set_written(head);
        Ok(Some(Claim { epoch, head, progress: read_progress(progress), trusted: trusted == "1" }))
    }

    async fn renew(&self, epoch: u64, seen: Version) -> Result<(), Error> {
        let mut call = self.call(&self.shared.scripts.renew, LEASE, epoch, seen);
        call.arg(&self.shared.owner).arg(LEASE_MS);
        self.fenced(&call).await
    }

    async fn release(&self, epoch: u64) {
        let mut call = self.call(&self.shared.scripts.release, LEASE, epoch, Version::default());
        call.arg(&self.shared.owner);
        // If this fails the lease runs out by itself.
        let _ = self.fenced(&call).await;
    }

    async fn put(&self, seen: Version, version: Version, documents: &[Arc<Document>]) -> Result<(), Error> {
        let mut call = self.call(&self.shared.scripts.put, CARS, version.epoch, seen);
        call.key(COUNT).arg(version.to_string()).arg(crate::car::FORMAT);
        let unwritable = |e: std::io::Error| Error::Unavailable(format!("cannot encode a document: {e}"));
        let mut encoder = value::Encoder::new().map_err(unwritable)?;
        for document in documents {
            call.key(document_key(document.id)).arg(document.id.0);
            call.arg(encoder.encode(document).map_err(unwritable)?);
        }
        self.fenced(&call).await?;
        self.set_written(version.max(self.written()));
        Ok(())
    }

    async fn note(&self, epoch: u64, cars: &[CarId]) -> Result<(), Error> {
        let mut call = self.call(&self.shared.scripts.note, CARS, epoch, self.written());
        call.key(COUNT);
        for car in cars {
            call.arg(car.0);
        }
        self.fenced(&call).await
    }

    async fn commit(&self, epoch: u64, progress: &Progress) -> Result<(), Error> {
        let Progress { position, as_of_ms, complete } = progress.clone();
        let text = serde_json::to_string(&ProgressText { position: position.0, as_of_ms, complete });
        let text = text.map_err(|e| Error::Unavailable(e.to_string()))?;
        let mut call = self.call(&self.shared.scripts.commit, PROGRESS, epoch, self.written());
        call.key(CARS).key(COUNT).arg(text);
        self.fenced(&call).await
    }

    async fn standing(&self) -> Result<(Version, Progress), Error> {
        let found = self.strings(&[HEAD, PROGRESS]).await?;
        Ok((scripts::head(&found[0]), read_progress(&found[1])))
    }

    async fn cars(&self) -> Result<Vec<CarId>, Error> {
        Ok(ids(&self.members().await?))
    }

    async fn get(&self, cars: &[CarId]) -> Result<Vec<Arc<Document>>, Error> {
        self.documents(cars).await
    }

    fn doubt(&self) {
        self.link.drop_connection();
    }

    async fn load(&self) -> Result<Contents, Error> {
        let before = self.strings(&[EPOCH, HEAD, PROGRESS, COUNT]).await?;
        let members = self.members().await?;
        let is_whole = members.len() >= before[3].parse().unwrap_or(0);
        let cars = ids(&members);
        let mut documents = self.documents(&cars).await?;
        let after = self.strings(&[EPOCH, HEAD, PROGRESS]).await?;
        let head = scripts::head(&before[1]);
        // As it was: the documents read are no older than that, but may be older than what is told of by now.
        let mut progress = read_progress(&before[2]);
        progress.complete &= is_whole && read_progress(&after[2]).complete;
        // Of an epoch that has not begun: nobody of ours has written it, and what replaces it is of a lower version.
        let begun = after[0].parse().ok().filter(|&epoch: &u64| epoch > 0);
        let begun = begun.unwrap_or(EPOCH_MAX).min(EPOCH_MAX);
        for foreign in documents.extract_if(.., |document| document.version.epoch > begun) {
            self.complain(foreign.id);
        }
        // Somebody began anew meanwhile, or what was read first is gone: nothing is said of what is not among these.
        progress.complete &=
            before[0] == after[0] && !before[0].is_empty() && scripts::head(&after[1]) >= head;
        Ok(Contents { documents, cars: cars.into_iter().collect(), head, progress })
    }
}

impl Clone for ValkeyStore {
    fn clone(&self) -> Self {
        Self { link: self.link.another(), shared: Arc::clone(&self.shared) }
    }
}

impl fmt::Debug for ValkeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValkeyStore({})", self.link)
    }
}

fn ids(members: &[Vec<u8>]) -> Vec<CarId> {
    // What is no number was put there by somebody else.
    let id = |member: &Vec<u8>| std::str::from_utf8(member).ok()?.parse().ok().map(CarId);
    members.iter().filter_map(id).collect()
}

fn document_key(car: CarId) -> String {
    format!("forecourt:car:{car}")
}

/// What cannot be read is no progress.
fn read_progress(text: &str) -> Progress {
    let Ok(ProgressText { position, as_of_ms, complete }) = serde_json::from_str(text) else {
        return Progress::default();
    };
    Progress { position: Position(position), as_of_ms, complete }
}

#[cfg(test)]
pub(crate) mod tests;
