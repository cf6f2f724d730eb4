//! The page cache: finished pages by (page, form), bounded by bytes.
//!
//! A page has one entry per form, not one per version: the entry says of which fingerprint it is, and who finds
//! another one replaces it. So a reprice of every car leaves no dead bytes behind, and an entry that arrives late does
//! no harm. Two requests that miss at once both render; the loser's bytes are equal and dropped. Nobody waits.

use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::personal::{self, CardsAhead, Pieces};
use super::plan::{PageKey, Target, plan};
use super::recent::Recent;
use super::{Finished, Form, Site};
use crate::http::CacheResult;
use crate::listing::{Query, Spec};
use crate::snapshot::Snapshot;

/// What an entry costs beside its body: its own header values, and what moka keeps of it.
const ENTRY_BYTES: usize = 600;

pub(super) type Key = (PageKey, Form);

#[derive(Debug)]
pub struct PageCache {
    pages: Cache<Key, Arc<Finished>, foldhash::fast::RandomState>,
    recent: Recent,
    pieces: Pieces,
}

/// Of the cache's bytes, those for the pieces of personal pages.
const PIECES_SHARE: u64 = 4;

impl PageCache {
    pub fn new(bytes_max: u64) -> Self {
        let weight = |(key, _): &Key, page: &Arc<Finished>| {
            u32::try_from(page.body.len() + key.bytes() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        let pages = Cache::builder()
            .max_capacity(bytes_max - bytes_max / PIECES_SHARE)
            .weigher(weight)
            // The default policy turns new entries away while old ones were asked for more often.
            .eviction_policy(EvictionPolicy::lru())
            .build_with_hasher(foldhash::fast::RandomState::default());
        Self { pages, recent: Recent::new(), pieces: Pieces::new(bytes_max / PIECES_SHARE) }
    }

    /// The page of a listing for one visitor, in the form the visitor likes best, or in gzip if they take that.
    pub fn personal(
        &self,
        site: &Site,
        snapshot: &Snapshot,
        query: &Query,
        spec: &Spec,
        form: Form,
        takes_gzip: bool,
    ) -> Finished {
        personal::page(&self.pieces, site, snapshot, (query, spec), form, takes_gzip)
    }

    /// Makes some of the snapshot's cards before a visitor needs them. Whether there is more to do.
    pub fn make_ahead(&self, site: &Site, snapshot: &Snapshot, ahead: &mut CardsAhead) -> bool {
        self.pieces.make_ahead(site, snapshot, ahead)
    }

    /// The page of `target` in this snapshot.
    pub fn get(
        &self,
        site: &Site,
        snapshot: &Snapshot,
        target: &Target,
        form: Form,
    ) -> (Arc<Finished>, CacheResult) {
        self.get_if(site, snapshot, target, form, || true).expect("it may be made")
    }

    /// The same. `None`: its bytes are not ready, and `may_make` says no.
    pub fn get_if(
        &self,
        site: &Site,
        snapshot: &Snapshot,
        target: &Target,
        form: Form,
        mut may_make: impl FnMut() -> bool,
    ) -> Option<(Arc<Finished>, CacheResult)> {
        let generation = snapshot.generation();
        let key = (target.key(), form);
        if let Some(page) = self.recent.get(&key, generation) {
            return Some((page, CacheResult::Hit));
        }
        let known = self.pages.get(&key);
        if let Some(page) = known.as_ref().filter(|page| page.is_current(site, snapshot)) {
            self.recent.put(key, page);
            return Some((Arc::clone(page), CacheResult::Hit));
        }
        // Bytes that are there are probably still the page's: to see that is cheap, and most of what a new generation asks for.
        // So is that there is no such car: all of those have one page.
        let is_known = known.is_some() || target.is_of_nobody(snapshot);
        if !is_known && !may_make() {
            return None;
        }
        let plan = plan(site, snapshot, target);
        let planned = (plan.key.clone(), form);
        let known = if planned == key { known } else { self.pages.get(&planned) };
        let (page, result) = match known.filter(|page| page.is_of(&plan, generation)) {
            Some(page) => (page, CacheResult::Hit),
            None if is_known && !may_make() => return None,
            None => {
                let page = Arc::new(Finished::make(site, snapshot, &plan, form));
                self.pages.insert(planned.clone(), Arc::clone(&page));
                (page, CacheResult::Render)
            }
        };
        self.recent.put(planned, &page);
        Some((page, result))
    }

    /// Bytes held, roughly.
    pub fn bytes(&self) -> u64 {
        self.pages.weighted_size() + self.pieces.bytes()
    }

    pub fn entries(&self) -> u64 {
        self.pages.entry_count()
    }
}
