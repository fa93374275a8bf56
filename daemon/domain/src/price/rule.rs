//! From many quotes to one value.
//!
//! In order: quotes that are not for exactly this target, or not usable, are refused with a reason; of every maker of
//! prices in every market one quote speaks; its condition is estimated and its currency converted where it must be; the
//! home market's voices are combined; foreign voices and the last value are held against the result; confidence
//! follows from what was remarked on the way. The reasons and remarks are stable names and are stored.
//!
//! Guarantee: exact fractions throughout and one rounding, half up, at the end. The order of the quotes does not
//! matter, and a quote without a price changes nothing but the list of refusals. No input makes it panic.
//!
//! Deliberately absent: a price from one grade for another or from raw for graded, a guess for a missing exchange rate,
//! and a compromise between voices that cannot both be right: then there is no price, and a person looks.

use std::collections::BTreeSet;

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::combine::Combined;
use super::policy::Policy;
use super::quote::Quote;
use super::valuation::{Confidence, FxRate, PriceTarget, Rejected, Valuation, ValuationState};
use super::voice::{Basis, Voice, Voices, ratio, whole};
use crate::{Money, Timestamp};

/// Version of the rule itself, as against its parameters. Stored with every valuation.
const RULE: &str = "rule-1";

/// Remarks that forbid high confidence.
const DOUBTS: [&str; 7] =
    ["asks_only", "cross_region", "est_condition", "foreign_mismatch", "price_jump", "sources_disagree", "stale"];
/// Those of them that forbid medium confidence too.
const GRAVE_DOUBTS: [&str; 4] = ["asks_only", "foreign_mismatch", "price_jump", "stale"];

/// Decides what `target` is worth. `last_value` is the stored value that would be replaced; it is looked at only when it
/// is in the policy's currency.
#[must_use]
pub fn value(
    target: &PriceTarget,
    quotes: &[Quote],
    fx: &[FxRate],
    last_value: Option<Money>,
    policy: &Policy,
    now: Timestamp,
) -> Valuation {
    let basis = Basis { target, fx, policy, now };
    let Voices { home, foreign, mut rejected } = basis.voices(quotes);
    let at_home = !home.is_empty();
    let Some(combined) = basis.combine(if at_home { home } else { foreign.clone() }) else {
        return basis.no_price("no_usable_quote", "no_price", rejected);
    };
    let Combined { value, used, rejected: more, mut flags, mut review } = combined;
    rejected.extend(more);
    let Some(value) = value else { return basis.no_price("irreconcilable", "irreconcilable", rejected) };
    // Every voice is in range, and no combination leaves the range of the voices.
    let Some(amount_minor) = half_up(&value).to_i64() else {
        return basis.no_price("no_usable_quote", "no_price", rejected);
    };
    used.iter().for_each(|voice| flags.extend(&voice.flags));
    if at_home {
        basis.hold_against_foreign(&value, &foreign, &mut flags, &mut review);
    }
    basis.hold_against_last(&value, last_value, &mut flags, &mut review);
    let confidence = basis.confidence(&flags, &used);
    if amount_minor >= policy.high_value_minor && confidence != Confidence::High {
        review.get_or_insert("high_value");
    }
    let state = if flags.contains("stale") { ValuationState::Stale } else { ValuationState::Fresh };
    let amount = Money { amount_minor, currency: policy.output_currency };
    Valuation {
        state,
        amount: Some(amount),
        confidence,
        flags: flags.into_iter().map(str::to_owned).collect(),
        used: used.into_iter().map(|voice| voice.key).collect(),
        review: review.map(str::to_owned),
        ..basis.blank(rejected)
    }
}

impl Basis<'_> {
    /// A foreign voice that is far off is the alarm for a price of another product.
    fn hold_against_foreign(
        &self,
        value: &BigRational,
        foreign: &[Voice<'_>],
        flags: &mut BTreeSet<&'static str>,
        review: &mut Option<&'static str>,
    ) {
        for voice in foreign {
            let apart = ratio(&voice.value, value);
            if apart > self.policy.reject.exact() {
                flags.insert("foreign_mismatch");
                if self.worth_looking(value, &voice.value) {
                    review.get_or_insert("foreign_mismatch");
                }
            } else if apart > self.policy.foreign_review.exact() {
                flags.insert("foreign_gap");
            }
        }
    }

    fn hold_against_last(
        &self,
        value: &BigRational,
        last: Option<Money>,
        flags: &mut BTreeSet<&'static str>,
        review: &mut Option<&'static str>,
    ) {
        let comparable = |last: &Money| last.amount_minor > 0 && last.currency == self.policy.output_currency;
        let Some(last) = last.filter(comparable) else { return };
        let last = whole(last.amount_minor);
        if ratio(value, &last) > self.policy.jump_review.exact() {
            flags.insert("price_jump");
            if self.worth_looking(value, &last) {
                review.get_or_insert("price_jump");
            }
        }
    }

    fn worth_looking(&self, a: &BigRational, b: &BigRational) -> bool {
        a.max(b) >= &whole(self.policy.review_floor_minor)
    }

    fn confidence(&self, flags: &BTreeSet<&'static str>, used: &[Voice<'_>]) -> Confidence {
        let any = |doubts: &[&str]| doubts.iter().any(|doubt| flags.contains(doubt));
        let deep = |voice: &Voice<'_>| {
            voice.corroborated && voice.quote.sample_size.unwrap_or(0) >= self.policy.deep_sold_sample
        };
        if !any(&DOUBTS) && (used.len() >= 2 || used.first().is_some_and(deep)) {
            Confidence::High
        } else if !any(&GRAVE_DOUBTS) {
            Confidence::Medium
        } else {
            Confidence::Low
        }
    }

    fn no_price(&self, flag: &str, review: &str, rejected: Vec<Rejected>) -> Valuation {
        Valuation { flags: vec![flag.to_owned()], review: Some(review.to_owned()), ..self.blank(rejected) }
    }

    /// No price, and nothing remarked.
    fn blank(&self, mut rejected: Vec<Rejected>) -> Valuation {
        rejected.sort_by(|a, b| (&a.quote, &a.why).cmp(&(&b.quote, &b.why)));
        Valuation {
            target: self.target.clone(),
            state: ValuationState::Missing,
            amount: None,
            confidence: Confidence::None,
            flags: Vec::new(),
            used: Vec::new(),
            rejected,
            review: None,
            policy: format!("{RULE}/{}", self.policy.version),
            decided_at: self.now,
        }
    }
}

/// To the nearest whole number, halves towards the larger.
pub(super) fn half_up(value: &BigRational) -> BigRational {
    (value + BigRational::new(1.into(), 2.into())).floor()
}
