//! How many connections the process has file descriptors for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are not traffic: the database, the disk copy, the admin port's probes.
const RESERVED: u64 = 64;

/// Raises the soft limit to the hard one, and returns the connections that may be held at once: as many as configured,
/// or as there are descriptors for. Without the reserve a flood of connections would leave none for the admin port.
pub fn connections(configured: usize) -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!("cannot raise the limit of open files: {error}");
    }
    let available = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX).saturating_sub(RESERVED).max(1);
    let available = usize::try_from(available).unwrap_or(usize::MAX);
    if available < configured {
        tracing::warn!(configured, available, "server.connections_max is more than open files allow");
    }
    configured.min(available)
}
