//! Forecourt from outside: the chain over a real database, and the binary as its users start, use and kill it.
//!
//! Each test has a directory, a database, ports and processes of its own.

mod bad_input;

mod chain;
mod client;
mod crash;
mod drain;
mod harness;
mod model;
mod operations;
mod quarantine;
mod start;
mod stories;
