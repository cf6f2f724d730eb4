//! HTTP semantics, pure: what a request means and what a response must say. No sockets, no snapshot, no clock.

pub mod ads;
pub mod conditional;
pub mod encoding;
pub mod fields;
pub mod policy;
pub mod query;
pub mod refusal;
pub mod route;
pub mod security;
mod shown;

pub use encoding::Encoding;
pub use policy::{CachePolicy, CacheResult};
pub use refusal::Refusal;
pub use route::Route;
pub use shown::shown;
