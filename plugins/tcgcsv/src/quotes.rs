//! From price rows to quotes: five kinds of number for each finish, exact, and a reason wherever there is none.

use cardmint_plugin_api::{
    Answer, NoQuote, PrintingQuery, Quote,
    amount::{NoAmount, minor_units},
};

use crate::{
    find::FoundProduct,
    parse::{self, PriceRow, Product},
    request,
};

/// What all quotes of one printing have in common.
pub(crate) struct Pricing<'a> {
    pub(crate) printing: &'a PrintingQuery,
    pub(crate) found: &'a FoundProduct<'a>,
    /// Language of the category.
    pub(crate) language: &'static str,
    /// When the files were made.
    pub(crate) observed_at_ms: Option<i64>,
    /// The request that brought the prices.
    pub(crate) request: u32,
}

impl Pricing<'_> {
    fn product(&self) -> &Product {
        self.found.product
    }

    /// Turns the product's price rows into quotes, and what gives none into reasons.
    pub(crate) fn quote_rows(&self, rows: &[&PriceRow<'_>], into: &mut Answer) {
        if rows.is_empty() {
            into.no_quotes.push(self.none(self.product().product_id.to_string(), NoQuote::NULL_PRICE, "no price row"));
        }
        for row in rows {
            let source_ref = format!("{}:{}", row.product_id, row.label);
            match parse::finish(&row.label) {
                None => into.no_quotes.push(self.none(source_ref, NoQuote::UNMAPPED_FINISH, &row.label)),
                Some((finish, _)) if !self.wants(finish) => {}
                Some((finish, edition)) => self.quote_row(row, &source_ref, finish, edition, into),
            }
        }
    }

    fn wants(&self, finish: &str) -> bool {
        self.printing.finishes.is_empty() || self.printing.finishes.iter().any(|wanted| wanted == finish)
    }

    fn quote_row(&self, row: &PriceRow<'_>, source_ref: &str, finish: &str, edition: Option<&str>, into: &mut Answer) {
        let edition = edition.map(str::to_owned).or_else(|| self.found.edition.clone());
        for (kind, token) in row.numbers {
            let amount = token.map_or(Err(NoAmount::Absent), |token| minor_units(token, request::EXPONENT));
            let reason = match amount {
                Ok(amount_minor) => {
                    let quote = Quote {
                        kind: kind.to_owned(),
                        amount_minor,
                        ..self.template(row, source_ref, finish, &edition)
                    };
                    into.quotes.push(Quote { shipping_included: (kind == "low_ask").then_some(false), ..quote });
                    continue;
                }
                Err(NoAmount::Absent) => NoQuote::NULL_PRICE,
                Err(NoAmount::Bad) => NoQuote::BAD_PRICE,
            };
            let none = self.none(source_ref.to_owned(), reason, token.unwrap_or("null"));
            into.no_quotes.push(NoQuote { kind: Some(kind.to_owned()), ..none });
        }
    }

    fn template(&self, row: &PriceRow<'_>, source_ref: &str, finish: &str, edition: &Option<String>) -> Quote {
        Quote {
            printing: self.printing.printing.clone(),
            source_ref: source_ref.to_owned(),
            upstream: request::UPSTREAM.to_owned(),
            region: "US".to_owned(),
            match_score: self.found.match_score,
            finish: finish.to_owned(),
            edition: edition.clone(),
            language: Some(self.language.to_owned()),
            currency: request::CURRENCY.to_owned(),
            observed_at_ms: self.observed_at_ms,
            url: self.product().url.clone().unwrap_or_default(),
            flags: if self.product().is_presale() { vec!["presale".to_owned()] } else { Vec::new() },
            raw: row.raw.to_owned(),
            request: self.request,
            ..Quote::default()
        }
    }

    fn none(&self, source_ref: String, reason: &str, detail: &str) -> NoQuote {
        NoQuote {
            printing: self.printing.printing.clone(),
            source_ref,
            kind: None,
            reason: reason.to_owned(),
            detail: detail.to_owned(),
        }
    }
}
