//! One host: its rate limit and its breaker.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cardmint_plugin_api::RateLimit;
use governor::{
    Quota, RateLimiter,
    clock::Clock as _,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};

use super::breaker::{Breaker, BreakerParams, BreakerState, Outcome, Permit};
use crate::clock::Clock;

/// governor's view of our clock.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.monotonic_ms())
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

/// One host's state.
pub(crate) struct Lane {
    host: String,
    limiter: Limiter,
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

impl Lane {
    pub(crate) fn new(host: &str, limit: &RateLimit, breaker: BreakerParams, clock: Arc<dyn Clock>) -> Self {
        let period = Duration::from_millis(limit.period_ms.max(1));
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        // A period of at least 1 ms always makes a quota; the fallback is slower than anything asked for.
        let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_hour(NonZeroU32::MIN)).allow_burst(burst);
        let limiter = RateLimiter::direct_with_clock(quota, Ticks(Arc::clone(&clock)));
        Self { host: host.to_owned(), limiter, breaker: Mutex::new(Breaker::new(breaker)), clock }
    }

    /// Waits until the rate limit lets one request pass.
    pub(crate) async fn wait_for_slot(&self) {
        while let Err(not_yet) = self.limiter.check() {
            let wait = not_yet.wait_time_from(Ticks(Arc::clone(&self.clock)).now());
            let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
            self.clock.sleep_ms(ms).await;
        }
    }

    /// Leave to send one request, or the milliseconds to wait for it.
    pub(crate) fn enter(&self) -> Result<Passing<'_>, u64> {
        let permit = self.breaker().try_acquire(self.clock.monotonic_ms()).map_err(|refused| refused.retry_in_ms)?;
        Ok(Passing { lane: self, permit: Some(permit) })
    }

    /// Counts a failure that no request of its own stands for.
    pub(crate) fn note_failure(&self) {
        let changed = self.breaker().note_failure(self.clock.monotonic_ms());
        self.tell(changed);
    }

    pub(crate) fn state(&self) -> BreakerState {
        self.breaker().state(self.clock.monotonic_ms())
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // The breaker's rules do not panic; were the lock poisoned all the same, its state is whole.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, changed: Option<BreakerState>) {
        if let Some(state) = changed {
            tracing::warn!(host = %self.host, ?state, "the breaker changed");
        }
    }
}

/// A request on its way. Dropped without a verdict (the caller gave up), it says nothing about the host.
pub(crate) struct Passing<'a> {
    lane: &'a Lane,
    permit: Option<Permit>,
}

impl Passing<'_> {
    pub(crate) fn finish(mut self, outcome: Outcome) {
        self.settle(outcome);
    }

    fn settle(&mut self, outcome: Outcome) {
        if let Some(permit) = self.permit.take() {
            let changed = self.lane.breaker().record(permit, outcome, self.lane.clock.monotonic_ms());
            self.lane.tell(changed);
        }
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.settle(Outcome::Nothing);
    }
}

#[cfg(test)]
mod tests {
    use cardmint_domain::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    fn lane(clock: &ManualClock, limit: RateLimit) -> Lane {
        let breaker = BreakerParams { failures_to_open: 1, open_ms: 1000, ..BreakerParams::default() };
        Lane::new("a.example.org", &limit, breaker, Arc::new(clock.clone()))
    }

    #[tokio::test]
    async fn requests_are_spaced_as_the_manifest_says() {
        let clock = ManualClock::at(Timestamp(0));
        let lane = lane(&clock, RateLimit { period_ms: 150, burst: 2 });
        for _ in 0..2 {
            lane.wait_for_slot().await;
        }
        assert_eq!(clock.monotonic_ms(), 0, "a burst goes at once");
        for _ in 0..10 {
            lane.wait_for_slot().await;
        }
        assert!((1500..1600).contains(&clock.monotonic_ms()), "{} ms for ten more", clock.monotonic_ms());
    }

    #[tokio::test]
    async fn a_probe_whose_caller_gave_up_is_given_back() {
        let clock = ManualClock::at(Timestamp(0));
        let lane = lane(&clock, RateLimit::default());
        lane.enter().unwrap().finish(Outcome::Failure);
        assert_eq!(lane.enter().err(), Some(1000));
        clock.advance_ms(1000);
        drop(lane.enter().unwrap());
        lane.enter().unwrap().finish(Outcome::Success);
        assert_eq!(lane.state(), BreakerState::Closed);
    }
}
