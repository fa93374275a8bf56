//! The matcher that is in force: one owner puts it there, many look.

use std::sync::{Arc, PoisonError, RwLock};

use cardmint_domain::Fault;
use cardmint_recognition::Matcher;

/// Shared by the matcher's actor, which replaces it when the catalogue changes, and the readers, which ask it which cards
/// need their text read.
#[derive(Clone, Default)]
pub struct CurrentMatcher(Arc<RwLock<Option<Arc<Matcher>>>>);

impl CurrentMatcher {
    /// The one in force now; it stays as it is for whoever holds it.
    ///
    /// # Errors
    /// While there is no catalogue: a fault that passes.
    pub fn get(&self) -> Result<Arc<Matcher>, Fault> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        current.ok_or_else(|| Fault::ours_untried("no catalogue is loaded yet"))
    }

    /// Replaces it.
    pub fn set(&self, matcher: Option<Matcher>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = matcher.map(Arc::new);
    }
}
