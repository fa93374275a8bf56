//! What waits for a person.

use std::collections::{BTreeMap, BTreeSet};

use cardmint_domain::{BatchId, ReviewReason};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::scan_views::scan_views;
use super::{Reader, count, limit, offset};
use crate::conn::{Conn, MultiBackend};
use crate::error::{not_found, query};
use crate::rows::{BatchRow, ReasonRow, ReviewRow, ScanRow};
use crate::schema::{batches, captures, review_reasons, review_tasks, scans};
use crate::views::{ReviewState, ReviewView, ScanView};
use crate::{Listing, Page, ReviewTaskId, StoreError};

/// Which review tasks; an empty filter means all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewFilter {
    /// Only open ones (`true`) or only closed ones (`false`).
    pub open: Option<bool>,
    /// With a reason of this code, see `ReviewReason::code`.
    pub reason: Option<String>,
    /// From this batch.
    pub batch: Option<BatchId>,
}

impl Reader {
    /// Review tasks: open ones oldest first, then closed ones, newest first.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn reviews(&self, filter: &ReviewFilter, page: Page) -> Result<Listing<ReviewView>, StoreError> {
        self.ask(|conn| {
            let total: i64 =
                matching(filter).count().get_result(conn).map_err(query("cannot count", "review tasks"))?;
            let rows: Vec<ReviewRow> = matching(filter)
                .order((
                    review_tasks::status.ne("open").asc(),
                    review_tasks::closed_at.desc(),
                    review_tasks::opened_at,
                    review_tasks::id,
                ))
                .limit(limit(page))
                .offset(offset(page))
                .load(conn)
                .map_err(query("cannot list", "review tasks"))?;
            Ok(Listing { total: count(total), items: views(conn, rows)? })
        })
    }

    /// One review task; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::reviews`].
    pub fn review(&self, id: ReviewTaskId) -> Result<Option<ReviewView>, StoreError> {
        self.ask(|conn| {
            let found: Option<ReviewRow> = review_tasks::table
                .find(id.0)
                .first(conn)
                .optional()
                .map_err(query("cannot read review task", id.to_string()))?;
            Ok(views(conn, found.into_iter().collect())?.pop())
        })
    }
}

fn matching(filter: &ReviewFilter) -> review_tasks::BoxedQuery<'_, MultiBackend> {
    let mut query = review_tasks::table.into_boxed();
    match filter.open {
        Some(true) => query = query.filter(review_tasks::status.eq("open")),
        Some(false) => query = query.filter(review_tasks::status.ne("open")),
        None => {}
    }
    if let Some(code) = &filter.reason {
        let these = review_reasons::table.filter(review_reasons::code.eq(code)).select(review_reasons::task_id);
        query = query.filter(review_tasks::id.eq_any(these));
    }
    if let Some(batch) = &filter.batch {
        let these = scans::table.inner_join(captures::table).filter(captures::batch_id.eq(batch.as_str()));
        query = query.filter(review_tasks::scan_id.eq_any(these.select(scans::id)));
    }
    query
}

/// The scan's task, if it ever had one.
pub(super) fn of_scan(conn: &mut Conn, scan: &str) -> Result<Option<ReviewState>, StoreError> {
    let row: Option<ReviewRow> = review_tasks::table
        .filter(review_tasks::scan_id.eq(scan))
        .first(conn)
        .optional()
        .map_err(query("cannot read the review task of scan", scan))?;
    row.map(|row| row.state(reasons(conn, &[row.id])?.remove(&row.id).unwrap_or_default())).transpose()
}

fn views(conn: &mut Conn, rows: Vec<ReviewRow>) -> Result<Vec<ReviewView>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut reasons = reasons(conn, &ids)?;
    let found: Vec<ScanRow> = scans::table
        .filter(scans::id.eq_any(rows.iter().map(|row| row.scan_id.as_str())))
        .load(conn)
        .map_err(query("cannot read the scans of", "review tasks"))?;
    let scans: BTreeMap<String, ScanView> =
        scan_views(conn, &found)?.into_iter().map(|scan| (scan.id.to_string(), scan)).collect();
    let names: BTreeSet<&str> = scans.values().map(|scan| scan.batch.as_str()).collect();
    let declared: Vec<BatchRow> = batches::table
        .filter(batches::id.eq_any(names))
        .load(conn)
        .map_err(query("cannot read the batches of", "review tasks"))?;
    let view = |row: ReviewRow| {
        let scan = scans.get(&row.scan_id).cloned().ok_or_else(|| not_found("scan", &row.scan_id))?;
        let batch = declared.iter().find(|batch| batch.id == scan.batch.as_str());
        let defaults = batch.ok_or_else(|| not_found("batch", &scan.batch))?.defaults()?;
        Ok(ReviewView { review: row.state(reasons.remove(&row.id).unwrap_or_default())?, scan, defaults })
    };
    rows.into_iter().map(view).collect()
}

fn reasons(conn: &mut Conn, tasks: &[i64]) -> Result<BTreeMap<i64, Vec<ReviewReason>>, StoreError> {
    let rows: Vec<ReasonRow> = review_reasons::table
        .filter(review_reasons::task_id.eq_any(tasks.iter().copied()))
        .order((review_reasons::task_id, review_reasons::position))
        .load(conn)
        .map_err(query("cannot read the reasons of", "review tasks"))?;
    let mut reasons: BTreeMap<i64, Vec<ReviewReason>> = BTreeMap::new();
    for row in rows {
        reasons.entry(row.task_id).or_default().push(row.reason()?);
    }
    Ok(reasons)
}
