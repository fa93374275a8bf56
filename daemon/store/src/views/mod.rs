//! What the readers answer with: plain structs that serialise to the JSON of the control API.
//!
//! Amounts are integer minor units with a currency, times are milliseconds since 1970 UTC, probabilities are 0 to 1.

mod audit;
mod captures;
mod dead_letters;
mod inventory;
mod reviews;
mod scans;
mod state;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use audit::{AuditBreak, AuditReport, AuditView};
pub use captures::{AttemptEnd, AttemptView, Batch, BatchView, CaptureDetail, CaptureView};
pub use dead_letters::{DeadLetterDetail, DeadLetterState, DeadLetterView};
pub use inventory::{ItemState, ItemView, PriceDue};
pub use reviews::{ReviewState, ReviewStatus, ReviewView};
pub use scans::{CandidateView, PriceView, PrintingLabel, ScanDetail, ScanOutcome, ScanView};
pub use state::{CatalogueStatus, Counts, ImportView};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number_id! {
    /// A review task, counted from 1 and never used again.
    ReviewTaskId
}
number_id! {
    /// An inventory item, counted from 1 and never used again.
    ItemId
}
number_id! {
    /// A dead letter, counted from 1 and never used again.
    DeadLetterId
}

/// Which part of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// At most this many rows; never more than [`Page::MAX_LIMIT`] are given.
    pub limit: u32,
    /// After skipping this many.
    pub offset: u64,
}

impl Page {
    /// More rows than this are never given in one answer, so that no request can make the daemon hold a whole table.
    pub const MAX_LIMIT: u32 = 1000;
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 100, offset: 0 }
    }
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listing<T> {
    /// How many rows match, on all pages together.
    pub total: u64,
    /// The rows of this page.
    pub items: Vec<T>,
}
