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
    /// Wait before the second attempt, in milliseconds; doubled for each further one.
    pub retry_base_ms: i64,
    /// Upper bound of that wait, in milliseconds.
    pub retry_cap_ms: i64,
}

impl Default for RouteParams {
    fn default() -> Self {
        Self { max_attempts: 3, retry_base_ms: 500, retry_cap_ms: 60_000 }
    }
}

/// What to do with the capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The stage succeeded: hand its answer to the next one.
    Forward,
    /// Give the capture back, not to be taken before this time.
    RetryAt(Timestamp),
    /// Give up: store it with its history for a person.
    DeadLetter,
}

/// Decides what follows `stage` answering `result` on attempt number `attempt` (from 1) at `now`.
///
/// A fault that would fail the same way again is not tried again. A fault of a price source never ends a capture: it
/// is not reported here at all, because a missing price is an answer (see DESIGN 3), and one that is reported is retried
/// like our own.
#[must_use]
pub fn route(_stage: Stage, result: Result<(), &Fault>, attempt: u32, now: Timestamp, params: &RouteParams) -> Next {
    let Err(fault) = result else { return Next::Forward };
    if fault.permanence == Permanence::Permanent || attempt >= params.max_attempts.max(1) {
        return Next::DeadLetter;
    }
    let doublings = attempt.saturating_sub(1).min(32);
    let wait = params.retry_base_ms.saturating_mul(1_i64 << doublings).min(params.retry_cap_ms);
    Next::RetryAt(now.plus_millis(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn after(fault: &Fault, attempt: u32) -> Next {
        route(Stage::Ocr, Err(fault), attempt, NOW, &RouteParams::default())
    }

    #[test]
    fn success_goes_forward_on_any_attempt() {
        assert_eq!(route(Stage::Matcher, Ok(()), 99, NOW, &RouteParams::default()), Next::Forward);
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
    fn the_wait_is_capped_and_never_overflows() {
        let params = RouteParams { max_attempts: u32::MAX, ..RouteParams::default() };
        let fault = Fault::ours_transient("worker died");
        for attempt in [20, 40, 1000, u32::MAX - 1] {
            assert_eq!(route(Stage::Ocr, Err(&fault), attempt, NOW, &params), Next::RetryAt(NOW.plus_millis(60_000)));
        }
    }
}
