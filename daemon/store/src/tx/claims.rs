//! Taking captures for an attempt: the count and the lease are durable before the work starts.

use cardmint_domain::{CaptureState, Timestamp};
use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use serde_json::json;

use super::audit::{Change, DISPATCHER};
use super::captures::Claim;
use super::leases::standing;
use crate::conn::insert_all;
use crate::error::not_found;
use crate::names::Name;
use crate::rows::{AttemptRow, BatchRow, CaptureRow};
use crate::schema::{attempts, batches, captures};
use crate::views::AttemptEnd;
use crate::{StoreError, Tx};

impl Tx<'_> {
    /// Takes up to `limit` captures: first those in progress whose lease has passed, then admitted ones whose
    /// `not_before` has come, the longest due first. Each gets a lease of `lease_ms` from `now`, a new token and the next
    /// attempt number. The caller decides with [`cardmint_domain::route::route`] whether an attempt beyond the limit is
    /// still made or ends with [`Tx::dead_letter`].
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub fn claim(&mut self, now: Timestamp, lease_ms: i64, limit: u32) -> Result<Vec<Claim>, StoreError> {
        let mut rows = self.lapsed(now, i64::from(limit))?;
        let rest = i64::from(limit) - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if !rows.is_empty() {
            self.note_lapse(&rows, now)?;
        }
        rows.extend(self.waiting(now, rest)?);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let lease_until = now.plus_millis(lease_ms);
        self.take(&rows, lease_until)?;
        self.note_claims(&rows, now, lease_until)?;
        self.claims(rows, lease_until)
    }

    /// Brings times back that lie too far ahead, as a life leaves them whose clock was wrong: a lease of more than
    /// `lease_ms` from `now` passes after `lease_ms`, and a capture that was to wait for more than `wait_ms` is due at
    /// once. For the start, before anything is claimed; stations that share a database have the same leases. Returns how
    /// many captures were mended.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub fn mend_times(&mut self, now: Timestamp, lease_ms: i64, wait_ms: i64) -> Result<u64, StoreError> {
        use captures::{id, lease_until, not_before, state, table};
        let (lease_end, latest) = (now.plus_millis(lease_ms), now.plus_millis(wait_ms));
        let rows: Vec<CaptureRow> = self.run("cannot look for captures whose", "time is too far ahead", |conn| {
            let open = state.eq_any([CaptureState::Admitted, CaptureState::InProgress].map(CaptureState::as_str));
            // A lease that is released leaves the wait before it behind, so that of a leased one counts too.
            let ahead = not_before.gt(latest.0).or(lease_until.gt(lease_end.0));
            table.filter(open).filter(ahead).order(id).load(conn)
        })?;
        for row in &rows {
            let lease = row.lease_until.map(|until| until.min(lease_end.0));
            let due = if row.not_before > latest.0 { now.0 } else { row.not_before };
            self.run("cannot mend the times of capture", &row.id, |conn| {
                let mended = (lease_until.eq(lease), not_before.eq(due));
                diesel::update(table.find(&row.id)).set(mended).execute(conn)
            })?;
            let times = |lease: Option<i64>, due| json!({ "lease_until": lease, "not_before": due });
            self.audit(&Change {
                at: now,
                actor: DISPATCHER,
                action: "capture.mend_times",
                subject: &row.id,
                before: times(row.lease_until, row.not_before),
                after: times(lease, due),
                correlation: Some(&row.correlation),
            })?;
        }
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }

    fn lapsed(&mut self, now: Timestamp, limit: i64) -> Result<Vec<CaptureRow>, StoreError> {
        use captures::{id, lease_until, state, table};
        self.run("cannot look for captures whose", "lease has passed", |conn| {
            let lapsed = table.filter(state.eq(CaptureState::InProgress.as_str())).filter(lease_until.le(now.0));
            lapsed.order((lease_until, id)).limit(limit).load(conn)
        })
    }

    fn waiting(&mut self, now: Timestamp, limit: i64) -> Result<Vec<CaptureRow>, StoreError> {
        use captures::{admitted_at, id, not_before, state, table};
        self.run("cannot look for captures that", "wait", |conn| {
            let waiting = table.filter(state.eq(CaptureState::Admitted.as_str())).filter(not_before.le(now.0));
            waiting.order((not_before, admitted_at, id)).limit(limit).load(conn)
        })
    }

    /// Closes the attempts of former holders that never said anything.
    fn note_lapse(&mut self, rows: &[CaptureRow], now: Timestamp) -> Result<(), StoreError> {
        use attempts::{capture_id, ended_at, ended_how, table};
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let lapse = (ended_at.eq(now.0), ended_how.eq(AttemptEnd::LeasePassed.name()));
        self.run("cannot close the attempts of captures whose", "lease has passed", |conn| {
            diesel::update(table.filter(capture_id.eq_any(ids).and(ended_at.is_null()))).set(lapse).execute(conn)
        })?;
        Ok(())
    }

    fn take(&mut self, rows: &[CaptureRow], until: Timestamp) -> Result<(), StoreError> {
        use captures::{attempt, id, lease_until, state, table, token};
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let taken = (
            state.eq(CaptureState::InProgress.as_str()),
            attempt.eq(attempt + 1),
            token.eq(token + 1),
            lease_until.eq(until.0),
        );
        self.run("cannot take captures until", &until.0.to_string(), |conn| {
            diesel::update(table.filter(id.eq_any(ids))).set(taken).execute(conn)
        })?;
        Ok(())
    }

    /// Attempts and audit rows of captures that were just taken; `rows` are as they were before.
    fn note_claims(&mut self, rows: &[CaptureRow], now: Timestamp, until: Timestamp) -> Result<(), StoreError> {
        let opened: Vec<AttemptRow> = rows
            .iter()
            .map(|row| AttemptRow {
                capture_id: row.id.clone(),
                token: row.token + 1,
                attempt: row.attempt + 1,
                started_at: now.0,
                ended_at: None,
                ended_how: None,
                stage: None,
                fault: None,
            })
            .collect();
        self.run("cannot count the attempts of", "captures", |conn| insert_all!(conn, attempts::table, opened))?;
        let changes: Vec<Change<'_>> = rows
            .iter()
            .map(|row| Change {
                at: now,
                actor: DISPATCHER,
                action: "capture.claim",
                subject: &row.id,
                before: standing(&row.state, row.attempt, row.token),
                after: json!({
                    "state": "in_progress", "attempt": row.attempt + 1, "token": row.token + 1, "lease_until": until,
                }),
                correlation: Some(&row.correlation),
            })
            .collect();
        self.audit_all(&changes)
    }

    fn claims(&mut self, rows: Vec<CaptureRow>, lease_until: Timestamp) -> Result<Vec<Claim>, StoreError> {
        let mut names: Vec<&str> = rows.iter().map(|row| row.batch_id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let declared: Vec<BatchRow> = self.run("cannot read the batches of", "captures", |conn| {
            batches::table.filter(batches::id.eq_any(names)).load(conn)
        })?;
        let claim = |row: CaptureRow| {
            let batch = declared.iter().find(|batch| batch.id == row.batch_id);
            Ok(Claim {
                capture: row.capture()?,
                defaults: batch.ok_or_else(|| not_found("batch", &row.batch_id))?.defaults()?,
                attempt: row.cells().number("attempt", row.attempt + 1)?,
                token: row.token + 1,
                lease_until,
            })
        };
        rows.into_iter().map(claim).collect()
    }
}
