//! How many restarts there were lately.

use std::collections::VecDeque;

use super::Policy;

/// When restarts happened, as far back as they count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RestartLog {
    at_ms: VecDeque<u64>,
}

impl RestartLog {
    /// Notes a restart and says whether it is within the limit.
    pub(super) fn allows(&mut self, now_ms: u64, policy: &Policy) -> bool {
        self.at_ms.push_back(now_ms);
        while self.at_ms.front().is_some_and(|at| now_ms.saturating_sub(*at) > policy.period_ms) {
            self.at_ms.pop_front();
        }
        // One more than the limit is kept at most: memory stays bounded whatever the limit is.
        let within = self.at_ms.len() <= policy.max_restarts as usize;
        while self.at_ms.len() > policy.max_restarts as usize + 1 {
            self.at_ms.pop_front();
        }
        within
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AutoShutdown, Backoff, Exhausted, Strategy};
    use super::*;

    const POLICY: Policy = Policy {
        strategy: Strategy::OneForOne,
        max_restarts: 3,
        period_ms: 1_000,
        exhausted: Exhausted::Escalate,
        auto_shutdown: AutoShutdown::Never,
        backoff: Backoff { base_ms: 100, cap_ms: 5_000, stable_ms: 10_000 },
    };

    /// Whether each of the restarts at these times is within the limit.
    fn allowed(policy: &Policy, times: &[u64]) -> Vec<bool> {
        let mut log = RestartLog::default();
        times.iter().map(|now| log.allows(*now, policy)).collect()
    }

    #[test]
    fn one_restart_more_than_allowed_within_the_period_is_too_many() {
        assert_eq!(allowed(&POLICY, &[0, 10, 20, 30]), [true, true, true, false]);
        assert_eq!(allowed(&Policy { max_restarts: 0, ..POLICY }, &[5]), [false]);
    }

    #[test]
    fn the_window_slides_and_its_boundary_counts() {
        let one = Policy { max_restarts: 1, ..POLICY };
        assert_eq!(allowed(&one, &[0, 1_000]), [true, false]);
        assert_eq!(allowed(&one, &[0, 1_001]), [true, true]);
    }

    #[test]
    fn the_log_stays_small() {
        let mut log = RestartLog::default();
        for now in 0..10_000 {
            let _within = log.allows(now, &POLICY);
        }
        assert!(log.at_ms.len() <= 4, "{}", log.at_ms.len());
    }
}
