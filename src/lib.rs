//! Forecourt.
pub mod car;
pub mod change;
pub mod clock;
pub mod config;
pub mod feed;
pub mod follower;
pub mod http;
pub mod lifecycle;
pub mod listing;
pub mod page;
pub mod projector;
pub mod relay;
pub mod snapshot;
pub mod source;
pub mod server;
pub mod store;
pub mod telemetry;
