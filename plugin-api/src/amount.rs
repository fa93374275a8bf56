//! From the token in an answer to minor units, exactly.
//!
//! A price never passes through `f64`: 0.57 * 100 is 56.99999999999999 there, and truncation makes it 56. In JSON, take
//! the token with `serde_json`'s `RawValue`.

use thiserror::Error;

/// Why a token gives no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoAmount {
    /// Null, empty, zero or negative: how sources say that they have no price.
    #[error("no price")]
    Absent,
    /// Not a decimal number, or one that does not fit 64 bits of minor units.
    #[error("not a decimal amount")]
    Bad,
}

/// Reads `18.12`, `0.5`, `1e2`, `"18.12"` or `$1,234.56` as minor units of a currency with `exponent` digits after the
/// point (USD and EUR 2, JPY 0), half up.
///
/// # Errors
/// [`NoAmount`]; also when a positive number rounds to nothing.
pub fn minor_units(token: &str, exponent: u32) -> Result<i64, NoAmount> {
    let token = token.trim().trim_matches('"').trim();
    let plain: String = token.strip_prefix('$').unwrap_or(token).chars().filter(|c| *c != ',').collect();
    if plain.is_empty() || plain == "null" {
        return Err(NoAmount::Absent);
    }
    let (mantissa, power) = match plain.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i32>().map_err(|_| NoAmount::Bad)?),
        None => (plain.as_str(), 0),
    };
    let (negative, digits) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(NoAmount::Bad);
    }
    let value: i128 = format!("{whole}{fraction}").parse().map_err(|_| NoAmount::Bad)?;
    if negative || value == 0 {
        return Err(NoAmount::Absent);
    }
    let scale = i64::from(exponent) + i64::from(power) - i64::try_from(fraction.len()).map_err(|_| NoAmount::Bad)?;
    match shift_half_up(value, scale).ok_or(NoAmount::Bad)? {
        0 => Err(NoAmount::Absent),
        minor => i64::try_from(minor).map_err(|_| NoAmount::Bad),
    }
}

/// `value * 10^scale`, half up; `None` when it does not fit.
fn shift_half_up(value: i128, scale: i64) -> Option<i128> {
    let power = u32::try_from(scale.unsigned_abs()).ok().and_then(|scale| 10_i128.checked_pow(scale));
    if scale >= 0 {
        return value.checked_mul(power?);
    }
    Some(power.map_or(0, |divisor| value / divisor + i128::from(value % divisor >= divisor - divisor / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_exact() {
        for (token, minor) in [
            ("0.57", 57),
            ("18.12", 1812),
            ("13.5", 1350),
            ("1e2", 10_000),
            ("0.005", 1),
            ("219.4", 21_940),
            ("\"0.09\"", 9),
        ] {
            assert_eq!(minor_units(token, 2), Ok(minor), "{token}");
        }
        assert_eq!(minor_units("$1,234.56", 2), Ok(123_456));
        assert_eq!(minor_units("980", 0), Ok(980));
        assert_eq!(minor_units("0.5", 0), Ok(1));
    }

    #[test]
    fn what_sources_write_for_no_price_is_no_price() {
        for token in ["", "null", "0", "0.0", "0.00", "-1", "-0.5", "\"\"", "0.004", "1e-400"] {
            assert_eq!(minor_units(token, 2), Err(NoAmount::Absent), "{token}");
        }
    }

    #[test]
    fn nonsense_is_not_an_amount() {
        for token in ["NaN", "Infinity", "1.2.3", ".5", "1e", "abc", "1e400", "99999999999999999999", "true", "{}"] {
            assert_eq!(minor_units(token, 2), Err(NoAmount::Bad), "{token}");
        }
    }
}
