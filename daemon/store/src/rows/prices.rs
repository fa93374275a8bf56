//! Quotes and valuations.

use cardmint_domain::price::{PriceTarget, Quote, Valuation};
use cardmint_domain::{PrintingId, Timestamp};
use diesel::prelude::{Insertable, Queryable, Selectable};

use crate::StoreError;
use crate::names::{Cells, Name, to_json};
use crate::schema::{quotes, scan_quotes, valuations};
use crate::views::PriceView;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = quotes, treat_none_as_default_value = false)]
pub(crate) struct QuoteRow {
    pub(crate) id: i64,
    pub(crate) digest: String,
    pub(crate) source: String,
    pub(crate) upstream: String,
    pub(crate) region: String,
    pub(crate) source_ref: String,
    pub(crate) printing_id: String,
    pub(crate) match_score: i64,
    pub(crate) finish: String,
    pub(crate) edition: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) condition: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) kind: String,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    pub(crate) observed_at: i64,
    pub(crate) fetched_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) sample_size: Option<i64>,
    pub(crate) licence: String,
    pub(crate) attribution: String,
    pub(crate) url: String,
    pub(crate) flags: String,
    pub(crate) raw_digest: String,
}

/// Changes whenever the way of hashing changes, so that two ways never give one name.
const QUOTE_DOMAIN: &str = "cardmint store quote 1";

/// Names a quote by everything in it: the same quote for two scans is one row.
pub(crate) fn quote_digest(quote: &Quote) -> Result<String, StoreError> {
    let content = to_json("the quote", &quote.key(), quote)?;
    Ok(blake3::Hasher::new_derive_key(QUOTE_DOMAIN).update(content.as_bytes()).finalize().to_hex().to_string())
}

impl QuoteRow {
    pub(crate) fn new(id: i64, digest: String, quote: &Quote) -> Result<Self, StoreError> {
        let key = quote.key();
        Ok(Self {
            id,
            digest,
            source: quote.source.clone(),
            upstream: quote.upstream.clone(),
            region: quote.region.clone(),
            source_ref: quote.source_ref.clone(),
            printing_id: quote.printing.as_str().to_owned(),
            match_score: i64::from(quote.match_score),
            finish: quote.finish.name().to_owned(),
            edition: quote.edition.map(|edition| edition.name().to_owned()),
            language: quote.language.clone(),
            condition: quote.condition.map(|condition| condition.name().to_owned()),
            grade: quote.grade.as_ref().map(|grade| to_json("the grade", &key, grade)).transpose()?,
            kind: quote.kind.name().to_owned(),
            amount_minor: quote.amount.amount_minor,
            currency: quote.amount.currency.as_str().to_owned(),
            observed_at: quote.observed_at.0,
            fetched_at: quote.fetched_at.0,
            expires_at: quote.expires_at.0,
            sample_size: quote.sample_size.map(i64::from),
            licence: quote.licence.name().to_owned(),
            attribution: quote.attribution.clone(),
            url: quote.url.clone(),
            flags: to_json("the flags", &key, &quote.flags)?,
            raw_digest: quote.raw_digest.clone(),
        })
    }

    pub(crate) fn into_quote(self) -> Result<Quote, StoreError> {
        let id = self.id.to_string();
        let cells = Cells { table: "quotes", id: &id };
        Ok(Quote {
            printing: PrintingId::new(self.printing_id),
            match_score: cells.number("match_score", self.match_score)?,
            finish: cells.name("finish", &self.finish)?,
            edition: cells.name_opt("edition", self.edition.as_deref())?,
            condition: cells.name_opt("condition", self.condition.as_deref())?,
            grade: self.grade.as_deref().map(|grade| cells.json("grade", grade)).transpose()?,
            kind: cells.name("kind", &self.kind)?,
            amount: cells.money(self.amount_minor, &self.currency)?,
            observed_at: Timestamp(self.observed_at),
            fetched_at: Timestamp(self.fetched_at),
            expires_at: Timestamp(self.expires_at),
            sample_size: self.sample_size.map(|size| cells.number("sample_size", size)).transpose()?,
            licence: cells.name("licence", &self.licence)?,
            flags: cells.json("flags", &self.flags)?,
            source: self.source,
            upstream: self.upstream,
            region: self.region,
            source_ref: self.source_ref,
            language: self.language,
            attribution: self.attribution,
            url: self.url,
            raw_digest: self.raw_digest,
        })
    }
}

