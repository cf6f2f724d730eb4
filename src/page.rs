//! Pages: from a snapshot and an address to finished bytes. Pure but for the cache.
//!
//! A page is first *planned*: which cars it shows, at which versions. That costs microseconds and gives a fingerprint.
//! Bytes that were rendered under the same fingerprint are the page; only otherwise is it rendered and compressed. So
//! no invalidation has to reach the cache: bytes that are not current are simply not used.
//!
//! - the way of a page: `plan`, `render`, `compress` (`brotli`), `finished` (bytes and header fields: `kind`, `fields`), kept in `cache`
//!   and, by thread, in `recent`
//! - what is rendered: `car`, `listing` (with `promoted` filters and `landing` pages' rules), `picked` (compare, shortlist,
//!   EMI), `lead`; in all of them `cards` and `photos`, and for programs `structured` and `share`
//! - one visitor's listing: `personal`, put together by `stitch`
//! - too long to be kept: `feeds` and `sitemap`, `streamed`
//! - the same for ever: `assets`, `files`, `script`; `site`: what every page of this process has in common

pub mod assets;
mod brotli;
mod cache;
mod car;
mod cards;
mod compress;
pub mod feeds;
mod fields;
mod files;
mod finished;
mod kind;
mod landing;
mod lead;
mod listing;
mod personal;
mod photos;
mod picked;
mod plan;
mod promoted;
mod recent;
mod render;
mod script;
mod share;
mod site;
pub mod sitemap;
mod stitch;
mod streamed;
mod structured;

pub use cache::PageCache;
pub use fields::Stamps;
pub use finished::{Finished, Form};
pub use forecourt_views::{Part, status};
pub use kind::Kind;
pub use lead::{
    Field, LeadContext, LeadForm, Problem, ReceiptKind, lead_again, lead_context, receipt, withdrawal_again,
};
pub use personal::CardsAhead;
pub use picked::{COMPARED_MAX, Emi, SHORTLIST_MAX, ids};
pub use plan::{Content, Listing, PageKey, Plan, Target, plan, plan_listing};
pub use render::{refusal_html, render};
pub use share::Picture;
pub use site::{Settings, Shop, Site};
pub use streamed::Streamed;

#[cfg(test)]
mod tests;
