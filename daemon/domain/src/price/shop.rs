//! What a shop asks for a card: a layer of its own above the market value, which it never changes.

use num_rational::BigRational;
use num_traits::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::factor::Factor;
use super::policy::PolicyError;
use super::rule::half_up;
use super::valuation::Valuation;
use crate::Money;

/// How an asking price is made. Amounts are minor units of the valuation's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopPolicy {
    /// The market value is multiplied by this.
    pub markup: Factor,
    /// ... rounded to a multiple of this, half up; zero and less mean 1.
    pub round_to_minor: i64,
    /// ... and is never below this.
    pub floor_minor: i64,
}

impl Default for ShopPolicy {
    /// A public shop system's practice: a quarter on top, steps of 25, never below 0.79.
    fn default() -> Self {
        Self { markup: Factor::hundredths(125), round_to_minor: 25, floor_minor: 79 }
    }
}

impl ShopPolicy {
    /// Every setting that makes no sense; empty when all do.
    #[must_use]
    pub fn problems(&self) -> Vec<PolicyError> {
        let positive = [("round_to_minor", self.round_to_minor > 0), ("floor_minor", self.floor_minor >= 0)];
        positive.iter().filter(|(_, good)| !good).map(|(name, _)| PolicyError::NotPositive { name }).collect()
    }

    /// The asking price. `None` without a value, and while a person must look at it: nothing is listed by itself then.
    #[must_use]
    pub fn ask(&self, valuation: &Valuation) -> Option<Money> {
        let amount = valuation.amount.filter(|_| valuation.review.is_none())?;
        let step = self.round_to_minor.max(1);
        let marked = BigRational::from_integer(amount.amount_minor.into()) * self.markup.exact();
        let steps = half_up(&(marked / BigRational::from_integer(step.into())));
        let ask = (steps * BigRational::from_integer(step.into())).to_i64()?;
        Some(Money { amount_minor: ask.max(self.floor_minor), currency: amount.currency })
    }
}
