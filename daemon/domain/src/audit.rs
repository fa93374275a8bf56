//! Who changed what.

use serde::{Deserialize, Serialize};

use crate::{CorrelationId, Timestamp};

/// One row of the audit log: a change of state that cannot be taken back, only followed by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a stage's name, or `uid:1000` for a person on the control socket.
    pub actor: String,
    /// What was done, as a stable verb such as `capture.admit` or `review.accept`.
    pub action: String,
    /// To what: the name of a capture, a scan, an item.
    pub subject: String,
    /// State before, as JSON; `null` where there was none.
    pub before: String,
    /// State after, as JSON; `null` where none is left.
    pub after: String,
    /// Ties the row to the log lines of the same capture; empty where no capture is concerned.
    pub correlation: Option<CorrelationId>,
}
