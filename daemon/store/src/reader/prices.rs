//! What is known about a printing's prices (asked for by the pricing stage of the daemon).

use cardmint_domain::price::PriceTarget;
use cardmint_domain::{Money, PrintingId, Quote, Timestamp};

use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::Reader;
use crate::StoreError;
use crate::conn::MultiBackend;
use crate::error::query;
use crate::names::{Name, to_json};
use crate::rows::{QuoteRow, ValuationRow};
use crate::schema::{quotes, valuations};

/// Most quotes that one answer gives.
const QUOTES_GIVEN: i64 = 200;

impl Reader {
    /// Quotes of this printing that were fetched at `fetched_since` or later, newest first; at most 200.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn quotes_of(&self, printing: &PrintingId, fetched_since: Timestamp) -> Result<Vec<Quote>, StoreError> {
        self.ask(|conn| {
            let rows: Vec<QuoteRow> = quotes::table
                .filter(quotes::printing_id.eq(printing.as_str()).and(quotes::fetched_at.ge(fetched_since.0)))
                .order((quotes::fetched_at.desc(), quotes::id.desc()))
                .limit(QUOTES_GIVEN)
                .load(conn)
                .map_err(query("cannot list the quotes of printing", printing.as_str()))?;
            rows.into_iter().map(QuoteRow::into_quote).collect()
        })
    }

    /// The amount of the newest valuation of exactly this target that had one, of any scan.
    ///
    /// # Errors
    /// As for [`Reader::quotes_of`].
    pub fn last_value(&self, target: &PriceTarget) -> Result<Option<Money>, StoreError> {
        let printing = target.printing.as_str();
        let grade = target.grade.as_ref().map(|grade| to_json("the grade", printing, grade)).transpose()?;
        self.ask(|conn| {
            let mut these = valuations::table
                .into_boxed::<MultiBackend>()
                .filter(valuations::printing_id.eq(printing))
                .filter(valuations::finish.eq(target.finish.name()))
                .filter(valuations::edition.eq(target.edition.name()))
                .filter(valuations::language.eq(&target.language))
                .filter(valuations::condition.eq(target.condition.name()))
                .filter(valuations::amount_minor.is_not_null());
            these = match &grade {
                Some(grade) => these.filter(valuations::grade.eq(grade)),
                None => these.filter(valuations::grade.is_null()),
            };
            let row: Option<ValuationRow> = these
                .order((valuations::decided_at.desc(), valuations::id.desc()))
                .first(conn)
                .optional()
                .map_err(query("cannot look for the last value of printing", printing))?;
            Ok(row.map(|row| row.price()).transpose()?.and_then(|price| price.amount))
        })
    }
}
