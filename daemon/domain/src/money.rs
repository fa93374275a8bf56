//! Money in integer minor units. A price never passes through a float: 0.57 * 100 is 56.99999999999999 there.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An ISO 4217 currency code: three upper-case letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text is not an amount or a currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not three ASCII letters.
    #[error("{0:?} is not a three-letter ISO 4217 currency code")]
    Currency(String),
    /// Not a plain decimal number.
    #[error("{0:?} is not a decimal amount")]
    Amount(String),
    /// Too large for 64 bits of minor units.
    #[error("the amount {0:?} is out of range")]
    Range(String),
}

/// ISO 4217 currencies without minor units, and those with three digits. All others have two.
const NO_MINOR_UNITS: [&str; 6] = ["JPY", "KRW", "CLP", "ISK", "VND", "XAF"];
const THREE_DIGITS: [&str; 4] = ["BHD", "KWD", "OMR", "TND"];

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads a code; lower case is accepted.
    ///
    /// # Errors
    /// [`MoneyError::Currency`] when it is not three ASCII letters.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let upper = text.to_ascii_uppercase();
        match <[u8; 3]>::try_from(upper.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point, by ISO 4217.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        match self.as_str() {
            code if NO_MINOR_UNITS.contains(&code) => 0,
            code if THREE_DIGITS.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (cents for USD and EUR, yen for JPY).
    pub amount_minor: i64,
    /// Which currency.
    pub currency: Currency,
}

impl Money {
    /// Reads a decimal number as it stands in JSON or CSV (`18.12`, `0.5`, `1e2`), rounding half up to minor units.
    ///
    /// # Errors
    /// [`MoneyError::Amount`] when it is not a decimal number, [`MoneyError::Range`] when it does not fit.
    pub fn parse_decimal(token: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError::Amount(token.to_owned());
        let (mantissa, power) = match token.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().map_err(|_| bad())?),
            None => (token, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(bad());
        }
        let value: i128 = format!("{whole}{fraction}").parse().map_err(|_| MoneyError::Range(token.to_owned()))?;
        let scale =
            i32::try_from(currency.exponent()).unwrap_or(2) + power - i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        let minor = shift_half_up(value, scale).ok_or_else(|| MoneyError::Range(token.to_owned()))?;
        let amount_minor =
            i64::try_from(if negative { -minor } else { minor }).map_err(|_| MoneyError::Range(token.to_owned()))?;
        Ok(Self { amount_minor, currency })
    }
}

/// `value * 10^scale`, half up; `None` when it does not fit.
fn shift_half_up(value: i128, scale: i32) -> Option<i128> {
    let power = 10_i128.checked_pow(scale.unsigned_abs());
    if scale >= 0 {
        return value.checked_mul(power?);
    }
    // A divisor beyond the range leaves nothing of any value that fits.
    Some(power.map_or(0, |divisor| (value + divisor / 2) / divisor))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10_u64.pow(exponent);
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        let amount = self.amount_minor.unsigned_abs();
        if exponent == 0 {
            return write!(f, "{sign}{amount} {}", self.currency);
        }
        let width = usize::try_from(exponent).unwrap_or(2);
        write!(f, "{sign}{}.{:0width$} {}", amount / unit, amount % unit, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd(token: &str) -> i64 {
        Money::parse_decimal(token, Currency::USD).unwrap().amount_minor
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(usd("0.57"), 57);
        assert_eq!(usd("18.12"), 1812);
        assert_eq!(usd("13.5"), 1350);
        assert_eq!(usd("1e2"), 10_000);
        assert_eq!(usd("0.005"), 1);
        assert_eq!(usd("0.0049"), 0);
        assert_eq!(usd("-1.255"), -126);
        let yen = Money::parse_decimal("980", Currency::parse("jpy").unwrap()).unwrap();
        assert_eq!((yen.amount_minor, yen.to_string()), (980, "980 JPY".to_owned()));
    }

    #[test]
    fn nonsense_is_refused() {
        for token in ["", ".", "1.2.3", "NaN", "inf", "$3", "1,000", "--1", "1e", "99999999999999999999999"] {
            assert!(Money::parse_decimal(token, Currency::USD).is_err(), "{token:?} was read");
        }
        assert!(Currency::parse("US").is_err());
        assert!(Currency::parse("U5D").is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            let money = Money { amount_minor: minor, currency: Currency::USD };
            let text = money.to_string();
            let number = text.split(' ').next().unwrap();
            prop_assert_eq!(Money::parse_decimal(number, Currency::USD).unwrap(), money);
        }

        #[test]
        fn no_token_panics(token in "[-0-9.eE]{0,40}") {
            let _outcome = Money::parse_decimal(&token, Currency::USD);
        }
    }
}
