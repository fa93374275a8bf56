//! Captures, their attempts, and batches.

use std::collections::BTreeMap;

use cardmint_domain::{BatchId, CaptureId, CaptureState, Timestamp};
use diesel::dsl::count_star;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::{Reader, contains, count, limit, offset, page_of};
use crate::conn::{Conn, MultiBackend};
use crate::error::query;
use crate::rows::{AttemptRow, BatchRow, CaptureRow};
use crate::schema::{attempts, batches, captures, scans};
use crate::views::{Batch, BatchView, CaptureDetail, CaptureView};
use crate::{Listing, Page, StoreError};

/// Which captures; an empty filter means all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CaptureFilter {
    /// In this state.
    pub state: Option<CaptureState>,
    /// In this batch.
    pub batch: Option<BatchId>,
    /// Admitted at this time or later.
    pub admitted_since: Option<Timestamp>,
    /// Whose file name holds this text, in any case of ASCII letters.
    pub text: Option<String>,
}

impl Reader {
    /// Captures, newest first.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn captures(&self, filter: &CaptureFilter, page: Page) -> Result<Listing<CaptureView>, StoreError> {
        self.ask(|conn| {
            let total = matching(filter).count().get_result(conn).map_err(query("cannot count", "captures"))?;
            let rows: Vec<CaptureRow> = matching(filter)
                .order((captures::admitted_at.desc(), captures::id.desc()))
                .limit(limit(page))
                .offset(offset(page))
                .load(conn)
                .map_err(query("cannot list", "captures"))?;
            let scans = scan_counts(conn, &rows)?;
            page_of(total, rows, |row| row.view(scans.get(&row.id).copied().unwrap_or_default()))
        })
    }

    /// One capture with its attempts and scans; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::captures`].
    pub fn capture(&self, id: &CaptureId) -> Result<Option<CaptureDetail>, StoreError> {
        self.ask(|conn| {
            let Some(capture) = capture_views(conn, &[id.as_str()])?.pop() else { return Ok(None) };
            let attempts: Vec<AttemptRow> = attempts::table
                .filter(attempts::capture_id.eq(id.as_str()))
                .order(attempts::token)
                .load(conn)
                .map_err(query("cannot list the attempts at capture", id.as_str()))?;
            let rows = scans::table
                .filter(scans::capture_id.eq(id.as_str()))
                .order(scans::position)
                .load(conn)
                .map_err(query("cannot list the scans of capture", id.as_str()))?;
            let attempts = attempts.iter().map(AttemptRow::view).collect::<Result<_, _>>()?;
            let scan_list = super::scan_views::scan_views(conn, &rows)?;
            Ok(Some(CaptureDetail { capture, attempts, scan_list }))
        })
    }

    /// All batches, newest first.
    ///
    /// # Errors
    /// As for [`Reader::captures`].
    pub fn batches(&self) -> Result<Vec<BatchView>, StoreError> {
        self.ask(|conn| {
            let rows: Vec<BatchRow> = batches::table
                .order((batches::opened_at.desc(), batches::id))
                .load(conn)
                .map_err(query("cannot list", "batches"))?;
            let numbers = batch_numbers(conn)?;
            let view = |row: BatchRow| {
                let (captures, done, scans) = numbers.get(&row.id).copied().unwrap_or_default();
                Ok(BatchView { batch: row.into_batch()?, captures, done, scans })
            };
            rows.into_iter().map(view).collect()
        })
    }

    /// One batch; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::captures`].
    pub fn batch(&self, id: &BatchId) -> Result<Option<Batch>, StoreError> {
        self.ask(|conn| {
            let row: Option<BatchRow> = batches::table
                .find(id.as_str())
                .first(conn)
                .optional()
                .map_err(query("cannot read batch", id.as_str()))?;
            row.map(BatchRow::into_batch).transpose()
        })
    }
}

fn matching(filter: &CaptureFilter) -> captures::BoxedQuery<'_, MultiBackend> {
    let mut query = captures::table.into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(captures::state.eq(state.as_str()));
    }
    if let Some(batch) = &filter.batch {
        query = query.filter(captures::batch_id.eq(batch.as_str()));
    }
    if let Some(since) = filter.admitted_since {
        query = query.filter(captures::admitted_at.ge(since.0));
    }
    if let Some(text) = &filter.text {
        // The column's collation makes this the same on both databases: ASCII letters only.
        query = query.filter(contains(super::lower(captures::file_name), text.to_ascii_lowercase()));
    }
    query
}

/// Captures in the order of the database, with the numbers of their scans.
pub(super) fn capture_views(conn: &mut Conn, ids: &[&str]) -> Result<Vec<CaptureView>, StoreError> {
    let rows: Vec<CaptureRow> = captures::table
        .filter(captures::id.eq_any(ids.iter().copied()))
        .load(conn)
        .map_err(query("cannot read", "captures"))?;
    let scans = scan_counts(conn, &rows)?;
    rows.iter().map(|row| row.view(scans.get(&row.id).copied().unwrap_or_default())).collect()
}

fn scan_counts(conn: &mut Conn, rows: &[CaptureRow]) -> Result<BTreeMap<String, u64>, StoreError> {
    let counted: Vec<(String, i64)> = scans::table
        .filter(scans::capture_id.eq_any(rows.iter().map(|row| row.id.as_str())))
        .group_by(scans::capture_id)
        .select((scans::capture_id, count_star()))
        .load(conn)
        .map_err(query("cannot count the scans of", "captures"))?;
    Ok(counted.into_iter().map(|(id, scans)| (id, count(scans))).collect())
}

/// Captures, captures done, and scans of each batch.
fn batch_numbers(conn: &mut Conn) -> Result<BTreeMap<String, (u64, u64, u64)>, StoreError> {
    let by_state: Vec<(String, String, i64)> = captures::table
        .group_by((captures::batch_id, captures::state))
        .select((captures::batch_id, captures::state, count_star()))
        .load(conn)
        .map_err(query("cannot count the captures of", "batches"))?;
    let found: Vec<(String, i64)> = scans::table
        .inner_join(captures::table)
        .group_by(captures::batch_id)
        .select((captures::batch_id, count_star()))
        .load(conn)
        .map_err(query("cannot count the scans of", "batches"))?;
    let mut numbers: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for (batch, state, rows) in by_state {
        let (captures, done, _) = numbers.entry(batch).or_default();
        *captures += count(rows);
        if state == CaptureState::Done.as_str() {
            *done += count(rows);
        }
    }
    for (batch, rows) in found {
        numbers.entry(batch).or_default().2 = count(rows);
    }
    Ok(numbers)
}
