//! When a whole source is left alone because of what it *said*: come later, allowance used up, wrong key, robots keep out.
//! Pure: the time goes in as an argument, in milliseconds of any clock that never goes back.

use cardmint_plugin_api::ErrorClass;

/// After a wall against robots: an hour (SOURCES 17).
const BLOCKED_SECS: u64 = 3600;
/// After a used-up allowance that does not say when it is renewed: an hour, because resets are at unknown hours.
const QUOTA_SECS: u64 = 3600;
/// Longest pause that a server may impose: a day. A longer one is a mistake in its answer.
const MAX_PAUSE_SECS: u64 = 86_400;

/// Why and how long nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// What the source said.
    pub class: ErrorClass,
    /// Milliseconds left; `None` until an administrator opens it again.
    pub retry_in_ms: Option<u64>,
}

/// One source's gate.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    closed: Option<(ErrorClass, Option<u64>)>,
}

impl Gate {
    /// Whether something may be sent.
    ///
    /// # Errors
    /// [`Closed`] with the reason.
    pub fn check(&self, now_ms: u64) -> Result<(), Closed> {
        match self.closed {
            Some((class, None)) => Err(Closed { class, retry_in_ms: None }),
            Some((class, Some(until))) if now_ms < until => Err(Closed { class, retry_in_ms: Some(until - now_ms) }),
            _ => Ok(()),
        }
    }

    /// Takes note of what the source said. `pause_secs` is the manifest's pause for a 429 that does not say how long.
    /// A longer pause is never shortened by a later, shorter one.
    pub fn report(&mut self, class: ErrorClass, retry_after_secs: Option<u64>, pause_secs: u64, now_ms: u64) {
        let default_secs = match class {
            ErrorClass::Auth => {
                self.closed = Some((class, None));
                return;
            }
            ErrorClass::RateLimited => pause_secs,
            ErrorClass::QuotaExhausted => QUOTA_SECS,
            ErrorClass::Blocked => BLOCKED_SECS,
            _ => return,
        };
        let secs = retry_after_secs.unwrap_or(default_secs).min(MAX_PAUSE_SECS);
        let until = now_ms.saturating_add(secs.saturating_mul(1000));
        if self.check(now_ms).is_ok() || matches!(self.closed, Some((_, Some(earlier))) if earlier < until) {
            self.closed = Some((class, Some(until)));
        }
    }

    /// Opens it: an administrator has changed the key, or wants to try.
    pub fn reset(&mut self) {
        self.closed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(class: ErrorClass, retry_after_secs: Option<u64>) -> Gate {
        let mut gate = Gate::default();
        gate.report(class, retry_after_secs, 600, 0);
        gate
    }

    #[test]
    fn each_class_has_its_pause() {
        for (class, asked, wait_ms) in [
            (ErrorClass::RateLimited, None, 600_000),
            (ErrorClass::RateLimited, Some(5), 5000),
            (ErrorClass::QuotaExhausted, None, 3_600_000),
            (ErrorClass::Blocked, None, 3_600_000),
            (ErrorClass::Blocked, Some(u64::MAX), 86_400_000),
        ] {
            let gate = after(class, asked);
            assert_eq!(gate.check(0), Err(Closed { class, retry_in_ms: Some(wait_ms) }));
            assert_eq!(gate.check(wait_ms), Ok(()));
        }
        for class in [ErrorClass::NotCovered, ErrorClass::Transient, ErrorClass::Malformed, ErrorClass::MissingFile] {
            assert_eq!(after(class, Some(60)).check(0), Ok(()));
        }
    }

    #[test]
    fn a_wrong_key_waits_for_a_person() {
        let mut gate = after(ErrorClass::Auth, None);
        assert_eq!(gate.check(u64::MAX), Err(Closed { class: ErrorClass::Auth, retry_in_ms: None }));
        gate.report(ErrorClass::RateLimited, Some(1), 600, 0);
        assert!(gate.check(u64::MAX).is_err(), "a later 429 does not open it");
        gate.reset();
        assert_eq!(gate.check(0), Ok(()));
    }

    #[test]
    fn a_shorter_pause_does_not_end_a_longer_one() {
        let mut gate = after(ErrorClass::Blocked, None);
        gate.report(ErrorClass::RateLimited, Some(1), 600, 10);
        assert!(gate.check(2000).is_err());
    }
}
