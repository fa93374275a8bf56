//! Whether and when a request is sent again. Pure: the attempt, the wait that the server asked for and a drawn number go
//! in, a decision comes out.
//!
//! Full jitter (a wait drawn evenly from nothing to the doubling bound; M. Brooker, "Exponential Backoff And Jitter", 2015),
//! because many printings of one set fail together and must not come back together.

use serde::Deserialize;

/// The numbers of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryParams {
    /// How often a request is sent at most, the first time included; 1 or more. SOURCES 17 allows 3 repeats.
    pub max_attempts: u32,
    /// Bound of the first wait, in milliseconds; doubled for each further one.
    pub base_ms: u64,
    /// Largest bound, in milliseconds.
    pub cap_ms: u64,
    /// Longest `Retry-After` that is waited for on the spot, in milliseconds. A longer one ends the request.
    pub max_retry_after_ms: u64,
}

impl Default for RetryParams {
    fn default() -> Self {
        Self { max_attempts: 3, base_ms: 250, cap_ms: 10_000, max_retry_after_ms: 10_000 }
    }
}

/// What to do after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Send again after this many milliseconds.
    WaitMs(u64),
    /// Give up: enough attempts.
    Exhausted,
    /// Give up: the server asks for a longer wait than a caller should sit through.
    TooLong,
}

/// Decides what follows failed attempt number `attempt` (from 1). `draw` is any drawn number; all of its bits are used.
#[must_use]
pub fn after_failure(attempt: u32, retry_after_ms: Option<u64>, draw: u64, params: &RetryParams) -> Decision {
    if attempt >= params.max_attempts.max(1) {
        return Decision::Exhausted;
    }
    match retry_after_ms {
        Some(asked) if asked > params.max_retry_after_ms => Decision::TooLong,
        // Never earlier than asked for; the jitter comes on top, so that all who were told the same do not come at once.
        Some(asked) => Decision::WaitMs(asked.saturating_add(jitter(attempt, draw, params))),
        None => Decision::WaitMs(jitter(attempt, draw, params)),
    }
}

/// Upper bound of the wait after failed attempt number `attempt` (from 1), in milliseconds.
#[must_use]
pub fn bound_ms(attempt: u32, params: &RetryParams) -> u64 {
    let doublings = attempt.saturating_sub(1).min(63);
    params.base_ms.saturating_mul(1_u64 << doublings).min(params.cap_ms)
}

/// A number from 0 to the bound, both included: the high half of `draw * (bound + 1)`, which no bound makes uneven.
fn jitter(attempt: u32, draw: u64, params: &RetryParams) -> u64 {
    let span = u128::from(bound_ms(attempt, params)) + 1;
    u64::try_from((u128::from(draw) * span) >> 64).unwrap_or(u64::MAX)
}

/// Reads a `Retry-After` header: seconds, or an HTTP date seen from `now_ms` (milliseconds since 1970). `None` for anything
/// else; a date that has passed is 0.
#[must_use]
pub fn parse_retry_after_ms(value: &str, now_ms: i64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse::<u64>().ok()?.checked_mul(1000);
    }
    let at_ms = parse_http_date(value)?;
    Some(u64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(0))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate), the only form that servers still send.
fn parse_http_date(value: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = value.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if words.next() != Some("GMT") {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    cardmint_plugin_api::time::parse_iso8601(&format!("{year}-{month:02}-{day}T{clock}Z"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_then_it_is_enough() {
        let params = RetryParams { max_attempts: 8, base_ms: 250, cap_ms: 10_000, max_retry_after_ms: 60_000 };
        let bounds: Vec<u64> = (1..8).map(|attempt| bound_ms(attempt, &params)).collect();
        assert_eq!(bounds, [250, 500, 1000, 2000, 4000, 8000, 10_000]);
        assert_eq!(after_failure(1, None, 0, &params), Decision::WaitMs(0));
        assert_eq!(after_failure(1, None, u64::MAX, &params), Decision::WaitMs(250));
        assert_eq!(after_failure(8, None, 0, &params), Decision::Exhausted);
    }

    #[test]
    fn what_the_server_asks_for_is_the_least_or_the_end() {
        let params = RetryParams::default();
        assert_eq!(after_failure(1, Some(2000), 0, &params), Decision::WaitMs(2000));
        assert_eq!(after_failure(1, Some(600_000), 0, &params), Decision::TooLong);
        assert_eq!(after_failure(3, Some(1), 0, &params), Decision::Exhausted);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(parse_retry_after_ms(" 120 ", 0), Some(120_000));
        let at = 784_111_777_000;
        assert_eq!(parse_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", at - 5000), Some(5000));
        assert_eq!(parse_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", at + 5000), Some(0));
        for nonsense in ["", "-1", "soon", "1.5", "99999999999999999999", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            assert_eq!(parse_retry_after_ms(nonsense, 0), None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn a_wait_lies_between_what_was_asked_and_the_bound_on_top(
            attempt in 0_u32..200, asked in proptest::option::of(0_u64..20_000), draw: u64,
            base_ms in 0_u64..100_000, cap_ms in 0_u64..1_000_000, max_attempts in 0_u32..200,
        ) {
            let params = RetryParams { max_attempts, base_ms, cap_ms, max_retry_after_ms: 10_000 };
            match after_failure(attempt, asked, draw, &params) {
                Decision::WaitMs(wait) => {
                    let least = asked.unwrap_or(0);
                    prop_assert!(attempt < max_attempts.max(1));
                    prop_assert!(wait >= least && wait <= least + bound_ms(attempt, &params));
                    prop_assert!(wait <= least + cap_ms);
                }
                Decision::TooLong => prop_assert!(asked.is_some_and(|asked| asked > 10_000)),
                Decision::Exhausted => prop_assert!(attempt >= max_attempts.max(1)),
            }
        }

        #[test]
        fn bounds_never_shrink(attempt in 1_u32..200, base_ms: u64, cap_ms: u64) {
            let params = RetryParams { base_ms, cap_ms, ..RetryParams::default() };
            prop_assert!(bound_ms(attempt + 1, &params) >= bound_ms(attempt, &params));
        }

        #[test]
        fn no_retry_after_panics(value in "\\PC{0,40}", now: i64) {
            let _unread: Option<u64> = parse_retry_after_ms(&value, now);
        }
    }
}
