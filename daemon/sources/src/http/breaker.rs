//! When a host is left alone. Pure: the time goes in as an argument, in milliseconds of any clock that never goes back.
//!
//! *Closed*: requests pass; `failures_to_open` failures in a row open it. *Open*: nothing passes until the time is over.
//! *Half-open*: exactly `probes` requests pass; if all of them succeed it closes, if one fails it opens again for twice as
//! long, up to a cap. Every change of state begins a new generation, and what a request of an older generation reports is
//! ignored: a request that was sent before the breaker opened says nothing about the host afterwards.

use serde::Deserialize;

/// The numbers of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerParams {
    /// Failures in a row that open it; 1 or more.
    pub failures_to_open: u32,
    /// How long it stays open the first time, in milliseconds.
    pub open_ms: u64,
    /// How long it stays open at most, in milliseconds.
    pub max_open_ms: u64,
    /// How many requests pass while half-open, and must succeed to close it; 1 or more.
    pub probes: u32,
    /// After this long without a verdict the probes are handed out afresh, in milliseconds. Longer than any request may take.
    pub probe_lease_ms: u64,
}

impl Default for BreakerParams {
    fn default() -> Self {
        Self { failures_to_open: 5, open_ms: 30_000, max_open_ms: 900_000, probes: 1, probe_lease_ms: 300_000 }
    }
}

/// Leave to send one request. Given back to [`Breaker::record`] with what became of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    generation: u64,
}

/// What became of a request, as far as the host's health goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The host answered as it should.
    Success,
    /// It did not.
    Failure,
    /// It says nothing: given up halfway, or told to come later.
    Nothing,
}

/// Why there is no leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Ask again after this many milliseconds.
    pub retry_in_ms: u64,
}

/// The state for people and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// Nothing passes.
    Open,
    /// A few pass on trial.
    HalfOpen,
}

#[derive(Debug, Clone)]
enum State {
    Closed { failures: u32 },
    Open { until_ms: u64 },
    HalfOpen { handed_out: u32, succeeded: u32, lease_until_ms: u64 },
}

