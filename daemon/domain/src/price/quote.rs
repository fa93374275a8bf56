//! One number, from one source, for one exact thing, at one time.

use serde::{Deserialize, Serialize};

use crate::{Condition, Edition, Finish, Money, PrintingId, Timestamp};

macro_rules! snake_names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value's name as the database, the plugins and the API spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value with this name, if there is one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

snake_names! {
    /// What kind of number a quote is.
    PriceKind {
        /// A marketplace's own figure for recent sales.
        Market = "market",
        /// Median of sales.
        SoldMedian = "sold_median",
        /// Mean of sales.
        SoldAvg = "sold_avg",
        /// A marketplace's own trend.
        Trend = "trend",
        /// Mean over one day.
        Avg1d = "avg_1d",
        /// Mean over seven days.
        Avg7d = "avg_7d",
        /// Mean over thirty days.
        Avg30d = "avg_30d",
        /// A publisher's own model.
        Estimate = "estimate",
        /// Median of what is asked.
        MidAsk = "mid_ask",
        /// Lowest that is asked.
        LowAsk = "low_ask",
        /// Highest that is asked: parked prices, never used.
        HighAsk = "high_ask",
        /// Lowest of the marketplace's own stock: never used.
        DirectLow = "direct_low",
        /// What a shop pays: never used.
        Buylist = "buylist",
    }
}

snake_names! {
    /// What may be done with a quote.
    Licence {
        /// Anything.
        Open = "open",
        /// The operator's own use.
        OwnUse = "own_use",
        /// Not to be handed on.
        NoRedistribution = "no_redistribution",
        /// To be shown on its own, never combined with others.
        DisplayOnly = "display_only",
    }
}

/// A grading company's verdict. Never interpolated, never mixed with raw prices.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// One quote. The source's own currency is kept; nothing is converted before the rule does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The plugin it came through, for example `tcgcsv`.
    pub source: String,
    /// Who made the price, for example `tcgplayer`. One upstream and region is one voice.
    pub upstream: String,
    /// The market it was made in: `US`, `EU`, `JP`, `UK`.
    pub region: String,
    /// The source's own key, so that the answer can be looked up again.
    pub source_ref: String,
    /// What is priced, by the daemon's own crosswalk.
    pub printing: PrintingId,
    /// How sure that crosswalk is, 0 to 1000.
    pub match_score: u16,
    /// The finish that is priced.
    pub finish: Finish,
    /// The edition that is priced; `None` where the source does not distinguish.
    pub edition: Option<Edition>,
    /// BCP 47; `None` where the source does not say.
    pub language: Option<String>,
    /// `None` means whatever was sold. Never together with a grade.
    pub condition: Option<Condition>,
    /// Graded cards only.
    pub grade: Option<Grade>,
    /// What kind of number it is.
    pub kind: PriceKind,
    /// The number.
    pub amount: Money,
    /// When the source made it.
    pub observed_at: Timestamp,
    /// When we fetched it.
    pub fetched_at: Timestamp,
    /// Until when it may be used without asking again.
    pub expires_at: Timestamp,
    /// Number of sales or offers behind it.
    pub sample_size: Option<u32>,
    /// What may be done with it.
    pub licence: Licence,
    /// What must be shown with it; empty for nothing.
    pub attribution: String,
    /// Where it can be seen; empty for nowhere.
    pub url: String,
    /// Doubts such as `time_unknown`.
    pub flags: Vec<String>,
    /// Digest of the raw row it was made from, so that a decision can be audited.
    pub raw_digest: String,
}

impl Quote {
    /// Names this quote among all quotes of one target: `source:source_ref:kind`. The kind is part of it because a
    /// source gives several numbers under one reference.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}:{}", self.source, self.source_ref, self.kind.as_str())
    }
}
