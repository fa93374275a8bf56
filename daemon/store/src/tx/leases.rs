//! The ends of an attempt: all but the commit are here, and what they share with it.

use cardmint_domain::route::Stage;
use cardmint_domain::{CaptureId, CaptureState, Fault, Timestamp};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde_json::{Value, json};

use super::audit::{Change, DISPATCHER};
use super::captures::Committed;
use super::next_id;
use crate::error::not_found;
use crate::names::{Cells, Name, to_json};
use crate::rows::{CaptureRow, DeadLetterRow};
use crate::schema::{attempts, captures, dead_letters};
use crate::views::AttemptEnd;
use crate::{StoreError, Tx};

/// What a caller's lease is worth.
pub(crate) enum Lease {
    /// It holds.
    Held(Box<CaptureRow>),
    /// The caller has ended it himself, like this.
    Ended(AttemptEnd),
    /// Somebody else has the capture, or had it since.
    Lost,
}

/// How an attempt ends.
pub(crate) struct Ending<'a> {
    pub(crate) actor: &'a str,
    pub(crate) action: &'static str,
    pub(crate) end: AttemptEnd,
    pub(crate) to: CaptureState,
    pub(crate) attempt: i64,
    pub(crate) not_before: i64,
    pub(crate) stage: Option<Stage>,
    pub(crate) fault: Option<&'a Fault>,
    pub(crate) at: Timestamp,
}

impl<'a> Ending<'a> {
    /// A fault that nothing comes after.
    fn dead(row: &CaptureRow, stage: Stage, fault: &'a Fault, at: Timestamp) -> Self {
        Self {
            actor: stage.name(),
            action: "capture.dead_letter",
            end: AttemptEnd::Dead,
            to: CaptureState::Dead,
            attempt: row.attempt,
            not_before: row.not_before,
            stage: Some(stage),
            fault: Some(fault),
            at,
        }
    }
}

