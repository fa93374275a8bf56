//! What several lists take in their query string.

use cardmint_store::Page;
use serde::Deserialize;

/// Which part of a list: `limit` rows from number `offset`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default)]
pub struct Paging {
    limit: u32,
    offset: u64,
}

impl Default for Paging {
    fn default() -> Self {
        let Page { limit, offset } = Page::default();
        Self { limit, offset }
    }
}

impl From<Paging> for Page {
    fn from(paging: Paging) -> Self {
        Self { limit: paging.limit.clamp(1, Self::MAX_LIMIT), offset: paging.offset }
    }
}
