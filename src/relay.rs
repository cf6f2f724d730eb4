//! The relay: from the source's change log to whoever turns changes into documents.
//!
//! For SQLite the log is a table that triggers fill, so a write by any program is in it, in the writer's own
//! transaction. For MySQL and MariaDB it is the server's binlog. A relay gives changes in commit order, says where to go on, and up to when it has seen everything.

pub mod kafka;
mod local;
pub mod mysql;
pub mod sqlite;

pub use local::LocalChanges;
