//! One number from one source, and the reasons for having none.

use serde::{Deserialize, Serialize};

/// A grading company's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Grade {
    /// The company, or `ANY` where the source pools them.
    pub company: String,
    /// The grade in tenths: 95 is 9.5.
    pub value_tenths: u8,
    /// A label such as `Black Label`.
    pub label: Option<String>,
    /// A qualifier such as `OC`.
    pub qualifier: Option<String>,
}

/// One quote as the source states it. The daemon adds which source, when fetched and until when it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Quote {
    /// [`crate::PrintingQuery::printing`], unchanged.
    pub printing: String,
    /// The source's own key, replayable: `9900107:Holofoil`.
    pub source_ref: String,
    /// Who made the price; one of the manifest's upstreams.
    pub upstream: String,
    /// The market: `US`, `EU`, `JP`, `UK`.
    pub region: String,
    /// How the printing was found, 0 to 1000: crosswalk 990, set+number+name 950, set+number 900, name alone at most 600.
    pub match_score: u16,
    /// `normal`, `holo` or `reverse`.
    pub finish: String,
    /// `unlimited`, `first` or `shadowless`; `None` where the source does not distinguish.
    pub edition: Option<String>,
    /// BCP 47; `None` where the source does not say.
    pub language: Option<String>,
    /// `NM`, `LP`, `MP`, `HP` or `DMG`; `None` means whatever was sold. Never together with a grade.
    pub condition: Option<String>,
    /// Graded cards only.
    pub grade: Option<Grade>,
    /// `market`, `sold_median`, `sold_avg`, `trend`, `avg_1d`, `avg_7d`, `avg_30d`, `estimate`, `mid_ask`, `low_ask`,
    /// `high_ask`, `direct_low` or `buylist`.
    pub kind: String,
    /// The number in minor units of the currency; more than 0.
    pub amount_minor: i64,
    /// ISO 4217, the source's own: nothing is converted.
    pub currency: String,
    /// When the source made it, milliseconds since 1970 UTC; `None` where it does not say.
    pub observed_at_ms: Option<i64>,
    /// Sales or offers behind it.
    pub sample_size: Option<u32>,
    /// Whether shipping is in it; `None` where the source does not say.
    pub shipping_included: Option<bool>,
    /// Where it can be seen; empty for nowhere.
    pub url: String,
    /// Doubts such as `presale`.
    pub flags: Vec<String>,
    /// The raw row it was made from, as it came. The daemon keeps its digest.
    pub raw: String,
    /// [`crate::HttpRequest::id`] of the request whose answer held it; 0 for none in particular.
    pub request: u32,
}

/// Why there is no quote where one might be expected. No price is an answer, not an error, and never overwrites one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct NoQuote {
    /// Which printing; empty where the row could not be tied to one.
    pub printing: String,
    /// The source's own key, where there is one.
    pub source_ref: String,
    /// Which kind of number is missing; `None` for all.
    pub kind: Option<String>,
    /// Stable reason; see the constants of [`NoQuote`].
    pub reason: String,
    /// More for people, for example the label that could not be read.
    pub detail: String,
}

impl NoQuote {
    /// The source does not cover this game, language or set.
    pub const NOT_COVERED: &'static str = "not_covered";
    /// The source covers the set but does not list the printing.
    pub const NOT_LISTED: &'static str = "not_listed";
    /// The source lists it and gives null, zero or nothing.
    pub const NULL_PRICE: &'static str = "null_price";
    /// The number is not a decimal number.
    pub const BAD_PRICE: &'static str = "bad_price";
    /// The finish has a label this plugin does not know.
    pub const UNMAPPED_FINISH: &'static str = "unmapped_finish";
    /// Several sets or products fit and nothing decides between them.
    pub const AMBIGUOUS: &'static str = "ambiguous";
    /// The only product found is a stamped or otherwise different one.
    pub const OTHER_VARIANT: &'static str = "other_variant";
    /// Number and name point to different cards, or the crosswalk to another product.
    pub const CONTRADICTION: &'static str = "contradiction";
}
