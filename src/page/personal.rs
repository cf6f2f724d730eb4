//! A listing for one visitor: ranked anew for every request, put together from pieces that are kept.

use std::sync::Arc;

use compact_str::CompactString;
use forecourt_views as views;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::cards::{LISTING_PHOTOS, with_cards};
use super::plan::{Content, Listing, Plan};
use super::stitch::{Piece, Stitched};
use super::{Finished, Form, Site, listing};
use crate::car::{CarId, Version};
use crate::listing::{Choice, Counts, PAGE_CARS, Query, Spec};
use crate::snapshot::{Band, Slot, Snapshot, bits};

/// What a piece shows; two with one name have the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    /// Everything before the cards: by the choice and a fingerprint of its counts.
    Top(views::Part, CompactString, u64),
    Card(CarId, Version, Option<Band>, views::Loading),
    CardsOpen,
    CardsClose,
    Foot(views::Part),
}

#[derive(Debug)]
pub(super) struct Pieces {
    pieces: Cache<Name, Arc<Piece>, foldhash::fast::RandomState>,
    /// By the canonical choice, with the generation they were counted in.
    counts: Cache<CompactString, (u64, Arc<Counts>), foldhash::fast::RandomState>,
}

/// What a piece costs beside its bytes.
const ENTRY_BYTES: usize = 250;
/// Of what was counted for the choices asked for lately.
const COUNTS_BYTES_MAX: u64 = 4 << 20;
/// Of ordinary pages; a longer one is copied once more.
const PAGE_BYTES: usize = 20 << 10;

