//! Scans: what was found, what it is, what it is worth, and why.

use cardmint_domain::{BatchId, CaptureId, PrintingId, ScanId};
use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::scan_views::{Labels, scan_views};
use super::{Reader, count, limit, offset, reviews};
use crate::conn::{Conn, MultiBackend};
use crate::error::query;
use crate::literals::item_counts;
use crate::names::Name;
use crate::rows::{CandidateRow, QuoteRow, ScanRow, ValuationRow};
use crate::schema::{candidates, captures, inventory_items, quotes, scan_quotes, scans, valuations};
use crate::views::{CandidateView, ScanDetail, ScanOutcome, ScanView};
use crate::{ItemId, Listing, Page, StoreError};

/// Most quotes that one answer shows: a scan that is priced anew every day gathers thousands.
const QUOTES_SHOWN: i64 = 200;

/// Which scans; an empty filter means all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScanFilter {
    /// Found in this capture.
    pub capture: Option<CaptureId>,
    /// From this batch.
    pub batch: Option<BatchId>,
    /// With this outcome.
    pub outcome: Option<ScanOutcome>,
    /// Whose best candidate is this printing.
    pub printing: Option<PrintingId>,
}

impl Reader {
    /// Scans, newest first; those of one capture in their order.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn scans(&self, filter: &ScanFilter, page: Page) -> Result<Listing<ScanView>, StoreError> {
        self.ask(|conn| {
            let total: i64 = matching(filter).count().get_result(conn).map_err(query("cannot count", "scans"))?;
            let rows: Vec<ScanRow> = matching(filter)
                .order((scans::committed_at.desc(), scans::capture_id, scans::position))
                .limit(limit(page))
                .offset(offset(page))
                .load(conn)
                .map_err(query("cannot list", "scans"))?;
            Ok(Listing { total: count(total), items: scan_views(conn, &rows)? })
        })
    }

    /// One scan with everything known about it, of its quotes the newest 200; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::scans`].
    pub fn scan(&self, id: &ScanId) -> Result<Option<ScanDetail>, StoreError> {
        self.ask(|conn| {
            let row: Option<ScanRow> = scans::table
                .find(id.as_str())
                .first(conn)
                .optional()
                .map_err(query("cannot read scan", id.as_str()))?;
            row.map(|row| detail(conn, &row)).transpose()
        })
    }
}

fn matching(filter: &ScanFilter) -> scans::BoxedQuery<'_, MultiBackend> {
    let mut query = scans::table.into_boxed();
    if let Some(capture) = &filter.capture {
        query = query.filter(scans::capture_id.eq(capture.as_str()));
    }
    if let Some(batch) = &filter.batch {
        let of_batch = captures::table.filter(captures::batch_id.eq(batch.as_str())).select(captures::id);
        query = query.filter(scans::capture_id.eq_any(of_batch));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(scans::outcome.eq(outcome.name()));
    }
    if let Some(printing) = &filter.printing {
        let best = candidates::printing_id.eq(printing.as_str()).and(candidates::place.eq(0));
        query = query.filter(scans::id.eq_any(candidates::table.filter(best).select(candidates::scan_id)));
    }
    query
}

fn detail(conn: &mut Conn, row: &ScanRow) -> Result<ScanDetail, StoreError> {
    let id = row.id.as_str();
    let scan = scan_views(conn, std::slice::from_ref(row))?.pop();
    let found: Vec<CandidateRow> = candidates::table
        .filter(candidates::scan_id.eq(id))
        .order(candidates::place)
        .load(conn)
        .map_err(query("cannot read the candidates of scan", id))?;
    let labels = Labels::of(conn, found.iter().map(|row| row.printing_id.as_str()))?;
    let candidates = found.into_iter().map(CandidateRow::into_candidate).collect::<Result<Vec<_>, _>>()?;
    let item: Option<i64> = inventory_items::table
        .filter(inventory_items::scan_id.eq(id).and(item_counts()))
        .select(inventory_items::id)
        .first(conn)
        .optional()
        .map_err(query("cannot read the item of scan", id))?;
    Ok(ScanDetail {
        scan: scan.ok_or_else(|| crate::error::not_found("scan", id))?,
        identification: row.identification(candidates.clone())?,
        candidates: candidates
            .into_iter()
            .map(|candidate| CandidateView { label: labels.get(candidate.printing.as_str()), candidate })
            .collect(),
        valuation: valuation(conn, row)?,
        quotes: quotes_of(conn, id)?,
        review: reviews::of_scan(conn, id)?,
        item: item.map(ItemId),
    })
}

fn valuation(conn: &mut Conn, row: &ScanRow) -> Result<Option<cardmint_domain::Valuation>, StoreError> {
    let Some(id) = row.valuation_id else { return Ok(None) };
    let found: Option<ValuationRow> = valuations::table
        .find(id)
        .first(conn)
        .optional()
        .map_err(query("cannot read the valuation of scan", row.id.as_str()))?;
    found.map(ValuationRow::into_valuation).transpose()
}

fn quotes_of(conn: &mut Conn, scan: &str) -> Result<Vec<cardmint_domain::Quote>, StoreError> {
    let rows: Vec<QuoteRow> = quotes::table
        .filter(
            quotes::id.eq_any(scan_quotes::table.filter(scan_quotes::scan_id.eq(scan)).select(scan_quotes::quote_id)),
        )
        .order((quotes::fetched_at.desc(), quotes::id))
        .limit(QUOTES_SHOWN)
        .load(conn)
        .map_err(query("cannot read the quotes of scan", scan))?;
    rows.into_iter().map(QuoteRow::into_quote).collect()
}
