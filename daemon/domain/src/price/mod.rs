//! What a card is worth: quotes as they come from the sources, and the one value made from them.

mod at_hand;
mod combine;
mod factor;
mod gate;
mod policy;
mod quote;
mod rule;
mod shop;
mod valuation;
mod voice;

pub use at_hand::at_hand;
pub use factor::{Factor, FactorError};
pub use policy::{ConditionFactors, Policy, PolicyError};
pub use quote::{Grade, Licence, PriceKind, Quote};
pub use rule::value;
pub use shop::ShopPolicy;
pub use valuation::{Confidence, FxRate, PriceTarget, Rejected, Valuation, ValuationState};
