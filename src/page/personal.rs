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
use crate::listing::{Query, Spec};
use crate::snapshot::{Band, Slot, Snapshot};

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
pub(super) struct Pieces(Cache<Name, Arc<Piece>, foldhash::fast::RandomState>);

/// What a piece costs beside its bytes.
const ENTRY_BYTES: usize = 250;
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
        Self(pieces)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.weighted_size()
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
            let document = snapshot.document(slot);
            let name =
                Name::Card(document.id, document.version, snapshot.band(slot), views::card_loading(position));
            page.push(&self.piece(name, || card(site, snapshot, slot, position)));
        }
        page.push(&self.piece(Name::CardsClose, || views::listing_cards_close().into_string()));
        let next = listing::next(listing);
        page.push_text(&views::listing_next(next.as_deref()).into_string());
        page.push(&self.piece(Name::Foot(part), || views::listing_foot(&site.shell(part)).into_string()));
        let (body, content) = page.finish();
        Some(Finished::of(snapshot, plan, part, content, body))
    }

    fn piece(&self, name: Name, text: impl FnOnce() -> String) -> Arc<Piece> {
        if let Some(piece) = self.0.get(&name) {
            return piece;
        }
        let piece = Arc::new(Piece::new(&text()));
        self.0.insert(name, Arc::clone(&piece));
        piece
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
    let plan = super::plan_listing(site, snapshot, query, spec);
    let stitched = takes_gzip.then(|| pieces.page(site, snapshot, &plan, form.part)).flatten();
    stitched.unwrap_or_else(|| Finished::make(site, snapshot, &plan, form))
}
