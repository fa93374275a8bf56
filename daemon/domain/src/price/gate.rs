//! Whether one quote may speak at all.

use super::policy::Policy;
use super::quote::{Licence, PriceKind, Quote};
use super::valuation::PriceTarget;
use crate::{Edition, Timestamp};

/// Why `quote` may not speak about `target`; `None` when it may.
pub(super) fn refusal(target: &PriceTarget, quote: &Quote, policy: &Policy, now: Timestamp) -> Option<&'static str> {
    other_thing(target, quote, policy).or_else(|| unusable(quote, policy, now))
}

/// The identity gate: every respect in which the quote may be about something else.
fn other_thing(target: &PriceTarget, quote: &Quote, policy: &Policy) -> Option<&'static str> {
    // A source that does not tell editions apart has the common one in mind. A first edition is never priced by it.
    let edition = quote.edition.unwrap_or(Edition::Unlimited);
    if quote.printing != target.printing {
        Some("other_printing")
    } else if quote.finish != target.finish {
        Some("other_finish")
    } else if edition != target.edition {
        Some("other_edition")
    } else if quote.language.as_ref().is_some_and(|language| *language != target.language) {
        Some("other_language")
    } else if quote.match_score < policy.min_match {
        Some("weak_match")
    } else if target.grade.is_none() != quote.grade.is_none() {
        Some("graded_vs_raw")
    } else if target.grade != quote.grade {
        Some("other_grade")
    } else if target.grade.is_none() && quote.condition.is_some_and(|condition| condition != target.condition) {
        Some("other_condition")
    } else {
        None
    }
}

fn unusable(quote: &Quote, policy: &Policy, now: Timestamp) -> Option<&'static str> {
    let of_sales = matches!(quote.kind, PriceKind::SoldMedian | PriceKind::SoldAvg);
    if quote.amount.amount_minor <= 0 {
        Some("null_or_zero")
    } else if rank(quote.kind).is_none() {
        Some("kind_not_used")
    } else if quote.licence == Licence::DisplayOnly {
        Some("licence_display_only")
    } else if of_sales && quote.sample_size.unwrap_or(0) < policy.min_sold_sample {
        Some("too_few_sales")
    } else if is_older(quote, policy.hard_secs, now) {
        Some("too_old")
    } else {
        None
    }
}

/// Whether the source made the quote more than `secs` seconds before `now`.
pub(super) fn is_older(quote: &Quote, secs: u32, now: Timestamp) -> bool {
    now.millis_since(quote.observed_at) > i64::from(secs) * 1000
}

/// How good a kind of number is, 0 best; `None` for kinds that never price anything.
pub(super) const fn rank(kind: PriceKind) -> Option<u8> {
    match kind {
        PriceKind::SoldMedian | PriceKind::Market => Some(0),
        PriceKind::Estimate | PriceKind::Trend => Some(1),
        PriceKind::SoldAvg | PriceKind::Avg7d => Some(2),
        PriceKind::Avg30d | PriceKind::Avg1d => Some(3),
        PriceKind::MidAsk => Some(4),
        PriceKind::LowAsk => Some(5),
        PriceKind::HighAsk | PriceKind::DirectLow | PriceKind::Buylist => None,
    }
}

/// Whether a kind of number is what somebody asks, not what somebody paid.
pub(super) const fn is_ask(kind: PriceKind) -> bool {
    matches!(kind, PriceKind::MidAsk | PriceKind::LowAsk)
}

/// How much a kind of number counts against others, in tenths.
pub(super) const fn weight_tenths(kind: PriceKind) -> u8 {
    match kind {
        PriceKind::SoldMedian | PriceKind::Market => 10,
        PriceKind::Estimate | PriceKind::Trend => 9,
        PriceKind::Avg7d => 8,
        PriceKind::SoldAvg => 7,
        PriceKind::Avg30d => 6,
        PriceKind::Avg1d => 5,
        PriceKind::MidAsk => 4,
        PriceKind::LowAsk => 2,
        PriceKind::HighAsk | PriceKind::DirectLow | PriceKind::Buylist => 0,
    }
}