impl Pieces {
    pub(super) fn new(bytes_max: u64) -> Self {
        let weight = |name: &Name, piece: &Arc<Piece>| {
            let name = if let Name::Top(_, choice, _) = name { choice.len() } else { 0 };
            u32::try_from(piece.bytes() + name + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        let pieces = Cache::builder()
            .max_capacity(bytes_max)
            .weigher(weight)
            .eviction_policy(EvictionPolicy::lru())
            .build_with_hasher(foldhash::fast::RandomState::default());
        let weight = |choice: &CompactString, (_, counts): &(u64, Arc<Counts>)| {
            u32::try_from(choice.len() + counts.bytes() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        let counts = Cache::builder()
            .max_capacity(COUNTS_BYTES_MAX)
            .weigher(weight)
            .build_with_hasher(foldhash::fast::RandomState::default());
        Self { pieces, counts }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.pieces.weighted_size() + self.counts.weighted_size()
    }

    /// Of the snapshot: they say which one they were counted in, so nothing has to be taken out when another one comes.
    fn counts(&self, snapshot: &Snapshot, choice: &Choice) -> Arc<Counts> {
        let canonical = CompactString::from(choice.canonical());
        match self.counts.get(&canonical) {
            Some((generation, counts)) if generation == snapshot.generation() => counts,
            _ => {
                let counts = Arc::new(Counts::of(snapshot, choice));
                self.counts.insert(canonical, (snapshot.generation(), Arc::clone(&counts)));
                counts
            }
        }
    }

    /// The page, in gzip.
    pub(super) fn page(
        &self,
        site: &Site,
        snapshot: &Snapshot,
        plan: &Plan,
        part: views::Part,
    ) -> Option<Finished> {
        let Content::Listing(listing) = &plan.content else { return None };
        if listing.found.slots.is_empty() {
            return None;
        }
        let mut page = Stitched::new(PAGE_BYTES);
        // Not by the cursor: what stands before the cards is the same on all pages but the first.
        let name = Name::Top(part, listing.query.choice.canonical().into(), listing.surroundings());
        page.push(&self.piece(name, || top(site, snapshot, listing, part)));
        let reason = listing::reason(snapshot, listing);
        page.push_text(&views::listing_reason(reason.as_deref()).into_string());
        page.push(&self.piece(Name::CardsOpen, || views::listing_cards_open().into_string()));
        for (position, &slot) in listing.found.slots.iter().enumerate() {
            let name = Shown::of(snapshot, slot).card(position);
            page.push(&self.piece(name, || card(site, snapshot, slot, position)));
        }
        page.push(&self.piece(Name::CardsClose, || views::listing_cards_close().into_string()));
        let next = listing::next(listing);
        page.push_text(&views::listing_next(next.as_deref()).into_string());
        page.push(&self.piece(Name::Foot(part), || views::listing_foot(&site.shell(part)).into_string()));
        let (body, content) = page.finish();
        Some(Finished::of(snapshot, plan, part, content, body))
    }

    /// Makes some of the cards that are not there as they are in this snapshot, and takes out what they were before.
    /// Whether there is more to do.
    pub(super) fn make_ahead(&self, site: &Site, snapshot: &Snapshot, ahead: &mut CardsAhead) -> bool {
        let generation = snapshot.generation();
        if ahead.next == 0 {
            if ahead.generation == Some(generation) {
                return false;
            }
            ahead.generation = Some(generation);
        }
        let live = snapshot.columns().live();
        ahead.made.resize(live.len() * 64, None);
        let mut left = CARDS_AT_ONCE;
        while let Some(made) = ahead.made.get_mut(ahead.next) {
            let slot = Slot(u32::try_from(ahead.next).unwrap_or(u32::MAX));
            let shown = bits::has(live, slot).then(|| Shown::of(snapshot, slot));
            if *made != shown {
                let before = std::mem::replace(made, shown);
                for position in POSITIONS {
                    if let Some(before) = before {
                        self.pieces.invalidate(&before.card(position));
                    }
                    if let Some(shown) = shown {
                        self.piece(shown.card(position), || card(site, snapshot, slot, position));
                        left = left.saturating_sub(1);
                    }
                }
            }
            ahead.next += 1;
            if left == 0 {
                return true;
            }
        }
        ahead.next = 0;
        ahead.generation != Some(generation)
    }

    fn piece(&self, name: Name, text: impl FnOnce() -> String) -> Arc<Piece> {
        if let Some(piece) = self.pieces.get(&name) {
            return piece;
        }
        let piece = Arc::new(Piece::new(&text()));
        self.pieces.insert(name, Arc::clone(&piece));
        piece
    }
}

/// How far the cards have been made that nobody has asked for yet: of every live car, in each of the ways it can stand on
/// a page. To make the ten of a page takes longer than to rank all cars.
#[derive(Debug, Default)]
pub struct CardsAhead {
    /// By slot.
    made: Vec<Option<Shown>>,
    /// The slot to go on with.
    next: usize,
    /// In which this round began, or the last one.
    generation: Option<u64>,
}

/// Cards made before somebody else gets a turn: about a millisecond's.
const CARDS_AT_ONCE: usize = 32;
/// On a page, one of each way a card loads its photos.
const POSITIONS: [usize; 3] = [0, 1, PAGE_CARS];

/// What a card shows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown(CarId, Version, Option<Band>);

impl Shown {
    fn of(snapshot: &Snapshot, slot: Slot) -> Self {
        let document = snapshot.document(slot);
        Self(document.id, document.version, snapshot.band(slot))
    }

    fn card(self, position: usize) -> Name {
        Name::Card(self.0, self.1, self.2, views::card_loading(position))
    }
}

fn top(site: &Site, snapshot: &Snapshot, page: &Listing, part: views::Part) -> String {
    listing::with_frame(site, snapshot, page, part, |frame| {
        let head = views::listing_head(&frame.shell).into_string();
        head + &views::listing_top(&frame.page).into_string()
    })
}

fn card(site: &Site, snapshot: &Snapshot, slot: Slot, position: usize) -> String {
    with_cards(site, snapshot, &[slot], LISTING_PHOTOS, |cards| {
        cards.iter().map(|card| views::listing_card(card, position).into_string()).collect()
    })
}

/// The page of a listing for one visitor, in gzip if they take it: everything that asks for a page does.
pub(super) fn page(
    pieces: &Pieces,
    site: &Site,
    snapshot: &Snapshot,
    (query, spec): (&Query, &Spec),
    form: Form,
    takes_gzip: bool,
) -> Finished {
    let plan = super::plan_listing(site, snapshot, query, spec, pieces.counts(snapshot, &query.choice));
    let stitched = takes_gzip.then(|| pieces.page(site, snapshot, &plan, form.part)).flatten();
    stitched.unwrap_or_else(|| Finished::make(site, snapshot, &plan, form))
}
