//! When a child is restarted, with whom, and after what wait: the semantics of Erlang/OTP's supervisor, plus backoff.
//!
//! Everything is a function of its arguments: the time is a count of milliseconds on a clock that never goes back, and
//! chance is a number that the caller drew.

use std::collections::VecDeque;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Whether a child that has ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Always.
    Permanent,
    /// Unless it returned by itself without an error.
    Transient,
    /// Never; its name is free again.
    Temporary,
}

/// Who else is restarted when one child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Nobody.
    OneForOne,
    /// Everybody.
    OneForAll,
    /// Everybody who was started after it.
    RestForOne,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It was asked to.
    Asked,
    /// It returned by itself, without an error.
    Returned,
    /// It returned an error, or could not be made.
    Failed,
    /// It panicked, or a task that it had detached did.
    Panicked,
    /// It gave no sign of life for too long, or took too long to start.
    Hung,
}

impl Exit {
    /// The word that the tree, the metrics and the logs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Returned => "returned",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Hung => "hung",
        }
    }

    const fn is_clean(self) -> bool {
        matches!(self, Self::Asked | Self::Returned)
    }
}

/// What follows when restarts are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// The supervisor stops all its children and ends, which its own supervisor treats as a failure.
    Escalate,
    /// That child stays down; the others are not touched. Restarts are counted for each child by itself.
    LeaveDown,
}

/// How long to wait before a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Before the first restart in a row.
    pub base_ms: u64,
    /// Never longer than this, jitter included.
    pub cap_ms: u64,
    /// A child that ran at least this long starts a new row.
    pub stable_ms: u64,
}

impl Backoff {
    /// The wait before restart number `failures` in a row (from 1): doubled each time, then between half of it and all of
    /// it as `chance` (0 to 1) says, so that children that died together do not come back together.
    #[must_use]
    pub fn wait_ms(&self, failures: u32, chance: f64) -> u64 {
        let doublings = failures.saturating_sub(1).min(40);
        let full = self.base_ms.saturating_mul(1_u64 << doublings).min(self.cap_ms);
        let half = full / 2;
        let spread = (full - half) as f64 * chance.clamp(0.0, 1.0);
        half + spread as u64
    }
}

/// The rules of one supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Who else is restarted.
    pub strategy: Strategy,
    /// Most restarts within `period_ms`; one more is too many.
    pub max_restarts: u32,
    /// How far back restarts are counted. A restart exactly this long ago still counts.
    pub period_ms: u64,
    /// What follows one too many.
    pub exhausted: Exhausted,
    /// How long to wait before each restart.
    pub backoff: Backoff,
}

/// When restarts happened, as far back as they count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestartLog {
    at_ms: VecDeque<u64>,
}

impl RestartLog {
    /// Notes a restart and says whether it is within the limit.
    fn allows(&mut self, now_ms: u64, policy: &Policy) -> bool {
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

/// Failures in a row of one child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureRow(u32);

impl FailureRow {
    /// Counts one more failure of a child that had run for `ran_ms`.
    fn count(&mut self, ran_ms: u64, backoff: &Backoff) -> u32 {
        self.0 = if ran_ms >= backoff.stable_ms { 1 } else { self.0.saturating_add(1) };
        self.0
    }
}

/// A child that has ended, as [`on_exit`] needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its place in the order of starting.
    pub position: usize,
    /// How many children there are.
    pub children: usize,
    /// Whether it is to be restarted at all.
    pub restart: Restart,
    /// How it ended.
    pub exit: Exit,
    /// How long it had run.
    pub ran_ms: u64,
}

/// What the supervisor does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The child is done and stays known.
    Leave,
    /// The child is done and forgotten.
    Forget,
    /// The child used up its restarts: it stays down, its siblings go on.
    LeaveDown,
    /// Stop those of `children` that still run, in reverse, wait, then start all of `children` in order.
    Restart {
        /// Places in the order of starting.
        children: Range<usize>,
        /// How long to wait first.
        wait_ms: u64,
    },
    /// Stop everybody in reverse and end with a failure.
    Escalate,
}

