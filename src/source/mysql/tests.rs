//! Against a real server.

pub(crate) mod server;
