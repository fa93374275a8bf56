//! The one value made from all quotes, with everything that explains it.

use serde::{Deserialize, Serialize};

use super::Grade;
use crate::{Condition, Currency, Edition, Finish, Money, PrintingId, Timestamp};

/// Exactly what is to be priced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PriceTarget {
    /// Which printing.
    pub printing: PrintingId,
    /// In which finish.
    pub finish: Finish,
    /// In which edition.
    pub edition: Edition,
    /// BCP 47.
    pub language: String,
    /// Raw cards.
    pub condition: Condition,
    /// Graded cards.
    pub grade: Option<Grade>,
}

/// A day's exchange rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FxRate {
    /// One unit of this currency ...
    pub from: Currency,
    /// ... is `rate` of this one.
    pub to: Currency,
    /// Decimal number as published.
    pub rate: String,
    /// The day it was published for, `YYYY-MM-DD`.
    pub date: String,
}

/// How much the value can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// There is no price.
    None,
    /// Stale, asks only, a jump, or a foreign price that disagrees.
    Low,
    /// One fresh voice, an estimated condition, or a mild disagreement.
    Medium,
    /// Two independent voices agree, or one deep and corroborated one.
    High,
}

/// Whether there is a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValuationState {
    /// From quotes of the last 36 hours.
    Fresh,
    /// From older quotes.
    Stale,
    /// No price: nobody quotes it, or the quotes cannot be reconciled.
    Missing,
}

/// A quote that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Its [`Quote::key`](super::Quote::key).
    pub quote: String,
    /// Stable reason such as `other_finish` or `same_upstream`.
    pub why: String,
}

/// What a target is worth, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valuation {
    /// What was priced.
    pub target: PriceTarget,
    /// Whether there is a price.
    pub state: ValuationState,
    /// The price; `None` exactly when the state is `Missing`.
    pub amount: Option<Money>,
    /// How much it can be trusted.
    pub confidence: Confidence,
    /// Remarks such as `est_condition`, sorted.
    pub flags: Vec<String>,
    /// [`Quote::key`](super::Quote::key) of the quotes that made the price, the lowest first.
    pub used: Vec<String>,
    /// Quotes that may not or need not speak, each with its reason. Foreign quotes that only checked the price stand in
    /// neither list; when one of them objects, a flag says so.
    pub rejected: Vec<Rejected>,
    /// Why a person must look; `None` when nobody must.
    pub review: Option<String>,
    /// Version of the rule and name of its parameters, for example `rule-1/default-1`.
    pub policy: String,
    /// When it was decided.
    pub decided_at: Timestamp,
}