/// Decides what follows the end of a child. `log` is the supervisor's, or the child's own under
/// [`Exhausted::LeaveDown`]; `row` is the child's. `chance` is a drawn number from 0 to 1.
#[must_use]
pub fn on_exit(
    policy: &Policy,
    log: &mut RestartLog,
    row: &mut FailureRow,
    ended: Ended,
    now_ms: u64,
    chance: f64,
) -> Verdict {
    match ended.restart {
        Restart::Temporary => return Verdict::Forget,
        Restart::Transient if ended.exit.is_clean() => return Verdict::Leave,
        Restart::Transient | Restart::Permanent => {}
    }
    if !log.allows(now_ms, policy) {
        return match policy.exhausted {
            Exhausted::Escalate => Verdict::Escalate,
            Exhausted::LeaveDown => Verdict::LeaveDown,
        };
    }
    let wait_ms = policy.backoff.wait_ms(row.count(ended.ran_ms, &policy.backoff), chance);
    let children = match policy.strategy {
        Strategy::OneForOne => ended.position..ended.position + 1,
        Strategy::OneForAll => 0..ended.children,
        Strategy::RestForOne => ended.position..ended.children,
    };
    Verdict::Restart { children, wait_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        strategy: Strategy::OneForOne,
        max_restarts: 3,
        period_ms: 1_000,
        exhausted: Exhausted::Escalate,
        backoff: Backoff { base_ms: 100, cap_ms: 5_000, stable_ms: 10_000 },
    };

    fn ended(restart: Restart, exit: Exit) -> Ended {
        Ended { position: 1, children: 3, restart, exit, ran_ms: 0 }
    }

    fn fresh(policy: &Policy, ended: Ended) -> Verdict {
        on_exit(policy, &mut RestartLog::default(), &mut FailureRow::default(), ended, 0, 1.0)
    }

    #[test]
    fn restart_types_and_ways_to_end_are_erlangs_matrix() {
        let again = Verdict::Restart { children: 1..2, wait_ms: 100 };
        let exits = [Exit::Asked, Exit::Returned, Exit::Failed, Exit::Panicked, Exit::Hung];
        for exit in exits {
            assert_eq!(fresh(&POLICY, ended(Restart::Permanent, exit)), again, "{exit:?}");
            assert_eq!(fresh(&POLICY, ended(Restart::Temporary, exit)), Verdict::Forget, "{exit:?}");
            let transient = if exit.is_clean() { Verdict::Leave } else { again.clone() };
            assert_eq!(fresh(&POLICY, ended(Restart::Transient, exit)), transient, "{exit:?}");
        }
    }

    #[test]
    fn strategies_name_who_is_restarted() {
        for (strategy, children) in
            [(Strategy::OneForOne, 1..2), (Strategy::OneForAll, 0..3), (Strategy::RestForOne, 1..3)]
        {
            let policy = Policy { strategy, ..POLICY };
            let verdict = fresh(&policy, ended(Restart::Permanent, Exit::Panicked));
            assert_eq!(verdict, Verdict::Restart { children, wait_ms: 100 });
        }
    }

    /// Ends the same child at each of `times` and gives the verdicts.
    fn verdicts(policy: &Policy, times: &[u64]) -> Vec<Verdict> {
        let (mut log, mut row) = (RestartLog::default(), FailureRow::default());
        let end = ended(Restart::Permanent, Exit::Failed);
        times.iter().map(|now| on_exit(policy, &mut log, &mut row, end, *now, 1.0)).collect()
    }

    #[test]
    fn one_restart_more_than_allowed_within_the_period_escalates() {
        let all = verdicts(&POLICY, &[0, 10, 20, 30]);
        assert!(all[..3].iter().all(|verdict| matches!(verdict, Verdict::Restart { .. })), "{all:?}");
        assert_eq!(all[3], Verdict::Escalate);
        let isolated = Policy { exhausted: Exhausted::LeaveDown, ..POLICY };
        assert_eq!(verdicts(&isolated, &[0, 10, 20, 30])[3], Verdict::LeaveDown);
    }

    #[test]
    fn the_window_slides_and_its_boundary_counts() {
        // Intensity 1 in 1 s: failing every 2.1 s goes on for ever (OTP's multiple_restarts).
        let policy = Policy { max_restarts: 1, ..POLICY };
        let times: Vec<u64> = (0..50).map(|n| n * 2_100).collect();
        assert!(verdicts(&policy, &times).iter().all(|verdict| matches!(verdict, Verdict::Restart { .. })));
        assert_eq!(verdicts(&policy, &[0, 1_000])[1], Verdict::Escalate);
        assert!(matches!(verdicts(&policy, &[0, 1_001])[1], Verdict::Restart { .. }));
    }

    #[test]
    fn no_restart_at_all_may_be_allowed() {
        assert_eq!(verdicts(&Policy { max_restarts: 0, ..POLICY }, &[5])[0], Verdict::Escalate);
    }

    #[test]
    fn waits_double_are_capped_and_start_over_after_a_stable_run() {
        let mut row = FailureRow::default();
        let mut wait = |ran_ms| {
            let end = Ended { ran_ms, ..ended(Restart::Permanent, Exit::Hung) };
            match on_exit(&POLICY, &mut RestartLog::default(), &mut row, end, 0, 1.0) {
                Verdict::Restart { wait_ms, .. } => wait_ms,
                other => panic!("{other:?}"),
            }
        };
        let waits: Vec<u64> = [0, 0, 0, 0, 0, 0, 0, 9_999, 10_000, 0].into_iter().map(&mut wait).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 100, 200]);
    }

    #[test]
    fn jitter_stays_between_half_and_all_and_nothing_overflows() {
        for failures in [1, 2, 10, 64, 1_000, u32::MAX] {
            let (least, most) = (POLICY.backoff.wait_ms(failures, 0.0), POLICY.backoff.wait_ms(failures, 1.0));
            assert!(least >= most / 2 && most <= POLICY.backoff.cap_ms, "{failures}: {least}..{most}");
            let middle = POLICY.backoff.wait_ms(failures, 0.5);
            assert!(least <= middle && middle <= most);
        }
        let endless = Backoff { base_ms: u64::MAX, cap_ms: u64::MAX, stable_ms: 1 };
        assert!(endless.wait_ms(u32::MAX, 1.0) > 0);
        assert_eq!(POLICY.backoff.wait_ms(1, f64::NAN), 50);
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
