//! Forecourt from outside: the chain over a real database, and the binary as its users start, use and kill it.
//!
//! Each test has a directory, a database, ports and processes of its own.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "clippy knows tests by `cfg(test)`, which an integration test's helpers do not stand in"
)]

mod audit;
mod bad_input;
mod chain;
mod client;
mod crash;
mod drain;
mod events;
mod fetch;
mod harness;
mod leads;
mod log;
mod model;
mod operations;
mod overload;
mod quarantine;
mod ranking;
mod stack;
mod start;
mod status;
mod stories;
