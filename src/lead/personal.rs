//! Texts that say who somebody is.

use zeroize::Zeroizing;

/// A name, a number. It cannot be printed, formatted or serialized, so that no log, metric, panic or page has it by
/// mistake; its memory is wiped when it goes. Whoever needs the text asks for it by name: the form that comes back to
/// whoever sent it, and the seal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Personal(Zeroizing<String>);

impl Personal {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
