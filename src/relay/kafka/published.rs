//! How far a relay has published, for its status page.

use std::sync::{Arc, Mutex, PoisonError};

use crate::change::Position;

#[derive(Clone, Debug, Default)]
pub struct Published {
    inner: Arc<Mutex<(u64, Position)>>,
}

impl Published {
    pub(super) fn set(&self, until_ms: Option<u64>, position: &Position) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        *inner = (until_ms.unwrap_or(inner.0), position.clone());
    }

    /// Unix ms: everything committed before is acknowledged by Kafka. 0: nothing is known yet.
    pub fn until_ms(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    pub fn position(&self) -> Position {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}