/// One host's breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    params: BreakerParams,
    state: State,
    generation: u64,
    next_open_ms: u64,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(params: BreakerParams) -> Self {
        let next_open_ms = params.open_ms;
        Self { params, state: State::Closed { failures: 0 }, generation: 0, next_open_ms }
    }

    /// Asks for leave to send one request.
    ///
    /// # Errors
    /// [`Refused`] while open, and while half-open when all probes are out.
    pub fn try_acquire(&mut self, now_ms: u64) -> Result<Permit, Refused> {
        match &mut self.state {
            State::Closed { .. } => {}
            State::Open { until_ms } if now_ms < *until_ms => return Err(Refused { retry_in_ms: *until_ms - now_ms }),
            State::Open { .. } => self.half_open(now_ms),
            State::HalfOpen { handed_out, lease_until_ms, .. } if *handed_out >= self.params.probes.max(1) => {
                if now_ms < *lease_until_ms {
                    return Err(Refused { retry_in_ms: *lease_until_ms - now_ms });
                }
                self.half_open(now_ms);
            }
            State::HalfOpen { .. } => {}
        }
        if let State::HalfOpen { handed_out, .. } = &mut self.state {
            *handed_out += 1;
        }
        Ok(Permit { generation: self.generation })
    }

    /// Takes note of what became of a permitted request. Returns the new state when this changed it.
    pub fn record(&mut self, permit: Permit, outcome: Outcome, now_ms: u64) -> Option<BreakerState> {
        if permit.generation != self.generation {
            return None;
        }
        match (&mut self.state, outcome) {
            (State::Closed { failures }, Outcome::Success) => {
                *failures = 0;
                None
            }
            (State::Closed { .. }, Outcome::Failure) => self.note_failure(now_ms),
            (State::HalfOpen { handed_out, .. }, Outcome::Nothing) => {
                *handed_out = handed_out.saturating_sub(1);
                None
            }
            (State::HalfOpen { succeeded, .. }, Outcome::Success) => {
                *succeeded += 1;
                (*succeeded >= self.params.probes.max(1)).then(|| self.close())
            }
            (State::HalfOpen { .. }, Outcome::Failure) => Some(self.open(now_ms)),
            // A permit of this generation cannot be out while open: opening begins a new one.
            (State::Closed { .. }, Outcome::Nothing) | (State::Open { .. }, _) => None,
        }
    }

    /// Counts a failure that no request of its own stands for, such as an answer that turned out to be nonsense later.
    pub fn note_failure(&mut self, now_ms: u64) -> Option<BreakerState> {
        match &mut self.state {
            State::Closed { failures } => {
                *failures += 1;
                (*failures >= self.params.failures_to_open.max(1)).then(|| self.open(now_ms))
            }
            State::HalfOpen { .. } => Some(self.open(now_ms)),
            State::Open { .. } => None,
        }
    }

    /// The state at `now_ms`.
    #[must_use]
    pub fn state(&self, now_ms: u64) -> BreakerState {
        match self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until_ms } if now_ms < until_ms => BreakerState::Open,
            State::Open { .. } | State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    fn half_open(&mut self, now_ms: u64) {
        let lease_until_ms = now_ms.saturating_add(self.params.probe_lease_ms);
        self.generation += 1;
        self.state = State::HalfOpen { handed_out: 0, succeeded: 0, lease_until_ms };
    }

    fn open(&mut self, now_ms: u64) -> BreakerState {
        self.generation += 1;
        self.state = State::Open { until_ms: now_ms.saturating_add(self.next_open_ms) };
        self.next_open_ms = self.next_open_ms.saturating_mul(2).min(self.params.max_open_ms);
        BreakerState::Open
    }

    fn close(&mut self) -> BreakerState {
        self.generation += 1;
        self.next_open_ms = self.params.open_ms;
        self.state = State::Closed { failures: 0 };
        BreakerState::Closed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn breaker(failures_to_open: u32, probes: u32) -> Breaker {
        let params = BreakerParams { failures_to_open, open_ms: 1000, max_open_ms: 3000, probes, probe_lease_ms: 500 };
        Breaker::new(params)
    }

    fn send(breaker: &mut Breaker, outcome: Outcome, now_ms: u64) -> Option<BreakerState> {
        let permit = breaker.try_acquire(now_ms).unwrap();
        breaker.record(permit, outcome, now_ms)
    }

    #[test]
    fn the_whole_walk_closed_open_half_open_open_half_open_closed() {
        let mut b = breaker(3, 2);
        assert_eq!(send(&mut b, Outcome::Failure, 0), None);
        assert_eq!(send(&mut b, Outcome::Failure, 1), None);
        assert_eq!(send(&mut b, Outcome::Success, 2), None);
        assert_eq!(send(&mut b, Outcome::Failure, 3), None);
        assert_eq!(send(&mut b, Outcome::Failure, 4), None);
        assert_eq!(send(&mut b, Outcome::Failure, 5), Some(BreakerState::Open));
        assert_eq!(b.try_acquire(1004), Err(Refused { retry_in_ms: 1 }));
        assert_eq!(b.state(1005), BreakerState::HalfOpen);
        assert_eq!(send(&mut b, Outcome::Failure, 1005), Some(BreakerState::Open));
        assert_eq!(b.try_acquire(3004), Err(Refused { retry_in_ms: 1 }), "the second time it is open twice as long");
        assert_eq!(send(&mut b, Outcome::Success, 3005), None);
        assert_eq!(send(&mut b, Outcome::Success, 3006), Some(BreakerState::Closed));
        for now in 3007..3009 {
            assert_eq!(send(&mut b, Outcome::Failure, now), None);
        }
        assert_eq!(send(&mut b, Outcome::Failure, 3009), Some(BreakerState::Open));
        assert_eq!(b.try_acquire(4008), Err(Refused { retry_in_ms: 1 }), "closing resets how long it is open");
    }

    #[test]
    fn half_open_hands_out_exactly_its_probes() {
        let mut b = breaker(1, 2);
        send(&mut b, Outcome::Failure, 0);
        let (first, second) = (b.try_acquire(1000).unwrap(), b.try_acquire(1000).unwrap());
        assert_eq!(b.try_acquire(1001), Err(Refused { retry_in_ms: 499 }));
        assert_eq!(b.record(first, Outcome::Success, 1002), None);
        assert!(b.try_acquire(1003).is_err(), "a probe that came back makes no room for a third");
        assert_eq!(b.record(second, Outcome::Success, 1004), Some(BreakerState::Closed));
    }

    #[test]
    fn a_probe_that_says_nothing_is_handed_out_again() {
        let mut b = breaker(1, 1);
        send(&mut b, Outcome::Failure, 0);
        assert_eq!(send(&mut b, Outcome::Nothing, 1000), None);
        assert_eq!(send(&mut b, Outcome::Success, 1001), Some(BreakerState::Closed));
    }

    #[test]
    fn probes_that_never_come_back_are_replaced_and_then_ignored() {
        let mut b = breaker(1, 1);
        send(&mut b, Outcome::Failure, 0);
        let lost = b.try_acquire(1000).unwrap();
        assert!(b.try_acquire(1499).is_err());
        let fresh = b.try_acquire(1500).unwrap();
        assert_eq!(b.record(lost, Outcome::Failure, 1501), None);
        assert_eq!(b.record(fresh, Outcome::Success, 1502), Some(BreakerState::Closed));
    }

    #[test]
    fn late_results_of_an_earlier_generation_change_nothing() {
        let mut b = breaker(1, 1);
        let (slow_good, slow_bad) = (b.try_acquire(0).unwrap(), b.try_acquire(0).unwrap());
        send(&mut b, Outcome::Failure, 1);
        assert_eq!(b.record(slow_good, Outcome::Success, 2), None);
        assert_eq!(b.state(2), BreakerState::Open);
        send(&mut b, Outcome::Success, 1001);
        assert_eq!(b.record(slow_bad, Outcome::Failure, 1002), None);
        assert_eq!(b.state(1002), BreakerState::Closed);
    }

    #[test]
    fn being_open_never_gets_longer_than_the_cap() {
        let mut b = breaker(1, 1);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..4 {
            send(&mut b, Outcome::Failure, now);
            let wait = b.try_acquire(now).unwrap_err().retry_in_ms;
            waits.push(wait);
            now += wait;
        }
        assert_eq!(waits, [1000, 2000, 3000, 3000]);
    }

    proptest! {
        #[test]
        fn whatever_happens_half_open_never_has_more_probes_out_than_allowed(
            steps in proptest::collection::vec((0_u8..4, 0_u64..700), 1..200), probes in 1_u32..4,
        ) {
            let mut b = breaker(2, probes);
            let mut now = 0;
            let mut out: Vec<Permit> = Vec::new();
            for (action, pause) in steps {
                now += pause;
                if action == 0 {
                    if let Ok(permit) = b.try_acquire(now) { out.push(permit); }
                } else if let Some(permit) = out.pop() {
                    let outcome = [Outcome::Success, Outcome::Failure, Outcome::Nothing][usize::from(action) - 1];
                    b.record(permit, outcome, now);
                }
                if let State::HalfOpen { handed_out, succeeded, .. } = b.state {
                    prop_assert!(handed_out <= probes && succeeded < probes);
                    let current = out.iter().filter(|permit| permit.generation == b.generation).count();
                    prop_assert!(current <= usize::try_from(probes).unwrap());
                }
            }
        }
    }
}
