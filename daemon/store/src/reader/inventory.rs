//! What is in stock and what it is worth.

use std::collections::BTreeMap;

use cardmint_domain::{BatchId, CorrelationId, PrintingId, ScanId, Timestamp, Valuation};
use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    RunQueryDsl, SelectableHelper,
};
use serde::{Deserialize, Serialize};

use super::scan_views::{Labels, prices};
use super::{Reader, contains, count, limit, offset};
use crate::conn::{Conn, MultiBackend};
use crate::error::query;
use crate::names::{Cells, Name};
use crate::rows::{ItemRow, ValuationRow};
use crate::schema::{captures, card_sets, inventory_items, printings, scans, valuations};
use crate::views::{ItemState, ItemView, PriceDue};
use crate::{ItemId, Listing, Page, StoreError};

/// Which items; an empty filter means all, also those that are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemFilter {
    /// In this state.
    pub state: Option<ItemState>,
    /// Of this printing.
    pub printing: Option<PrintingId>,
    /// From this batch.
    pub batch: Option<BatchId>,
    /// Whose printing, location or note holds this text, in any case.
    pub text: Option<String>,
}

impl Reader {
    /// Items, newest first.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn inventory(&self, filter: &ItemFilter, page: Page) -> Result<Listing<ItemView>, StoreError> {
        self.ask(|conn| {
            let total: i64 = matching(filter).count().get_result(conn).map_err(query("cannot count", "items"))?;
            let rows: Vec<ItemRow> = matching(filter)
                .order(inventory_items::id.desc())
                .limit(limit(page))
                .offset(offset(page))
                .load(conn)
                .map_err(query("cannot list", "items"))?;
            Ok(Listing { total: count(total), items: views(conn, rows)? })
        })
    }

    /// One item; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::inventory`].
    pub fn item(&self, id: ItemId) -> Result<Option<ItemView>, StoreError> {
        self.ask(|conn| {
            let found: Option<ItemRow> = inventory_items::table
                .find(id.0)
                .first(conn)
                .optional()
                .map_err(query("cannot read item", id.to_string()))?;
            Ok(views(conn, found.into_iter().collect())?.pop())
        })
    }

    /// A scan's valuations, newest first.
    ///
    /// # Errors
    /// As for [`Reader::inventory`].
    pub fn price_history(&self, scan: &ScanId, limit: u32) -> Result<Vec<Valuation>, StoreError> {
        self.ask(|conn| {
            let rows: Vec<ValuationRow> = valuations::table
                .filter(valuations::scan_id.eq(scan.as_str()))
                .order((valuations::decided_at.desc(), valuations::id.desc()))
                .limit(i64::from(limit.min(Page::MAX_LIMIT)))
                .load(conn)
                .map_err(query("cannot list the valuations of scan", scan.as_str()))?;
            rows.into_iter().map(ValuationRow::into_valuation).collect()
        })
    }

    /// Items in stock whose price is to be looked for again: never priced, or last before `priced_before`, or last without
    /// a price and before `missing_before`. Never priced first, then oldest.
    ///
    /// # Errors
    /// As for [`Reader::inventory`].
    pub fn prices_due(
        &self,
        priced_before: Timestamp,
        missing_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<PriceDue>, StoreError> {
        self.ask(|conn| {
            let old = scans::priced_at.lt(priced_before.0);
            let missed =
                scans::priced_at.lt(missing_before.0).nullable().and(valuations::state.nullable().eq("missing"));
            let rows: Vec<(ItemRow, i64, String, Option<String>)> = inventory_items::table
                .inner_join(scans::table.inner_join(captures::table))
                .left_join(printings::table.on(printings::id.eq(inventory_items::printing_id)))
                .left_join(valuations::table.on(scans::valuation_id.eq(valuations::id.nullable())))
                .filter(inventory_items::state.eq("in_stock"))
                .filter(old.nullable().or(missed))
                .order((scans::priced_at, scans::id))
                .limit(i64::from(limit.min(Page::MAX_LIMIT)))
                .select((ItemRow::as_select(), scans::priced_at, captures::correlation, printings::language.nullable()))
                .load(conn)
                .map_err(query("cannot look for", "items whose price is old"))?;
            rows.into_iter().map(due).collect()
        })
    }
}

