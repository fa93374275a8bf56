//! The first durable point: admission. What follows it until the second is in `claims` and `leases`.

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{Capture, CaptureState, Timestamp};
use diesel::prelude::{OptionalExtension, QueryDsl, RunQueryDsl};
use serde::Serialize;
use serde_json::{Value, json};

use super::audit::{CAPTURE, Change};
use crate::names::{Cells, check_text};
use crate::rows::CaptureRow;
use crate::schema::captures;
use crate::{Batch, StoreError, Tx};

/// The answer to an admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "admission", rename_all = "snake_case")]
pub enum Admission {
    /// The bytes were not known; the capture now waits.
    New,
    /// The same bytes were admitted before; nothing was changed.
    Known {
        /// Where that capture stands.
        state: CaptureState,
    },
}

/// A capture taken for an attempt. Whoever holds `token` may end the attempt, until somebody else takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The capture.
    pub capture: Capture,
    /// What its batch declares.
    pub defaults: BatchDefaults,
    /// Which attempt this is, from 1. Durable before the work starts.
    pub attempt: u32,
    /// Rises with every claim of this capture and is never used again.
    pub token: i64,
    /// Until when nobody else takes it.
    pub lease_until: Timestamp,
}

/// Whether the end of an attempt was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum Committed {
    /// Written, now or by an earlier call with the same token.
    Done,
    /// The lease is not the caller's any more; nothing was written.
    StaleLease,
}

impl Tx<'_> {
    /// Writes an admitted capture. Its bytes must be in the blob store already. Creates its batch if there is none.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] for a name that holds a NUL character, [`StoreError::Query`].
    pub fn admit(&mut self, capture: &Capture) -> Result<Admission, StoreError> {
        let id = capture.id.as_str();
        if let Some(state) = self.state_of(id)? {
            return Ok(Admission::Known { state });
        }
        for text in [capture.file_name.as_str(), capture.batch.as_str(), &capture.media_type] {
            check_text("a name", id, text)?;
        }
        let row = CaptureRow::new(capture)?;
        self.ensure_batch(capture)?;
        self.run("cannot admit capture", id, |conn| diesel::insert_into(captures::table).values(&row).execute(conn))?;
        self.audit(&Change {
            at: capture.admitted_at,
            actor: CAPTURE,
            action: "capture.admit",
            subject: id,
            before: Value::Null,
            after: json!({ "state": "admitted", "batch": row.batch_id, "file_name": row.file_name }),
            correlation: Some(&row.correlation),
        })?;
        Ok(Admission::New)
    }

    fn state_of(&mut self, id: &str) -> Result<Option<CaptureState>, StoreError> {
        let state: Option<String> = self.run("cannot look for capture", id, |conn| {
            captures::table.find(id).select(captures::state).first(conn).optional()
        })?;
        Cells { table: "captures", id }.name_opt("state", state.as_deref())
    }

    fn ensure_batch(&mut self, capture: &Capture) -> Result<(), StoreError> {
        if self.find_batch(&capture.batch)?.is_some() {
            return Ok(());
        }
        let batch = Batch {
            id: capture.batch.clone(),
            defaults: BatchDefaults::default(),
            location: None,
            opened_at: capture.admitted_at,
            closed_at: None,
        };
        self.upsert_batch(&batch, CAPTURE, capture.admitted_at)
    }
}
