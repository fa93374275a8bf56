//! The audit log and the verdict on it.

use cardmint_domain::AuditEntry;
use serde::Serialize;

/// One row of the audit log with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditView {
    /// Its place, from 1, without gaps.
    pub seq: i64,
    /// The row.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// The hash of the row before, 64 hexadecimal digits; zeros for the first.
    pub prev_hash: String,
    /// BLAKE3 over this row and `prev_hash`.
    pub hash: String,
}

/// The verdict on the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Rows looked at.
    pub rows: u64,
    /// The last row's hash. Kept elsewhere, it proves later that no row was cut off the end.
    pub head: String,
    /// The first row that does not fit the chain.
    pub broken_at: Option<AuditBreak>,
}

impl AuditReport {
    /// Whether the log is whole.
    #[must_use]
    pub const fn is_intact(&self) -> bool {
        self.broken_at.is_none()
    }
}

/// Where the audit chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditBreak {
    /// The row's place.
    pub seq: i64,
    /// What does not fit.
    pub why: String,
}
