//! What happens to a capture after a stage has answered: one pure function for every stage.

use serde::{Deserialize, Serialize};

use crate::{Fault, Permanence, Timestamp};

/// The stages a capture passes, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Locating the cards and reading their text.
    Ocr,
    /// Naming the printing.
    Matcher,
    /// Finding the price.
    Pricing,
    /// Writing it all down in one transaction.
    Storage,
}

impl Stage {
    /// The stage's name as logs, metrics and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ocr => "ocr",
            Self::Matcher => "matcher",
            Self::Pricing => "pricing",
            Self::Storage => "storage",
        }
    }
}

/// Limits of [`route`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteParams {
    /// How many attempts a capture gets before it becomes a dead letter; at least 1.
    pub max_attempts: u32,
    /// Upper bound of the wait before the second attempt, in milliseconds; doubled for each further one.
    pub retry_base_ms: i64,
    /// Largest such bound, in milliseconds.
    pub retry_cap_ms: i64,
}

impl Default for RouteParams {
    fn default() -> Self {
        Self { max_attempts: 3, retry_base_ms: 500, retry_cap_ms: 60_000 }
    }
}

/// How often a capture was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Which attempt this is, from 1; those that did not count are left out.
    pub attempt: u32,
    /// How often it was taken in all, from 1.
    pub claims: u32,
}

/// What to do with the capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The stage succeeded: hand its answer to the next one.
    Forward,
    /// Give the capture back, not to be taken before this time. The attempt counts if the fault says that it was tried.
    RetryAt(Timestamp),
    /// Give up: store it with its history for a person.
    DeadLetter,
}

/// Decides what follows `stage` answering `result` at `now`. `chance` is a drawn number from 0 to 1.
///
/// A fault that would fail the same way again is not tried again. One that never touched the capture uses up no attempt:
/// it is tried again for as long as it takes, ever more seldom. A fault of a price source never ends a capture: it
/// is not reported here at all, because a missing price is an answer (see DESIGN 3), and one that is reported is retried
/// like our own.
#[must_use]
pub fn route(
    _stage: Stage,
    result: Result<(), &Fault>,
    tries: Tries,
    now: Timestamp,
    params: &RouteParams,
    chance: f64,
) -> Next {
    let Err(fault) = result else { return Next::Forward };
    let used_up = fault.tried && tries.attempt >= params.max_attempts.max(1);
    if fault.permanence == Permanence::Permanent || used_up {
        return Next::DeadLetter;
    }
    let failures = if fault.tried { tries.attempt } else { tries.claims };
    Next::RetryAt(now.plus_millis(wait_ms(failures, params, chance)))
}

/// The wait after failure number `failures` (from 1): full jitter, drawn evenly from nothing to the doubled bound, so that
/// captures that failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter", 2015).
fn wait_ms(failures: u32, params: &RouteParams, chance: f64) -> i64 {
    let doublings = failures.saturating_sub(1).min(40);
    let bound = params.retry_base_ms.max(0).saturating_mul(1_i64 << doublings).min(params.retry_cap_ms.max(0));
    let drawn = (bound as f64 * chance.clamp(0.0, 1.0)) as i64;
    drawn.min(bound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn tries(number: u32) -> Tries {
        Tries { attempt: number, claims: number }
    }

    /// With the longest wait that chance can bring.
    fn after(fault: &Fault, attempt: u32) -> Next {
        route(Stage::Ocr, Err(fault), tries(attempt), NOW, &RouteParams::default(), 1.0)
    }

    #[test]
    fn success_goes_forward_on_any_attempt() {
        assert_eq!(route(Stage::Matcher, Ok(()), tries(99), NOW, &RouteParams::default(), 0.5), Next::Forward);
    }

    #[test]
    fn a_transient_fault_is_retried_with_growing_waits_and_then_given_up() {
        let fault = Fault::ours_transient("worker died");
        assert_eq!(after(&fault, 1), Next::RetryAt(NOW.plus_millis(500)));
        assert_eq!(after(&fault, 2), Next::RetryAt(NOW.plus_millis(1000)));
        assert_eq!(after(&fault, 3), Next::DeadLetter);
        assert_eq!(after(&fault, u32::MAX), Next::DeadLetter);
    }

    #[test]
    fn a_permanent_fault_is_given_up_at_once() {
        assert_eq!(after(&Fault::bad_card("not a picture"), 1), Next::DeadLetter);
    }

    #[test]
    fn what_never_touched_the_capture_is_tried_again_for_as_long_as_it_takes_ever_more_seldom() {
        let fault = Fault::ours_untried("there is no OCR worker");
        let waits = [1, 2, 3, 100, 1_000_000_000].map(|claims| {
            let tries = Tries { attempt: 3, claims };
            match route(Stage::Ocr, Err(&fault), tries, NOW, &RouteParams::default(), 1.0) {
                Next::RetryAt(at) => at.millis_since(NOW),
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(waits, [500, 1000, 2000, 60_000, 60_000]);
    }

    proptest! {
        #[test]
        fn a_wait_lies_between_now_and_its_bound(
            attempt in prop_oneof![0_u32..50, Just(1_000_000_000), any::<u32>()],
            claims in any::<u32>(), tried: bool, chance in any::<f64>(),
            retry_base_ms in -5_i64..=i64::MAX, retry_cap_ms in -5_i64..=i64::MAX,
        ) {
            let params = RouteParams { max_attempts: u32::MAX, retry_base_ms, retry_cap_ms };
            let fault = Fault { tried, ..Fault::ours_transient("x") };
            match route(Stage::Ocr, Err(&fault), Tries { attempt, claims }, NOW, &params, chance) {
                Next::RetryAt(at) => {
                    prop_assert!(at >= NOW);
                    prop_assert!(at <= NOW.plus_millis(retry_cap_ms.max(0)));
                }
                Next::DeadLetter => prop_assert!(tried && attempt == u32::MAX),
                Next::Forward => prop_assert!(false),
            }
        }

        #[test]
        fn more_failures_and_more_chance_never_wait_less(
            failures in 1_u32..200, more in 0_u32..200, low in 0.0_f64..1.0, high in 0.0_f64..1.0,
            retry_base_ms in 0_i64..100_000, retry_cap_ms in 0_i64..10_000_000,
        ) {
            let params = RouteParams { retry_base_ms, retry_cap_ms, ..RouteParams::default() };
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(wait_ms(failures + more, &params, high) >= wait_ms(failures, &params, low));
        }
    }

    #[test]
    fn waits_spread_over_the_whole_span() {
        let waits: Vec<i64> = (0..=4).map(|n| wait_ms(8, &RouteParams::default(), f64::from(n) / 4.0)).collect();
        assert_eq!(waits, [0, 15_000, 30_000, 45_000, 60_000]);
        assert_eq!(wait_ms(8, &RouteParams::default(), f64::NAN), 0);
    }
}
