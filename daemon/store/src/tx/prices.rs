//! Quotes and valuations: those of a commit, and those that come later.

use std::collections::{BTreeMap, BTreeSet};

use cardmint_domain::{Quote, ScanId, Valuation};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde_json::{Value, json};

use super::audit::Change;
use super::next_id;
use crate::conn::{MultiBackend, ROWS_AT_ONCE, insert_all};
use crate::error::not_found;
use crate::literals::item_counts;
use crate::names::check_text;
use crate::rows::{ItemRow, QuoteRow, ScanQuoteRow, ScanRow, ValuationRow, quote_digest};
use crate::schema::{captures, inventory_items, quotes, scan_quotes, scans, valuations};
use crate::{StoreError, Tx};

/// Quotes on their way in, each once, with the scans they are for.
pub(crate) struct NewQuotes<'a> {
    by_digest: BTreeMap<String, (&'a Quote, BTreeSet<&'a str>)>,
}

impl<'a> NewQuotes<'a> {
    pub(crate) fn new(scans: impl Iterator<Item = (&'a str, &'a [Quote])>) -> Result<Self, StoreError> {
        let mut by_digest: BTreeMap<String, (&Quote, BTreeSet<&str>)> = BTreeMap::new();
        for (scan, quotes) in scans {
            for quote in quotes {
                check_quote(quote)?;
                let entry = by_digest.entry(quote_digest(quote)?);
                entry.or_insert_with(|| (quote, BTreeSet::new())).1.insert(scan);
            }
        }
        Ok(Self { by_digest })
    }
}

fn check_quote(quote: &Quote) -> Result<(), StoreError> {
    let key = quote.key();
    let fixed = [&quote.source, &quote.upstream, &quote.region, &quote.source_ref, &quote.attribution, &quote.url];
    let more = [quote.raw_digest.as_str(), quote.printing.as_str(), quote.language.as_deref().unwrap_or_default()];
    fixed.into_iter().map(String::as_str).chain(more).try_for_each(|text| check_text("the quote", &key, text))
}

