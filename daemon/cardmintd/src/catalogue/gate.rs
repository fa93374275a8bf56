//! Whether an import may replace what is there. A source that lost a part of its files would otherwise empty the
//! catalogue in silence, and every card of the lost sets would be taken for something else.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An import must keep at least this many of every hundred sets and printings. Publishers withdraw single cards, never
/// a fiftieth of everything.
const KEEP_PERCENT: usize = 98;

/// How large a catalogue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Sets.
    pub sets: usize,
    /// Printings.
    pub printings: usize,
}

/// An import that would lose too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the import has {} sets and {} printings where there are {} and {}: fewer than {KEEP_PERCENT} %; it can be forced",
    after.sets, after.printings, before.sets, before.printings
)]
pub struct Refused {
    /// What is there now.
    pub before: Counts,
    /// What the import would leave.
    pub after: Counts,
}

/// Decides on replacing a catalogue of size `before` by one of size `after`; `force` allows any.
///
/// # Errors
/// [`Refused`] when fewer than 98 % of the sets or of the printings would remain.
pub fn check(before: Counts, after: Counts, force: bool) -> Result<(), Refused> {
    let keeps = |before: usize, after: usize| after.saturating_mul(100) >= before.saturating_mul(KEEP_PERCENT);
    if force || (keeps(before.sets, after.sets) && keeps(before.printings, after.printings)) {
        return Ok(());
    }
    Err(Refused { before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(sets: usize, printings: usize) -> Counts {
        Counts { sets, printings }
    }

    #[test]
    fn ninety_eight_percent_is_enough_and_less_is_not() {
        assert_eq!(check(counts(0, 0), counts(1, 1), false), Ok(()));
        assert_eq!(check(counts(100, 1000), counts(98, 980), false), Ok(()));
        assert_eq!(check(counts(100, 1000), counts(120, 2000), false), Ok(()));
        for after in [counts(97, 1000), counts(100, 979), counts(0, 0)] {
            let refused = check(counts(100, 1000), after, false).unwrap_err();
            assert_eq!(refused, Refused { before: counts(100, 1000), after });
            assert!(refused.to_string().contains("1000"), "{refused}");
        }
    }

    #[test]
    fn force_overrides_the_gate() {
        assert_eq!(check(counts(100, 1000), counts(1, 1), true), Ok(()));
    }
}
