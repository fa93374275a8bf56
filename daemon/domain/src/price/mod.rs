//! What a card is worth: quotes as they come from the sources, and the one value made from them.

mod quote;
mod valuation;

pub use quote::{Grade, Licence, PriceKind, Quote};
pub use valuation::{Confidence, FxRate, PriceTarget, Rejected, Valuation, ValuationState};
