//! Every number of the pricing rule, with its default. `docs` of each say what happens when it is passed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::factor::Factor;
use crate::{Condition, Currency};

/// What a raw card in each condition is worth as a part of a near-mint one, where no source quotes the condition itself.
/// The defaults are a judgement between two published practices (steps of 10 to 25 %; 1, .78, .58, .38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConditionFactors {
    /// Lightly played.
    #[serde(rename = "LP")]
    pub lightly_played: Factor,
    /// Moderately played.
    #[serde(rename = "MP")]
    pub moderately_played: Factor,
    /// Heavily played.
    #[serde(rename = "HP")]
    pub heavily_played: Factor,
    /// Damaged.
    #[serde(rename = "DMG")]
    pub damaged: Factor,
}

impl ConditionFactors {
    /// The factor of a condition; `None` for near mint, which quotes without a condition are taken to mean.
    #[must_use]
    pub const fn of(&self, condition: Condition) -> Option<Factor> {
        match condition {
            Condition::NearMint => None,
            Condition::LightlyPlayed => Some(self.lightly_played),
            Condition::ModeratelyPlayed => Some(self.moderately_played),
            Condition::HeavilyPlayed => Some(self.heavily_played),
            Condition::Damaged => Some(self.damaged),
        }
    }
}

impl Default for ConditionFactors {
    fn default() -> Self {
        Self {
            lightly_played: Factor::hundredths(85),
            moderately_played: Factor::hundredths(65),
            heavily_played: Factor::hundredths(45),
            damaged: Factor::hundredths(30),
        }
    }
}

/// Parameters of [`super::value`]. Amounts are minor units of the output currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Name of this set of numbers; stored with every valuation, so it must change when any of them does.
    pub version: String,
    /// The market that decides: `US`, `EU`, `JP`, `UK`.
    pub home_region: String,
    /// The currency of the result.
    pub output_currency: Currency,
    /// Age in seconds up to which a quote is fresh. 36 h: a daily file, and the time until it is fetched.
    pub fresh_secs: u32,
    /// Age in seconds up to which a quote counts half; an older one counts a quarter.
    pub stale_secs: u32,
    /// Age in seconds beyond which a quote is not used.
    pub hard_secs: u32,
    /// Two values no further apart than this agree.
    pub agree: Factor,
    /// Two values further apart than this are looked at by a person; one of many this far from the median is dropped.
    pub disagree_review: Factor,
    /// Two values further apart than this give no price.
    pub reject: Factor,
    /// A foreign value further off than this is remarked upon.
    pub foreign_review: Factor,
    /// A change since the last valuation by more than this is looked at.
    pub jump_review: Factor,
    /// Fewest sales behind a figure of sales.
    pub min_sold_sample: u32,
    /// Sales from which a single corroborated voice gives high confidence.
    pub deep_sold_sample: u32,
    /// From here on a value needs high confidence, or a person.
    pub high_value_minor: i64,
    /// Below this, disagreement and jumps are not worth a person's time.
    pub review_floor_minor: i64,
    /// Lowest score of the crosswalk, 0 to 1000.
    pub min_match: u16,
    /// For conditions that nobody quotes.
    pub condition_factors: ConditionFactors,
    /// Price sources, the preferred one first, where several publish the same upstream.
    pub source_priority: Vec<String>,
}

const SOURCE_PRIORITY: [&str; 12] = [
    "tcgcsv",
    "tcgplayer",
    "justtcg",
    "tcgdex",
    "scrydex",
    "pokemontcg",
    "ppt",
    "cardmarket",
    "pricecharting",
    "cardtrader",
    "scryfall",
    "ygoprodeck",
];

const HOUR_SECS: u32 = 3600;

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: "default-1".to_owned(),
            home_region: "US".to_owned(),
            output_currency: Currency::USD,
            fresh_secs: 36 * HOUR_SECS,
            stale_secs: 7 * 24 * HOUR_SECS,
            hard_secs: 30 * 24 * HOUR_SECS,
            agree: Factor::hundredths(125),
            disagree_review: Factor::hundredths(200),
            reject: Factor::hundredths(500),
            foreign_review: Factor::hundredths(300),
            jump_review: Factor::hundredths(200),
            min_sold_sample: 3,
            deep_sold_sample: 7,
            high_value_minor: 10_000,
            review_floor_minor: 500,
            min_match: 900,
            condition_factors: ConditionFactors::default(),
            source_priority: SOURCE_PRIORITY.map(str::to_owned).to_vec(),
        }
    }
}

/// Settings that contradict each other. The rule never panics on them, but its answers would make no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Limits in the wrong order.
    #[error("{smaller} must not be larger than {larger}")]
    Order {
        /// Name of the setting that must be the smaller one.
        smaller: &'static str,
        /// Name of the other.
        larger: &'static str,
    },
    /// A factor by which values may differ is at least 1.
    #[error("{name} is a ratio of the larger to the smaller value and must not be below 1")]
    BelowOne {
        /// Name of the setting.
        name: &'static str,
    },
    /// A step or limit that must be positive.
    #[error("{name} must be positive")]
    NotPositive {
        /// Name of the setting.
        name: &'static str,
    },
}

impl Policy {
    /// Every contradiction in these settings; empty when they make sense.
    #[must_use]
    pub fn problems(&self) -> Vec<PolicyError> {
        let mut problems = Vec::new();
        let ages = [("fresh_secs", self.fresh_secs), ("stale_secs", self.stale_secs), ("hard_secs", self.hard_secs)];
        for pair in ages.windows(2) {
            if let [(smaller, low), (larger, high)] = *pair
                && low > high
            {
                problems.push(PolicyError::Order { smaller, larger });
            }
        }
        let ratios = [("agree", self.agree), ("disagree_review", self.disagree_review), ("reject", self.reject)];
        for pair in ratios.windows(2) {
            if let [(smaller, low), (larger, high)] = *pair
                && low.exact() > high.exact()
            {
                problems.push(PolicyError::Order { smaller, larger });
            }
        }
        if self.foreign_review.exact() > self.reject.exact() {
            problems.push(PolicyError::Order { smaller: "foreign_review", larger: "reject" });
        }
        for (name, ratio) in
            [("agree", self.agree), ("foreign_review", self.foreign_review), ("jump_review", self.jump_review)]
        {
            if ratio.exact() < Factor::hundredths(100).exact() {
                problems.push(PolicyError::BelowOne { name });
            }
        }
        for (name, amount) in
            [("high_value_minor", self.high_value_minor), ("review_floor_minor", self.review_floor_minor)]
        {
            if amount <= 0 {
                problems.push(PolicyError::NotPositive { name });
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_make_sense_and_survive_being_written() {
        let policy = Policy::default();
        assert_eq!(policy.problems(), []);
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), policy);
        assert!(serde_json::from_str::<Policy>(r#"{"agre":"1.25"}"#).is_err());
    }

    #[test]
    fn every_contradiction_is_named() {
        let policy = Policy {
            fresh_secs: 10,
            stale_secs: 5,
            agree: Factor::hundredths(50),
            reject: Factor::hundredths(150),
            high_value_minor: 0,
            ..Policy::default()
        };
        let text: Vec<_> = policy.problems().iter().map(ToString::to_string).collect();
        assert_eq!(text.len(), 5, "{text:?}");
    }
}
