//! Shares with their uncertainty.

use serde::{Deserialize, Serialize};

/// Standard normal quantile for 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % Wilson interval. Of nothing, the share is unknown and the interval says so: 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The share; absent when there is nothing to take a share of.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Rate {
    /// `count` of `of`.
    #[must_use]
    pub fn new(count: u64, of: u64) -> Self {
        let (low, high) = wilson(count, of);
        Self { count, of, value: (of > 0).then(|| count as f64 / of as f64), low, high }
    }
}

/// The 95 % Wilson score interval of `count` of `of`.
#[must_use]
pub fn wilson(count: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (of as f64, count as f64 / of as f64);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let middle = share + Z * Z / (2.0 * n);
    let scale = 1.0 + Z * Z / n;
    (((middle - spread) / scale).clamp(0.0, 1.0), ((middle + spread) / scale).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        for (count, of, low, high) in [
            (78, 78, 0.953, 1.0),
            (0, 60, 0.0, 0.060),
            (1, 60, 0.003, 0.089),
            (47, 58, 0.691, 0.891),
            (5, 10, 0.237, 0.763),
        ] {
            let (found_low, found_high) = wilson(count, of);
            assert!(
                (found_low - low).abs() < 6e-4 && (found_high - high).abs() < 6e-4,
                "{count}/{of}: {found_low} {found_high}"
            );
        }
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        let rate = Rate::new(0, 0);
        assert_eq!((rate.value, rate.low, rate.high), (None, 0.0, 1.0));
    }
}
