//! Golden pages, one per page and state, and what must hold for all of them.
//!
//! `cargo insta review` shows what a change does to the HTML. The stylesheet is left out of the snapshots.

#[path = "tests/fixture.rs"]
mod fixture;
