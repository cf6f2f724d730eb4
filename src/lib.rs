//! Forecourt.
pub mod car;
pub mod change;
pub mod clock;
pub mod config;
pub mod feed;
pub mod follower;
pub mod lifecycle;
pub mod projector;
pub mod relay;
pub mod snapshot;
pub mod source;
pub mod store;
