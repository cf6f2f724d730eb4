//! What does not work at the moment, and since when: written by the roles, read by the status page. A role that waits
//! for something says so here; the pages it keeps fresh are served all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Debug, Default)]
pub struct Faults {
    roles: Arc<Mutex<BTreeMap<&'static str, Fault>>>,
}

/// Faults of who serves: no projector tells of them, least of all one in the same process, which would hear its own echo.
const OF_SERVING: [&str; 6] = ["feed", "follower", "lead-spool", "leads", "model", "upstream"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub reason: String,
    pub since_unix_ms: u64,
}

impl Faults {
    /// Returns whether the role worked until now.
    pub fn put(&self, role: &'static str, reason: &str, now_ms: u64) -> bool {
        let mut roles = self.lock();
        let since_unix_ms = roles.get(role).map_or(now_ms, |known| known.since_unix_ms);
        roles.insert(role, Fault { reason: reason.to_owned(), since_unix_ms }).is_none()
    }

    pub fn has(&self, role: &'static str) -> bool {
        self.lock().contains_key(role)
    }

    /// The role works again.
    pub fn clear(&self, role: &'static str) {
        self.mended(role);
    }

    /// The same. Returns whether it did not until now.
    pub fn mended(&self, role: &'static str) -> bool {
        self.lock().remove(role).is_some()
    }

    pub fn list(&self) -> Vec<(&'static str, Fault)> {
        self.lock().iter().map(|(&role, fault)| (role, fault.clone())).collect()
    }

    /// What keeps changes from everybody's pages, for a projector to tell: the first of it.
    pub fn upstream(&self) -> Option<String> {
        let faults = self.list();
        let (role, fault) = faults.into_iter().find(|(role, _)| !OF_SERVING.contains(role))?;
        Some(format!("{role}: {}", fault.reason))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Fault>> {
        // Every critical section is one map operation: a panic in between leaves a map that is whole.
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Faults;

    #[test]
    fn a_fault_keeps_the_instant_it_began() {
        let faults = Faults::default();
        assert!(faults.put("relay", "locked", 1));
        assert!(!faults.put("relay", "gone", 2));
        let (role, fault) = faults.list().remove(0);
        assert_eq!((role, fault.reason.as_str(), fault.since_unix_ms), ("relay", "gone", 1));
        faults.clear("relay");
        assert!(faults.list().is_empty() && faults.put("relay", "locked", 3));
    }

    #[test]
    fn what_a_projector_tells_is_not_what_it_was_told() {
        let faults = Faults::default();
        faults.put("model", "no model", 1);
        assert_eq!(faults.upstream(), None);
        faults.put("relay", "locked", 1);
        faults.put("upstream", "relay: locked", 1);
        assert_eq!(faults.upstream().as_deref(), Some("relay: locked"));
        faults.clear("relay");
        assert_eq!(faults.upstream(), None);
    }
}