impl Tx<'_> {
    /// Lengthens a lease that is still the caller's.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Query`].
    pub fn renew(&mut self, capture: &CaptureId, token: i64, lease_until: Timestamp) -> Result<Committed, StoreError> {
        let Lease::Held(row) = self.lease(capture, token)? else { return Ok(Committed::StaleLease) };
        self.run("cannot lengthen the lease of capture", &row.id, |conn| {
            diesel::update(captures::table.find(&row.id)).set(captures::lease_until.eq(lease_until.0)).execute(conn)
        })?;
        Ok(Committed::Done)
    }

    /// Ends an attempt that failed and may be made again from `not_before` on. The attempt counts unless the fault says
    /// that the capture was not tried.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Query`].
    pub fn give_back(
        &mut self,
        capture: &CaptureId,
        token: i64,
        not_before: Timestamp,
        stage: Stage,
        fault: &Fault,
        at: Timestamp,
    ) -> Result<Committed, StoreError> {
        let row = match self.lease(capture, token)? {
            Lease::Held(row) => row,
            other => return Ok(other.answer(AttemptEnd::GivenBack)),
        };
        let given_back = Ending {
            action: "capture.give_back",
            end: AttemptEnd::GivenBack,
            to: CaptureState::Admitted,
            attempt: row.attempt - i64::from(!fault.tried),
            not_before: not_before.0,
            ..Ending::dead(&row, stage, fault, at)
        };
        self.end_attempt(&row, &given_back)?;
        Ok(Committed::Done)
    }

    /// Ends an attempt that an orderly stop interrupted. It does not count, and the capture can be taken at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Query`].
    pub fn release(&mut self, capture: &CaptureId, token: i64, at: Timestamp) -> Result<Committed, StoreError> {
        let row = match self.lease(capture, token)? {
            Lease::Held(row) => row,
            other => return Ok(other.answer(AttemptEnd::Released)),
        };
        let ending = Ending {
            actor: DISPATCHER,
            action: "capture.release",
            end: AttemptEnd::Released,
            to: CaptureState::Admitted,
            attempt: row.attempt - 1,
            // Unchanged, so that the capture keeps its place in the queue.
            not_before: row.not_before,
            stage: None,
            fault: None,
            at,
        };
        self.end_attempt(&row, &ending)?;
        Ok(Committed::Done)
    }

    /// Ends an attempt for good and leaves a dead letter for a person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Query`].
    pub fn dead_letter(
        &mut self,
        capture: &CaptureId,
        token: i64,
        stage: Stage,
        fault: &Fault,
        at: Timestamp,
    ) -> Result<Committed, StoreError> {
        let row = match self.lease(capture, token)? {
            Lease::Held(row) => row,
            other => return Ok(other.answer(AttemptEnd::Dead)),
        };
        self.end_attempt(&row, &Ending::dead(&row, stage, fault, at))?;
        let letter = DeadLetterRow {
            id: next_id!(self, dead_letters)?,
            fault: to_json("the fault", &row.id, fault)?,
            capture_id: row.id,
            stage: stage.name().to_owned(),
            attempts: row.attempt,
            at: at.0,
            state: "open".to_owned(),
            closed_at: None,
            closed_by: None,
        };
        self.run("cannot write the dead letter of capture", &letter.capture_id, |conn| {
            diesel::insert_into(dead_letters::table).values(&letter).execute(conn)
        })?;
        Ok(Committed::Done)
    }

    /// Looks a caller's lease up.
    pub(crate) fn lease(&mut self, capture: &CaptureId, token: i64) -> Result<Lease, StoreError> {
        let row = self.capture_row(capture.as_str())?.ok_or_else(|| not_found("capture", capture))?;
        if row.token == token && row.state == CaptureState::InProgress.as_str() {
            return Ok(Lease::Held(Box::new(row)));
        }
        let ended: Option<Option<String>> = self.run("cannot look for an attempt at capture", &row.id, |conn| {
            attempts::table.find((&row.id, token)).select(attempts::ended_how).first(conn).optional()
        })?;
        let cells = Cells { table: "attempts", id: &row.id };
        let end = cells.name_opt("ended_how", ended.flatten().as_deref())?;
        Ok(end.map_or(Lease::Lost, Lease::Ended))
    }

    pub(crate) fn capture_row(&mut self, id: &str) -> Result<Option<CaptureRow>, StoreError> {
        self.run("cannot read capture", id, |conn| captures::table.find(id).first(conn).optional())
    }

    /// Moves a capture on and closes its attempt.
    pub(crate) fn end_attempt(&mut self, row: &CaptureRow, ending: &Ending<'_>) -> Result<(), StoreError> {
        let final_state = matches!(ending.to, CaptureState::Done | CaptureState::Dead);
        let moved = (
            captures::state.eq(ending.to.as_str()),
            captures::attempt.eq(ending.attempt),
            captures::not_before.eq(ending.not_before),
            captures::lease_until.eq(None::<i64>),
            captures::finished_at.eq(final_state.then_some(ending.at.0)),
        );
        let fault = ending.fault.map(|fault| to_json("the fault", &row.id, fault)).transpose()?;
        let closed = (
            attempts::ended_at.eq(ending.at.0),
            attempts::ended_how.eq(ending.end.name()),
            attempts::stage.eq(ending.stage.map(Name::name)),
            attempts::fault.eq(fault),
        );
        self.run("cannot end the attempt at capture", &row.id, |conn| {
            diesel::update(captures::table.find(&row.id)).set(moved).execute(conn)?;
            diesel::update(attempts::table.find((&row.id, row.token))).set(closed).execute(conn)
        })?;
        let mut after = standing(ending.to.as_str(), ending.attempt, row.token);
        if let Some(fault) = ending.fault {
            after["fault"] = json!(fault.message);
        }
        self.audit(&Change {
            at: ending.at,
            actor: ending.actor,
            action: ending.action,
            subject: &row.id,
            before: standing(&row.state, row.attempt, row.token),
            after,
            correlation: Some(&row.correlation),
        })
    }
}

impl Lease {
    /// The answer to a caller who wants to end an attempt that is not held any more: it was ended by the same call
    /// before, or it is not his.
    pub(crate) fn answer(&self, wanted: AttemptEnd) -> Committed {
        match self {
            Self::Ended(end) if *end == wanted => Committed::Done,
            _ => Committed::StaleLease,
        }
    }
}

/// Where a capture stands, for the audit log.
pub(crate) fn standing(state: &str, attempt: i64, token: i64) -> Value {
    json!({ "state": state, "attempt": attempt, "token": token })
}
