//! Scans, prices and printings as lists show them: a fixed number of queries for any number of rows.

use std::collections::{BTreeMap, BTreeSet};

use cardmint_domain::{BatchId, CaptureId, PrintingId, ScanId, Timestamp};
use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::conn::Conn;
use crate::error::query;
use crate::rows::{CandidateRow, LabelRow, ScanRow, ValuationRow, label};
use crate::schema::{candidates, captures, card_sets, printings, valuations};
use crate::views::{PriceView, PrintingLabel, ScanView};
use crate::{BlobDigest, StoreError};

/// Words for printings.
pub(super) struct Labels(BTreeMap<String, PrintingLabel>);

impl Labels {
    pub(super) fn of<'p>(conn: &mut Conn, ids: impl Iterator<Item = &'p str>) -> Result<Self, StoreError> {
        let ids: BTreeSet<&str> = ids.collect();
        let rows: Vec<LabelRow> = printings::table
            .inner_join(card_sets::table)
            .filter(printings::id.eq_any(ids))
            .select((printings::id, printings::name, printings::set_id, printings::number, card_sets::name))
            .load(conn)
            .map_err(query("cannot read the names of", "printings"))?;
        Ok(Self(rows.into_iter().map(|row| (row.0.clone(), label(row))).collect()))
    }

    /// Empty texts for a printing that the catalogue no longer has.
    pub(super) fn get(&self, printing: &str) -> PrintingLabel {
        let gone = || PrintingLabel {
            id: PrintingId::new(printing),
            name: String::new(),
            set: None,
            set_name: String::new(),
            number: String::new(),
        };
        self.0.get(printing).cloned().unwrap_or_else(gone)
    }
}

/// Prices by the identifier of their valuation.
pub(super) fn prices(conn: &mut Conn, ids: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, PriceView>, StoreError> {
    let ids: Vec<i64> = ids.collect();
    let rows: Vec<ValuationRow> =
        valuations::table.filter(valuations::id.eq_any(ids)).load(conn).map_err(query("cannot read", "valuations"))?;
    rows.iter().map(|row| Ok((row.id, row.price()?))).collect()
}

/// The views of these rows, in their order.
pub(super) fn scan_views(conn: &mut Conn, rows: &[ScanRow]) -> Result<Vec<ScanView>, StoreError> {
    let best = best_candidates(conn, rows)?;
    let labels = Labels::of(conn, best.values().map(|(printing, _)| printing.as_str()))?;
    let prices = prices(conn, rows.iter().filter_map(|row| row.valuation_id))?;
    let batches = batches(conn, rows)?;
    let view = |row: &ScanRow| {
        let cells = row.cells();
        let best = best.get(&row.id);
        let picture = row.picture.as_deref().map(BlobDigest::parse).transpose();
        Ok(ScanView {
            id: ScanId::new(&row.id),
            capture: CaptureId::new(&row.capture_id),
            batch: BatchId::new(batches.get(&row.capture_id).map_or("", String::as_str)),
            index: cells.number("position", row.position)?,
            page: cells.number("page", row.page)?,
            quad: cells.json("quad", &row.quad)?,
            picture: picture.map_err(|_| cells.corrupt("picture", row.picture.as_deref().unwrap_or_default()))?,
            outcome: cells.name("outcome", &row.outcome)?,
            best: best.map(|(printing, _)| labels.get(printing)),
            posterior: best.map(|(_, posterior)| *posterior),
            gap: row.gap,
            sentence: row.sentence.clone(),
            price: row.valuation_id.and_then(|id| prices.get(&id).cloned()),
            committed_at: Timestamp(row.committed_at),
        })
    };
    rows.iter().map(view).collect()
}

/// Printing and probability of each scan's best candidate.
fn best_candidates(conn: &mut Conn, rows: &[ScanRow]) -> Result<BTreeMap<String, (String, f64)>, StoreError> {
    let these = candidates::scan_id.eq_any(rows.iter().map(|row| row.id.as_str())).and(candidates::place.eq(0));
    let found: Vec<CandidateRow> =
        candidates::table.filter(these).load(conn).map_err(query("cannot read the candidates of", "scans"))?;
    Ok(found.into_iter().map(|row| (row.scan_id, (row.printing_id, row.posterior))).collect())
}

fn batches(conn: &mut Conn, rows: &[ScanRow]) -> Result<BTreeMap<String, String>, StoreError> {
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.capture_id.as_str()).collect();
    let found: Vec<(String, String)> = captures::table
        .filter(captures::id.eq_any(ids))
        .select((captures::id, captures::batch_id))
        .load(conn)
        .map_err(query("cannot read the captures of", "scans"))?;
    Ok(found.into_iter().collect())
}
