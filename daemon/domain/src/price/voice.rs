//! One voice for every maker of prices in every market, in the output currency.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::factor::Factor;
use super::gate::{is_ask, is_older, rank, refusal, weight_tenths};
use super::policy::Policy;
use super::quote::Quote;
use super::valuation::{FxRate, PriceTarget, Rejected};
use crate::{Currency, Timestamp};

/// All that a decision is made from, but the quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) target: &'a PriceTarget,
    pub(super) fx: &'a [FxRate],
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
}

/// One quote that speaks for its upstream and region.
#[derive(Debug, Clone)]
pub(super) struct Voice<'a> {
    pub(super) quote: &'a Quote,
    pub(super) key: String,
    /// Minor units of the output currency; always positive.
    pub(super) value: BigRational,
    /// How much it counts; always positive.
    pub(super) weight: BigRational,
    pub(super) flags: BTreeSet<&'static str>,
    /// A second publisher of the same upstream has a close, but not the same, number.
    pub(super) corroborated: bool,
}

impl Voice<'_> {
    pub(super) fn asks_only(&self) -> bool {
        self.flags.contains("asks_only")
    }
}

/// The voices of the home market, those of all others, and the quotes that may not speak.
pub(super) struct Voices<'a> {
    pub(super) home: Vec<Voice<'a>>,
    pub(super) foreign: Vec<Voice<'a>>,
    pub(super) rejected: Vec<Rejected>,
}

impl Basis<'_> {
    /// Picks the voices. The result does not depend on the order of `quotes`.
    pub(super) fn voices<'q>(&self, quotes: &'q [Quote]) -> Voices<'q> {
        let mut all = Voices { home: Vec::new(), foreign: Vec::new(), rejected: Vec::new() };
        let mut families: BTreeMap<(&str, &str), Vec<&'q Quote>> = BTreeMap::new();
        for quote in quotes {
            match refusal(self.target, quote, self.policy, self.now) {
                Some(why) => all.rejected.push(rejected(quote.key(), why)),
                None => families.entry((&quote.upstream, &quote.region)).or_default().push(quote),
            }
        }
        for mut family in families.into_values() {
            family.sort_by_cached_key(|quote| self.preference(quote));
            let Some((speaker, others)) = family.split_first() else { continue };
            all.rejected.extend(others.iter().map(|other| rejected(other.key(), "same_upstream")));
            let corroborated = others.iter().any(|other| self.corroborates(other, speaker));
            match self.voice(speaker, corroborated) {
                Ok(voice) if speaker.region == self.policy.home_region => all.home.push(voice),
                Ok(mut voice) => {
                    voice.flags.insert("cross_region");
                    all.foreign.push(voice);
                }
                Err(why) => all.rejected.push(rejected(speaker.key(), why)),
            }
        }
        all
    }

    /// Orders the quotes of one family, the best first. The parts after the key only make the order total, so that the
    /// same quotes in another order give the same speaker.
    fn preference<'q>(&self, quote: &'q Quote) -> impl Ord + use<'q> {
        let unspecified = quote.condition.is_none() && self.target.grade.is_none();
        let old = is_older(quote, self.policy.fresh_secs, self.now);
        let merit = (is_ask(quote.kind), unspecified, rank(quote.kind), old, self.priority(&quote.source));
        let rest = (quote.amount.amount_minor, quote.amount.currency, quote.condition, quote.sample_size);
        (merit, quote.key(), rest, Reverse(quote.observed_at))
    }

    /// Position of a source in the order of preference; unknown ones come last.
    pub(super) fn priority(&self, source: &str) -> usize {
        let known = self.policy.source_priority.iter().position(|known| known == source);
        known.unwrap_or(usize::MAX)
    }

    /// A second publisher's close number says that both mean the same card. An equal number is a mirror and says nothing.
    fn corroborates(&self, other: &Quote, speaker: &Quote) -> bool {
        other.source != speaker.source
            && other.amount.amount_minor != speaker.amount.amount_minor
            && other.amount.currency == speaker.amount.currency
            && !is_ask(other.kind)
            && other.condition == speaker.condition
            && ratio(&whole(other.amount.amount_minor), &whole(speaker.amount.amount_minor))
                <= self.policy.agree.exact()
    }

    /// Estimates the condition, converts the currency and weighs.
    fn voice<'q>(&self, quote: &'q Quote, corroborated: bool) -> Result<Voice<'q>, &'static str> {
        let mut value = whole(quote.amount.amount_minor);
        let mut weight = BigRational::new(weight_tenths(quote.kind).into(), 10.into());
        let mut flags = BTreeSet::new();
        if is_older(quote, self.policy.fresh_secs, self.now) {
            let share = if is_older(quote, self.policy.stale_secs, self.now) { 4 } else { 2 };
            weight /= whole(share);
            flags.insert("stale");
        }
        if is_ask(quote.kind) {
            flags.insert("asks_only");
        }
        if self.target.grade.is_none() && quote.condition.is_none() {
            weight *= BigRational::new(9.into(), 10.into());
            if let Some(factor) = self.policy.condition_factors.of(self.target.condition) {
                value *= factor.exact();
                flags.insert("est_condition");
            }
        }
        if quote.amount.currency != self.policy.output_currency {
            value *= self.rate(quote.amount.currency, self.policy.output_currency).ok_or("no_fx_rate")?;
            flags.insert("fx");
        }
        // What follows only compares and averages, so nothing later can leave the range either.
        if value.round().to_integer().to_i64().is_none() {
            return Err("out_of_range");
        }
        Ok(Voice { quote, key: quote.key(), value, weight, flags, corroborated })
    }

    /// Minor units of `to` for one minor unit of `from`: the latest published rate, or the latest of the way back.
    fn rate(&self, from: Currency, to: Currency) -> Option<BigRational> {
        let latest = |from, to| {
            let pair = self.fx.iter().filter(|rate| rate.from == from && rate.to == to);
            let readable = pair.filter_map(|rate| Some((&rate.date, Factor::parse(&rate.rate).ok()?.exact())));
            readable.max().map(|(_, rate)| rate)
        };
        let rate = latest(from, to).or_else(|| latest(to, from).map(|back| back.recip()))?;
        let unit = |currency: Currency| whole(10_i64.pow(currency.exponent()));
        Some(rate * unit(to) / unit(from))
    }
}

/// The larger through the smaller of two positive values.
pub(super) fn ratio(a: &BigRational, b: &BigRational) -> BigRational {
    if a > b { a / b } else { b / a }
}

pub(super) fn whole(number: i64) -> BigRational {
    BigRational::from_integer(number.into())
}

pub(super) fn rejected(quote: String, why: &str) -> Rejected {
    Rejected { quote, why: why.to_owned() }
}
