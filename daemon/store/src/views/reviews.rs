//! Review tasks.

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{ReviewReason, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ReviewTaskId, ScanView};

/// Whether a review task waits for a person, and what the person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// Waits.
    Open,
    /// The best candidate was right.
    Accepted,
    /// Something else was right.
    Corrected,
    /// Nothing to be booked.
    Rejected,
}

/// A review task without its scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReviewState {
    /// Which task.
    pub id: ReviewTaskId,
    /// Whether it waits.
    pub status: ReviewStatus,
    /// Why a person must look.
    pub reasons: Vec<ReviewReason>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<String>,
}

/// A review task as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReviewView {
    /// The task.
    #[serde(flatten)]
    pub review: ReviewState,
    /// Its scan.
    pub scan: ScanView,
    /// What the batch declares: what accepting the best candidate books it as.
    pub defaults: BatchDefaults,
}
