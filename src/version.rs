//! Which build this is.

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Of the repository: a name, with `+` behind it if something differed; or that it is unknown.
pub const COMMIT: &str = env!("FORECOURT_COMMIT");

/// `0.1.0 (4d0c4c9a1f2b)`
pub const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("FORECOURT_COMMIT"), ")");