fn matching(filter: &ItemFilter) -> inventory_items::BoxedQuery<'_, MultiBackend> {
    let mut query = inventory_items::table.into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(inventory_items::state.eq(state.name()));
    }
    if let Some(printing) = &filter.printing {
        query = query.filter(inventory_items::printing_id.eq(printing.as_str()));
    }
    if let Some(batch) = &filter.batch {
        let these = scans::table.inner_join(captures::table).filter(captures::batch_id.eq(batch.as_str()));
        query = query.filter(inventory_items::scan_id.eq_any(these.select(scans::id)));
    }
    if let Some(text) = &filter.text {
        let text = text.to_lowercase();
        let named = printings::table
            .inner_join(card_sets::table)
            .filter(contains(printings::search, text.clone()).or(contains(card_sets::search, text.clone())))
            .select(printings::id);
        query = query.filter(
            contains(inventory_items::search, text)
                .or(inventory_items::printing_id.eq(filter.text.as_deref().unwrap_or_default()))
                .or(inventory_items::printing_id.eq_any(named)),
        );
    }
    query
}

fn due(
    (item, priced_at, correlation, language): (ItemRow, i64, String, Option<String>),
) -> Result<PriceDue, StoreError> {
    let id = item.id.to_string();
    let cells = Cells { table: "inventory_items", id: &id };
    Ok(PriceDue {
        scan: ScanId::new(item.scan_id),
        printing: PrintingId::new(item.printing_id),
        language: language.unwrap_or_else(|| "en".to_owned()),
        finish: cells.name("finish", &item.finish)?,
        edition: cells.name("edition", &item.edition)?,
        condition: cells.name("condition", &item.condition)?,
        decided_at: (priced_at != 0).then_some(Timestamp(priced_at)),
        correlation: CorrelationId::new(correlation),
    })
}

fn views(conn: &mut Conn, rows: Vec<ItemRow>) -> Result<Vec<ItemView>, StoreError> {
    let labels = Labels::of(conn, rows.iter().map(|row| row.printing_id.as_str()))?;
    let scans: Vec<(String, String, Option<i64>)> = scans::table
        .inner_join(captures::table)
        .filter(scans::id.eq_any(rows.iter().map(|row| row.scan_id.as_str())))
        .select((scans::id, captures::batch_id, scans::valuation_id))
        .load(conn)
        .map_err(query("cannot read the scans of", "items"))?;
    let prices = prices(conn, scans.iter().filter_map(|(_, _, valuation)| *valuation))?;
    let scans: BTreeMap<String, (String, Option<i64>)> =
        scans.into_iter().map(|(id, batch, valuation)| (id, (batch, valuation))).collect();
    let view = |row: ItemRow| {
        let id = row.id.to_string();
        let cells = Cells { table: "inventory_items", id: &id };
        let (batch, valuation) = scans.get(&row.scan_id).cloned().unwrap_or_default();
        let state = cells.name("state", &row.state)?;
        // The scan's price is that of what it is booked as now.
        let valuation = valuation.filter(|_| state != ItemState::Undone);
        Ok(ItemView {
            id: ItemId(row.id),
            scan: ScanId::new(row.scan_id),
            batch: BatchId::new(batch),
            printing: labels.get(&row.printing_id),
            finish: cells.name("finish", &row.finish)?,
            edition: cells.name("edition", &row.edition)?,
            condition: cells.name("condition", &row.condition)?,
            location: row.location,
            note: row.note,
            state,
            booked_at: Timestamp(row.booked_at),
            booked_by: row.booked_by,
            price: valuation.and_then(|id| prices.get(&id).cloned()),
        })
    };
    rows.into_iter().map(view).collect()
}
