//! How closed sets of values and nested values are spelt in columns, and how they are read back.
//!
//! Guarantee: what is read was written by this program, or the answer is [`StoreError::Corrupt`] with table, row and
//! column.

use cardmint_domain::price::{Confidence, Licence, PriceKind, ValuationState};
use cardmint_domain::route::Stage;
use cardmint_domain::{CaptureState, Condition, Currency, Edition, Finish, Money};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::views::{AttemptEnd, DeadLetterState, ItemState, ReviewStatus, ScanOutcome};

/// A value out of a closed set, spelt as a word.
pub(crate) trait Name: Copy {
    fn name(self) -> &'static str;
    fn read(text: &str) -> Option<Self>;
}

macro_rules! named_already {
    ($($name:ident),+) => {$(
        impl Name for $name {
            fn name(self) -> &'static str {
                self.as_str()
            }

            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    )+};
}

macro_rules! names {
    ($($name:ident { $($variant:ident = $text:literal),+ $(,)? })+) => {$(
        impl Name for $name {
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn read(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

named_already!(CaptureState, Condition, Edition, Finish, Licence, PriceKind);

names! {
    AttemptEnd {
        Committed = "committed", GivenBack = "given_back", Released = "released", Dead = "dead",
        LeasePassed = "lease_passed",
    }
    Confidence { None = "none", Low = "low", Medium = "medium", High = "high" }
    DeadLetterState { Open = "open", Retried = "retried", Discarded = "discarded" }
    ItemState { InStock = "in_stock", Removed = "removed", Undone = "undone" }
    ReviewStatus { Open = "open", Accepted = "accepted", Corrected = "corrected", Rejected = "rejected" }
    ScanOutcome { Booked = "booked", Review = "review", Rejected = "rejected" }
    Stage { Ocr = "ocr", Matcher = "matcher", Pricing = "pricing", Storage = "storage" }
    ValuationState { Fresh = "fresh", Stale = "stale", Missing = "missing" }
}

/// Longest value that an error repeats.
const SHOWN_CHARS: usize = 80;

/// A row while its columns are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) table: &'static str,
    pub(crate) id: &'a str,
}

impl Cells<'_> {
    pub(crate) fn corrupt(&self, column: &'static str, value: &str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            id: self.id.to_owned(),
            column,
            value: value.chars().take(SHOWN_CHARS).collect(),
        }
    }

    pub(crate) fn name<T: Name>(&self, column: &'static str, value: &str) -> Result<T, StoreError> {
        T::read(value).ok_or_else(|| self.corrupt(column, value))
    }

    pub(crate) fn name_opt<T: Name>(&self, column: &'static str, value: Option<&str>) -> Result<Option<T>, StoreError> {
        value.map(|value| self.name(column, value)).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str, value: &str) -> Result<T, StoreError> {
        serde_json::from_str(value).map_err(|_| self.corrupt(column, value))
    }

    pub(crate) fn number<T: TryFrom<i64>>(&self, column: &'static str, value: i64) -> Result<T, StoreError> {
        T::try_from(value).map_err(|_| self.corrupt(column, &value.to_string()))
    }

    pub(crate) fn money(&self, amount_minor: i64, currency: &str) -> Result<Money, StoreError> {
        let currency = Currency::parse(currency).map_err(|_| self.corrupt("currency", currency))?;
        Ok(Money { amount_minor, currency })
    }
}

/// A nested value as the text of a column.
pub(crate) fn to_json(what: &'static str, subject: &str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| unstorable(what, subject, error.to_string()))
}

/// A count as both databases hold it.
pub(crate) fn to_i64(what: &'static str, subject: &str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| unstorable(what, subject, format!("{value} is larger than any 64-bit integer")))
}

/// Refuses the one character that PostgreSQL's text cannot hold, so that both databases refuse the same.
pub(crate) fn check_text(what: &'static str, subject: &str, text: &str) -> Result<(), StoreError> {
    if text.contains('\0') {
        return Err(unstorable(what, subject, "it holds a NUL character".to_owned()));
    }
    Ok(())
}

pub(crate) fn unstorable(what: &'static str, subject: &str, why: String) -> StoreError {
    StoreError::Unstorable { what, subject: subject.to_owned(), why }
}

/// What a search compares with: small letters, on both databases the same.
pub(crate) fn searchable<'t>(words: impl IntoIterator<Item = &'t str>) -> String {
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join("\n").to_lowercase()
}

/// Longest text that is searched for.
const SEARCH_CHARS: usize = 100;

/// The pattern for "holds this text", for `LIKE ... ESCAPE '\'`.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().filter(|c| *c != '\0').take(SEARCH_CHARS) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
