//! The HTTP server: hyper's HTTP/1 on threads that share nothing but the snapshot and the page cache.
//!
//! One acceptor hands each connection to the worker with the fewest. A worker is a thread with a single-threaded
//! runtime; a request is answered where it was read, without waiting for anything (a post waits for the rest of its
//! body). Bytes that are ready are sent whatever else is going on; making pages takes turns (`turns`).
//!
//! - a connection's way: `listen`, `workers` (with `limit`), `connection` (deadlines), `service`
//! - a request's: `ask` (its head, read once), `respond`, for posts `post` (`events`, `forms`); `visitor` (cookies)
//! - a response's: `stamps` (header values), `body`, `written` (what is streamed), `short` (what nobody may keep)
//! - `admin` and `report`: the other port

pub mod admin;
mod ask;
mod body;
mod connection;
pub mod limit;
mod listen;
mod post;
mod report;
mod respond;
mod service;
mod short;
mod stamps;
mod turns;
mod visitor;
mod workers;
mod written;

pub use body::Body;
pub use listen::{accept, bind};
pub use report::Instance;
pub use respond::Shared;
pub use service::{Pages, Responding};
pub use workers::{Workers, streams};

#[cfg(test)]
mod tests;
