//! Captures that were given up.

use std::collections::BTreeMap;

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::captures::capture_views;
use super::{Reader, count, limit, offset};
use crate::conn::{Conn, MultiBackend};
use crate::error::{not_found, query};
use crate::names::Name;
use crate::rows::{AttemptRow, DeadLetterRow};
use crate::schema::{attempts, dead_letters};
use crate::views::{AttemptView, CaptureView, DeadLetterDetail, DeadLetterState, DeadLetterView};
use crate::{DeadLetterId, Listing, Page, StoreError};

impl Reader {
    /// Dead letters in this state, or all; newest first.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn dead_letters(
        &self,
        state: Option<DeadLetterState>,
        page: Page,
    ) -> Result<Listing<DeadLetterView>, StoreError> {
        self.ask(|conn| {
            let total: i64 = matching(state).count().get_result(conn).map_err(query("cannot count", "dead letters"))?;
            let rows: Vec<DeadLetterRow> = matching(state)
                .order(dead_letters::id.desc())
                .limit(limit(page))
                .offset(offset(page))
                .load(conn)
                .map_err(query("cannot list", "dead letters"))?;
            Ok(Listing { total: count(total), items: views(conn, rows)? })
        })
    }

    /// One dead letter with its history; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::dead_letters`].
    pub fn dead_letter(&self, id: DeadLetterId) -> Result<Option<DeadLetterDetail>, StoreError> {
        self.ask(|conn| {
            let found: Option<DeadLetterRow> = dead_letters::table
                .find(id.0)
                .first(conn)
                .optional()
                .map_err(query("cannot read dead letter", id.to_string()))?;
            let Some(letter) = views(conn, found.into_iter().collect())?.pop() else { return Ok(None) };
            let history = history(conn, letter.capture.capture.id.as_str())?;
            Ok(Some(DeadLetterDetail { letter, history }))
        })
    }
}

/// Attempts that are shown with a letter. An outage may have brought any number that did not count.
const HISTORY: i64 = 100;

fn history(conn: &mut Conn, capture: &str) -> Result<Vec<AttemptView>, StoreError> {
    let rows: Vec<AttemptRow> = attempts::table
        .filter(attempts::capture_id.eq(capture))
        .order(attempts::token.desc())
        .limit(HISTORY)
        .load(conn)
        .map_err(query("cannot list the attempts at capture", capture))?;
    rows.iter().rev().map(AttemptRow::view).collect()
}

fn matching(state: Option<DeadLetterState>) -> dead_letters::BoxedQuery<'static, MultiBackend> {
    let query = dead_letters::table.into_boxed();
    match state {
        Some(state) => query.filter(dead_letters::state.eq(state.name())),
        None => query,
    }
}

fn views(conn: &mut Conn, rows: Vec<DeadLetterRow>) -> Result<Vec<DeadLetterView>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.capture_id.as_str()).collect();
    let captures: BTreeMap<String, CaptureView> =
        capture_views(conn, &ids)?.into_iter().map(|view| (view.capture.id.to_string(), view)).collect();
    let view = |row: DeadLetterRow| {
        let capture = captures.get(&row.capture_id).cloned();
        let capture = capture.ok_or_else(|| not_found("capture", &row.capture_id))?;
        row.view(capture)
    };
    rows.into_iter().map(view).collect()
}