/// A quote that was on the table for a scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Insertable)]
#[diesel(table_name = scan_quotes)]
pub(crate) struct ScanQuoteRow {
    pub(crate) scan_id: String,
    pub(crate) quote_id: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = valuations, treat_none_as_default_value = false)]
pub(crate) struct ValuationRow {
    pub(crate) id: i64,
    pub(crate) scan_id: String,
    pub(crate) printing_id: String,
    pub(crate) finish: String,
    pub(crate) edition: String,
    pub(crate) language: String,
    pub(crate) condition: String,
    pub(crate) grade: Option<String>,
    pub(crate) state: String,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) confidence: String,
    pub(crate) flags: String,
    pub(crate) used: String,
    pub(crate) rejected: String,
    pub(crate) review: Option<String>,
    pub(crate) policy: String,
    pub(crate) decided_at: i64,
}

impl ValuationRow {
    pub(crate) fn new(id: i64, scan: &str, valuation: &Valuation) -> Result<Self, StoreError> {
        let target = &valuation.target;
        Ok(Self {
            id,
            scan_id: scan.to_owned(),
            printing_id: target.printing.as_str().to_owned(),
            finish: target.finish.name().to_owned(),
            edition: target.edition.name().to_owned(),
            language: target.language.clone(),
            condition: target.condition.name().to_owned(),
            grade: target.grade.as_ref().map(|grade| to_json("the grade", scan, grade)).transpose()?,
            state: valuation.state.name().to_owned(),
            amount_minor: valuation.amount.map(|amount| amount.amount_minor),
            currency: valuation.amount.map(|amount| amount.currency.as_str().to_owned()),
            confidence: valuation.confidence.name().to_owned(),
            flags: to_json("the flags", scan, &valuation.flags)?,
            used: to_json("the quotes used", scan, &valuation.used)?,
            rejected: to_json("the quotes refused", scan, &valuation.rejected)?,
            review: valuation.review.clone(),
            policy: valuation.policy.clone(),
            decided_at: valuation.decided_at.0,
        })
    }

    pub(crate) fn price(&self) -> Result<PriceView, StoreError> {
        let id = self.id.to_string();
        let cells = Cells { table: "valuations", id: &id };
        let amount = match (self.amount_minor, self.currency.as_deref()) {
            (Some(amount), Some(currency)) => Some(cells.money(amount, currency)?),
            _ => None,
        };
        Ok(PriceView {
            state: cells.name("state", &self.state)?,
            amount,
            confidence: cells.name("confidence", &self.confidence)?,
            decided_at: Timestamp(self.decided_at),
        })
    }

    pub(crate) fn into_valuation(self) -> Result<Valuation, StoreError> {
        let price = self.price()?;
        let id = self.id.to_string();
        let cells = Cells { table: "valuations", id: &id };
        Ok(Valuation {
            target: PriceTarget {
                printing: PrintingId::new(self.printing_id),
                finish: cells.name("finish", &self.finish)?,
                edition: cells.name("edition", &self.edition)?,
                language: self.language,
                condition: cells.name("condition", &self.condition)?,
                grade: self.grade.as_deref().map(|grade| cells.json("grade", grade)).transpose()?,
            },
            state: price.state,
            amount: price.amount,
            confidence: price.confidence,
            flags: cells.json("flags", &self.flags)?,
            used: cells.json("used", &self.used)?,
            rejected: cells.json("rejected", &self.rejected)?,
            review: self.review,
            policy: self.policy,
            decided_at: price.decided_at,
        })
    }
}