impl Tx<'_> {
    /// Adds a newer valuation and the quotes it was made from; earlier ones stay as history. The audit row is written by
    /// `who` at the valuation's own `decided_at`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unstorable`], [`StoreError::Query`].
    pub fn add_valuation(
        &mut self,
        scan: &ScanId,
        quotes: &[Quote],
        valuation: &Valuation,
        who: &str,
    ) -> Result<(), StoreError> {
        let before = self.scan_row(scan.as_str())?.ok_or_else(|| not_found("scan", scan))?;
        let row = ValuationRow::new(next_id!(self, valuations)?, &before.id, valuation)?;
        let quotes = NewQuotes::new(std::iter::once((scan.as_str(), quotes)))?;
        self.write_quotes(&before.id, &quotes)?;
        self.run("cannot write the valuation of scan", &before.id, |conn| {
            diesel::insert_into(valuations::table).values(&row).execute(conn)
        })?;
        self.choose_price(&before.id)?;
        let correlation = self.correlation_of(&before.capture_id)?;
        self.audit(&Change {
            at: valuation.decided_at,
            actor: who,
            action: "scan.value",
            subject: &before.id,
            before: before.valuation_id.map_or(Value::Null, |id| json!({ "valuation": id })),
            after: json!({
                "valuation": row.id, "state": row.state, "amount_minor": row.amount_minor, "currency": row.currency,
            }),
            correlation: Some(&correlation),
        })
    }

    /// Writes the quotes that are not there yet and ties all of them to their scans.
    pub(crate) fn write_quotes(&mut self, subject: &str, new: &NewQuotes<'_>) -> Result<(), StoreError> {
        if new.by_digest.is_empty() {
            return Ok(());
        }
        let mut ids = self.known_quotes(subject, new)?;
        let mut next = next_id!(self, quotes)?;
        let mut rows = Vec::new();
        for (digest, (quote, _)) in &new.by_digest {
            if !ids.contains_key(digest) {
                rows.push(QuoteRow::new(next, digest.clone(), quote)?);
                ids.insert(digest.clone(), next);
                next += 1;
            }
        }
        let ties: BTreeSet<ScanQuoteRow> = new
            .by_digest
            .iter()
            .filter_map(|(digest, (_, scans))| ids.get(digest).map(|id| (*id, scans)))
            .flat_map(|(quote_id, scans)| {
                scans.iter().map(move |scan| ScanQuoteRow { scan_id: (*scan).to_owned(), quote_id })
            })
            .collect();
        let ties = self.untied(subject, ties)?;
        self.run("cannot write the quotes of", subject, |conn| {
            insert_all!(conn, quotes::table, rows)?;
            insert_all!(conn, scan_quotes::table, ties)
        })
    }

    /// Identifiers of those quotes that are there already, by digest.
    fn known_quotes(&mut self, subject: &str, new: &NewQuotes<'_>) -> Result<BTreeMap<String, i64>, StoreError> {
        let digests: Vec<&String> = new.by_digest.keys().collect();
        let mut known = BTreeMap::new();
        for chunk in digests.chunks(ROWS_AT_ONCE) {
            let found: Vec<(String, i64)> = self.run("cannot look for the quotes of", subject, |conn| {
                let these = quotes::table.filter(quotes::digest.eq_any(chunk.iter().copied()));
                these.select((quotes::digest, quotes::id)).load(conn)
            })?;
            known.extend(found);
        }
        Ok(known)
    }

    /// Those ties that are not there yet.
    fn untied(&mut self, subject: &str, ties: BTreeSet<ScanQuoteRow>) -> Result<Vec<ScanQuoteRow>, StoreError> {
        let scans: BTreeSet<&str> = ties.iter().map(|tie| tie.scan_id.as_str()).collect();
        let tied: Vec<(String, i64)> = self.run("cannot look for the quotes of", subject, |conn| {
            let these = scan_quotes::table.filter(scan_quotes::scan_id.eq_any(scans));
            these.select((scan_quotes::scan_id, scan_quotes::quote_id)).load(conn)
        })?;
        let tied: BTreeSet<ScanQuoteRow> =
            tied.into_iter().map(|(scan_id, quote_id)| ScanQuoteRow { scan_id, quote_id }).collect();
        Ok(ties.into_iter().filter(|tie| !tied.contains(tie)).collect())
    }

    /// Points the scan to the newest valuation of what it is booked as; while it is not booked, to the newest of all.
    pub(crate) fn choose_price(&mut self, scan: &str) -> Result<(), StoreError> {
        let item: Option<ItemRow> = self.run("cannot look for the item of scan", scan, |conn| {
            use inventory_items::{scan_id, table};
            table.filter(scan_id.eq(scan)).filter(item_counts()).first(conn).optional()
        })?;
        let newest: Option<(i64, i64)> = self.run("cannot look for the valuations of scan", scan, |conn| {
            use valuations::{condition, decided_at, edition, finish, grade, id, printing_id, scan_id, table};
            let mut query = table.into_boxed::<MultiBackend>().filter(scan_id.eq(scan));
            if let Some(item) = &item {
                query = query.filter(printing_id.eq(&item.printing_id)).filter(finish.eq(&item.finish));
                query = query.filter(edition.eq(&item.edition)).filter(condition.eq(&item.condition));
                query = query.filter(grade.is_null());
            }
            query.order((decided_at.desc(), id.desc())).select((id, decided_at)).first(conn).optional()
        })?;
        let (valuation, at) = newest.map_or((None, 0), |(id, at)| (Some(id), at));
        self.run("cannot set the price of scan", scan, |conn| {
            let priced = (scans::valuation_id.eq(valuation), scans::priced_at.eq(at));
            diesel::update(scans::table.find(scan)).set(priced).execute(conn)
        })?;
        Ok(())
    }

    pub(crate) fn scan_row(&mut self, scan: &str) -> Result<Option<ScanRow>, StoreError> {
        self.run("cannot read scan", scan, |conn| scans::table.find(scan).first(conn).optional())
    }

    pub(crate) fn correlation_of(&mut self, capture: &str) -> Result<String, StoreError> {
        self.run("cannot read capture", capture, |conn| {
            captures::table.find(capture).select(captures::correlation).first(conn)
        })
    }
}
