//! Time as an argument: the real clock, and one that tests turn by hand.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cardmint_domain::Timestamp;

/// Waiting, as a value.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the HTTP part needs to know of time.
pub trait Clock: Send + Sync {
    /// The time of day, for what is stored. May jump.
    fn now(&self) -> Timestamp;

    /// Milliseconds since some fixed moment, for waits and limits. Never goes back.
    fn monotonic_ms(&self) -> u64;

    /// Waits this long.
    fn sleep_ms(&self, ms: u64) -> Sleep;
}

/// The machine's clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts counting now.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // Before 1970 only on a machine without a clock; its first moments are as good as any.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_ms(&self, ms: u64) -> Sleep {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }
}

/// A clock that stands still until it is turned; a sleep turns it and is over at once. For tests.
#[derive(Debug, Clone)]
pub struct ManualClock {
    start: Timestamp,
    ms: Arc<AtomicU64>,
}

impl ManualClock {
    /// Stands at this time.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self { start, ms: Arc::new(AtomicU64::new(0)) }
    }

    /// Turns it forward.
    pub fn advance_ms(&self, ms: u64) {
        self.ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start.plus_millis(i64::try_from(self.monotonic_ms()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        self.ms.load(Ordering::SeqCst)
    }

    fn sleep_ms(&self, ms: u64) -> Sleep {
        self.advance_ms(ms);
        Box::pin(tokio::task::yield_now())
    }
}
