//! What a person does with captures that were given up.

use cardmint_domain::{CaptureState, Timestamp};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde_json::json;

use super::audit::Change;
use crate::error::not_found;
use crate::names::Name;
use crate::rows::{CaptureRow, DeadLetterRow};
use crate::schema::{captures, dead_letters};
use crate::views::DeadLetterState;
use crate::{DeadLetterId, StoreError, Tx};

impl Tx<'_> {
    /// Has the capture tried again from `at` on, with a fresh count of attempts.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongState`] unless the letter is open, [`StoreError::IllegalMove`] unless
    /// its capture is dead.
    pub fn retry_dead_letter(&mut self, letter: DeadLetterId, who: &str, at: Timestamp) -> Result<(), StoreError> {
        let (row, capture) = self.open_letter(letter, "it cannot be tried again")?;
        let (from, to) = (capture.cells().name::<CaptureState>("state", &capture.state)?, CaptureState::Admitted);
        if from == CaptureState::InProgress || !from.may_become(to) {
            return Err(StoreError::IllegalMove { capture: capture.id, from, to });
        }
        self.run("cannot try capture again", &capture.id, |conn| {
            diesel::update(captures::table.find(&capture.id))
                .set((
                    captures::state.eq(to.as_str()),
                    captures::attempt.eq(0),
                    captures::not_before.eq(at.0),
                    captures::finished_at.eq(None::<i64>),
                ))
                .execute(conn)
        })?;
        self.close_letter(&row, DeadLetterState::Retried, who, at)?;
        self.note_letter("dead_letter.retry", &capture, (&row, DeadLetterState::Retried, to), who, at)
    }

    /// Closes the letter; the capture stays dead. Its bytes admitted again are still the same, dead capture.
    ///
    /// # Errors
    /// As for [`Tx::retry_dead_letter`].
    pub fn discard_dead_letter(&mut self, letter: DeadLetterId, who: &str, at: Timestamp) -> Result<(), StoreError> {
        let (row, capture) = self.open_letter(letter, "it cannot be discarded")?;
        let state = capture.cells().name::<CaptureState>("state", &capture.state)?;
        self.close_letter(&row, DeadLetterState::Discarded, who, at)?;
        self.note_letter("dead_letter.discard", &capture, (&row, DeadLetterState::Discarded, state), who, at)
    }

    fn open_letter(
        &mut self,
        letter: DeadLetterId,
        refused: &'static str,
    ) -> Result<(DeadLetterRow, CaptureRow), StoreError> {
        let row: Option<DeadLetterRow> = self.run("cannot read dead letter", &letter.to_string(), |conn| {
            dead_letters::table.find(letter.0).first(conn).optional()
        })?;
        let row = row.ok_or_else(|| not_found("dead letter", letter))?;
        if row.state != DeadLetterState::Open.name() {
            let (what, id) = ("dead letter", letter.to_string());
            return Err(StoreError::WrongState { what, id, state: row.state, refused });
        }
        let capture = self.capture_row(&row.capture_id)?.ok_or_else(|| not_found("capture", &row.capture_id))?;
        Ok((row, capture))
    }

    fn close_letter(
        &mut self,
        row: &DeadLetterRow,
        state: DeadLetterState,
        who: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let closed =
            (dead_letters::state.eq(state.name()), dead_letters::closed_at.eq(at.0), dead_letters::closed_by.eq(who));
        self.run("cannot close dead letter", &row.id.to_string(), |conn| {
            diesel::update(dead_letters::table.find(row.id)).set(closed).execute(conn)
        })?;
        Ok(())
    }

    fn note_letter(
        &mut self,
        action: &'static str,
        capture: &CaptureRow,
        (row, letter, state): (&DeadLetterRow, DeadLetterState, CaptureState),
        who: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.audit(&Change {
            at,
            actor: who,
            action,
            subject: &capture.id,
            before: json!({ "dead_letter": row.id, "letter_state": row.state, "state": capture.state }),
            after: json!({ "dead_letter": row.id, "letter_state": letter.name(), "state": state.as_str() }),
            correlation: Some(&capture.correlation),
        })
    }
}
