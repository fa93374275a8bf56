//! The catalogue.

use cardmint_domain::{CardSet, Printing, PrintingId};

use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

use super::{Reader, contains, count};
use crate::conn::MultiBackend;
use crate::error::query;
use crate::rows::{ImportRow, LabelRow, PrintingRow, SetRow, label};
use crate::schema::{card_sets, catalogue_imports, printings};
use crate::views::{CatalogueStatus, PrintingLabel};
use crate::{Page, StoreError};

/// Words beyond these do not narrow a search any more.
const SEARCH_WORDS: usize = 10;

impl Reader {
    /// All sets, by identifier.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn sets(&self) -> Result<Vec<CardSet>, StoreError> {
        self.ask(|conn| {
            let rows: Vec<SetRow> =
                card_sets::table.order(card_sets::id).load(conn).map_err(query("cannot list", "sets"))?;
            rows.into_iter().map(SetRow::into_set).collect()
        })
    }

    /// All printings, by identifier.
    ///
    /// # Errors
    /// As for [`Reader::sets`].
    pub fn printings(&self) -> Result<Vec<Printing>, StoreError> {
        let mut all = self.ask(|conn| {
            let rows = printings::table
                .select(PrintingRow::as_select())
                .load_iter(conn)
                .map_err(query("cannot list", "printings"))?;
            let printing = |row: diesel::QueryResult<PrintingRow>| {
                row.map_err(query("cannot list", "printings")).and_then(PrintingRow::into_printing)
            };
            rows.map(printing).collect::<Result<Vec<_>, _>>()
        })?;
        // Cheaper here than in the database, which would fetch the rows in an order that is not theirs.
        all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(all)
    }

    /// One printing; `None` when there is none.
    ///
    /// # Errors
    /// As for [`Reader::sets`].
    pub fn printing(&self, id: &PrintingId) -> Result<Option<Printing>, StoreError> {
        self.ask(|conn| {
            let row: Option<PrintingRow> = printings::table
                .find(id.as_str())
                .select(PrintingRow::as_select())
                .first(conn)
                .optional()
                .map_err(query("cannot read printing", id.as_str()))?;
            row.map(PrintingRow::into_printing).transpose()
        })
    }

    /// Printings whose name, set or number holds every word of `text`, in any case; at most `limit`.
    ///
    /// # Errors
    /// As for [`Reader::sets`].
    pub fn find_printings(&self, text: &str, limit: u32) -> Result<Vec<PrintingLabel>, StoreError> {
        let text = text.to_lowercase();
        self.ask(|conn| {
            let mut found = printings::table
                .inner_join(card_sets::table)
                .select((printings::id, printings::name, printings::set_id, printings::number, card_sets::name))
                .order(printings::id)
                .limit(i64::from(limit.min(Page::MAX_LIMIT)))
                .into_boxed::<MultiBackend>();
            for word in text.split_whitespace().take(SEARCH_WORDS) {
                let own = contains(printings::search, word.to_owned());
                found = found.filter(own.or(contains(card_sets::search, word.to_owned())));
            }
            let rows: Vec<LabelRow> = found.load(conn).map_err(query("cannot search", "the catalogue"))?;
            Ok(rows.into_iter().map(label).collect())
        })
    }

    /// What the catalogue holds and where it comes from.
    ///
    /// # Errors
    /// As for [`Reader::sets`].
    pub fn catalogue_status(&self) -> Result<CatalogueStatus, StoreError> {
        self.ask(|conn| {
            let asking = || query("cannot read the state of", "the catalogue");
            let sets: i64 = card_sets::table.count().get_result(conn).map_err(asking())?;
            let printings: i64 = printings::table.count().get_result(conn).map_err(asking())?;
            let last: Option<ImportRow> =
                catalogue_imports::table.order(catalogue_imports::id.desc()).first(conn).optional().map_err(asking())?;
            let last_import = last.map(ImportRow::view).transpose()?;
            Ok(CatalogueStatus { sets: count(sets), printings: count(printings), last_import })
        })
    }
}
