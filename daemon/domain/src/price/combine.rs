//! Several voices of one market to one number, or to none.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use num_rational::BigRational;

use super::valuation::Rejected;
use super::voice::{Basis, Voice, ratio, rejected, whole};

/// What the voices came to.
pub(super) struct Combined<'a> {
    /// Minor units of the output currency; `None` when the voices cannot all be right.
    pub(super) value: Option<BigRational>,
    /// The voices that made it, the lowest first.
    pub(super) used: Vec<Voice<'a>>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) flags: BTreeSet<&'static str>,
    pub(super) review: Option<&'static str>,
}

impl<'a> Combined<'a> {
    fn new(value: BigRational, used: Vec<Voice<'a>>) -> Self {
        Self { value: Some(value), used, rejected: Vec::new(), flags: BTreeSet::new(), review: None }
    }

    fn irreconcilable(voices: Vec<Voice<'a>>) -> Self {
        let rejected = voices.into_iter().map(|voice| rejected(voice.key, "irreconcilable")).collect();
        Self { value: None, used: Vec::new(), rejected, flags: BTreeSet::new(), review: None }
    }
}

impl Basis<'_> {
    /// Combines the voices of one market; `None` when there are none.
    pub(super) fn combine<'q>(&self, mut pool: Vec<Voice<'q>>) -> Option<Combined<'q>> {
        // What is asked speaks only where nobody knows what is paid.
        let mut asks = Vec::new();
        if pool.iter().any(|voice| !voice.asks_only()) {
            (asks, pool) = pool.into_iter().partition(Voice::asks_only);
        }
        pool.sort_by(|a, b| a.value.cmp(&b.value).then_with(|| a.key.cmp(&b.key)));
        let mut combined = match <[Voice<'q>; 2]>::try_from(pool) {
            Ok(pair) => self.combine_two(pair),
            Err(pool) if pool.len() > 2 => self.combine_many(pool),
            Err(pool) => Combined::new(pool.first()?.value.clone(), pool),
        };
        combined.rejected.extend(asks.into_iter().map(|voice| rejected(voice.key, "ask_when_market_known")));
        Some(combined)
    }

    /// Two that agree: the weighted mean. Two that differ: the weightier. Two that cannot both be right: none.
    fn combine_two<'q>(&self, [low, high]: [Voice<'q>; 2]) -> Combined<'q> {
        let apart = ratio(&low.value, &high.value);
        if apart <= self.policy.agree.exact() {
            let sum = &low.value * &low.weight + &high.value * &high.weight;
            return Combined::new(sum / (&low.weight + &high.weight), vec![low, high]);
        }
        if apart > self.policy.reject.exact() {
            return Combined::irreconcilable(vec![low, high]);
        }
        let worth_looking = high.value >= whole(self.policy.review_floor_minor);
        let standing = |voice: &Voice<'_>| (voice.weight.clone(), Reverse(self.priority(&voice.quote.source)));
        let (used, outvoted) = if standing(&high) > standing(&low) { (high, low) } else { (low, high) };
        let mut combined = Combined::new(used.value.clone(), vec![used]);
        combined.rejected.push(rejected(outvoted.key, "outvoted"));
        combined.flags.insert("sources_disagree");
        if apart > self.policy.disagree_review.exact() && worth_looking {
            combined.review = Some("sources_disagree");
        }
        combined
    }

    /// Three and more: those far from the median are dropped, and of the rest, if it is the majority, the weighted
    /// median speaks.
    fn combine_many<'q>(&self, pool: Vec<Voice<'q>>) -> Combined<'q> {
        let Some(middle) = median(&pool) else { return Combined::irreconcilable(pool) };
        let near = |voice: &Voice<'_>| ratio(&voice.value, &middle) <= self.policy.disagree_review.exact();
        let (used, dropped): (Vec<_>, Vec<_>) = pool.into_iter().partition(near);
        // Without a majority near the middle there is no middle: two camps, or everybody alone.
        if used.len() <= dropped.len() {
            return Combined::irreconcilable(used.into_iter().chain(dropped).collect());
        }
        let Some(value) = weighted_median(&used) else { return Combined::irreconcilable(dropped) };
        let mut combined = Combined::new(value, used);
        if !dropped.is_empty() {
            combined.flags.insert("outlier_dropped");
        }
        combined.rejected.extend(dropped.into_iter().map(|voice| rejected(voice.key, "outlier")));
        if let [lowest, .., highest] = combined.used.as_slice()
            && ratio(&lowest.value, &highest.value) > self.policy.agree.exact()
        {
            combined.flags.insert("sources_disagree");
        }
        combined
    }
}

/// Of voices sorted by value.
fn median(sorted: &[Voice<'_>]) -> Option<BigRational> {
    let upper = &sorted.get(sorted.len() / 2)?.value;
    if sorted.len() % 2 == 1 {
        return Some(upper.clone());
    }
    let lower = &sorted.get(sorted.len() / 2 - 1)?.value;
    Some((lower + upper) / whole(2))
}

/// The first value, from below, up to which half of all weight lies. Of voices sorted by value.
fn weighted_median(sorted: &[Voice<'_>]) -> Option<BigRational> {
    let total: BigRational = sorted.iter().map(|voice| &voice.weight).sum();
    let mut so_far = whole(0);
    sorted.iter().find_map(|voice| {
        so_far += &voice.weight;
        (&so_far * whole(2) >= total).then(|| voice.value.clone())
    })
}
