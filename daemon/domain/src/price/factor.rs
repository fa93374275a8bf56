//! Exact decimal factors: thresholds, multipliers and exchange rates as people write them.

use std::fmt;

use num_rational::BigRational;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most digits after the point. Published exchange rates have up to 8.
const MAX_SCALE: usize = 12;

/// Why a text is not a factor.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a positive decimal number such as \"1.25\" (at most {MAX_SCALE} digits after the point)")]
pub struct FactorError(String);

/// A positive decimal number, exactly. Written as text in configuration, for `1.1` has no exact form as a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Factor {
    /// The number without its point; never zero.
    digits: u64,
    /// How many of the digits stand after the point.
    scale: u32,
}

impl Factor {
    /// `digits / 100`, for defaults in code. Zero, which is no factor, counts as one hundredth.
    #[must_use]
    pub(crate) const fn hundredths(digits: u64) -> Self {
        Self { digits: if digits == 0 { 1 } else { digits }, scale: 2 }
    }

    /// Reads digits with at most one point: `1.25`, `2`, `0.0067`.
    ///
    /// # Errors
    /// [`FactorError`] for anything else, for zero, and for more digits than an exact factor needs.
    pub fn parse(text: &str) -> Result<Self, FactorError> {
        let bad = || FactorError(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits || fraction.len() > MAX_SCALE {
            return Err(bad());
        }
        let digits: u64 = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
        let scale = u32::try_from(fraction.len()).map_err(|_| bad())?;
        if digits == 0 { Err(bad()) } else { Ok(Self { digits, scale }) }
    }

    /// The number as an exact fraction.
    #[must_use]
    pub(crate) fn exact(self) -> BigRational {
        BigRational::new(self.digits.into(), 10_u64.pow(self.scale).into())
    }
}

impl TryFrom<String> for Factor {
    type Error = FactorError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Factor> for String {
    fn from(factor: Factor) -> Self {
        factor.to_string()
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.scale);
        match usize::try_from(self.scale) {
            Ok(width) if width > 0 => write!(f, "{}.{:0width$}", self.digits / unit, self.digits % unit),
            _ => write!(f, "{}", self.digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_read_exactly_and_printed_as_it_was_written() {
        for text in ["1.25", "2", "0.0067", "1.1638", "0.000000000001", "18446744073709551615"] {
            assert_eq!(Factor::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Factor::parse("1.10").unwrap().exact(), BigRational::new(11.into(), 10.into()));
    }

    #[test]
    fn what_is_no_factor_is_refused() {
        for text in [
            "",
            ".",
            ".5",
            "0",
            "0.00",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "NaN",
            "1.2.3",
            "99999999999999999999",
            "1.0000000000001",
        ] {
            assert!(Factor::parse(text).is_err(), "{text:?} was read");
        }
    }
}
