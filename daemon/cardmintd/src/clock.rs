//! The only place that reads the machine's clocks.
//!
//! Job: to tell the daemon's own time, which never jumps while it runs: the time at its start, and on from there by a clock
//! that nobody sets and that goes on while the machine sleeps (`CLOCK_BOOTTIME`).
//!
//! Why: leases and waits are points in time that are written down and compared later. By the wall clock one step forward
//! would lapse every lease, and one back would put off every retry.
//!
//! Where several stations share a PostgreSQL, they compare each other's leases, so each starts from the database's time
//! instead of its own ([`Clock::start_at`]). Asking the database again for each claim would bring the jumps back, with all
//! stations at once; a station that was started before the server's clock was set differs from its successors by that step
//! until it is started again, and tokens keep what it does meanwhile harmless. What a former life left too far ahead is
//! brought back at the start (`Tx::mend_times`).
//!
//! The price: a machine whose clock was wrong at the start keeps the wrong time until the daemon is started again. It says
//! so in the log.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cardmint_domain::Timestamp;
use nix::time::{ClockId, clock_gettime};

/// Tells the time. Tests take one that stands still.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The daemon's own.
    System,
    /// Always this time.
    Fixed(Timestamp),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::Fixed(at) => at,
            Self::System => SYSTEM.now(Hands::read()),
        }
    }

    /// Has the daemon's time go on from `now`, whatever the machine says. Once, before anybody has kept a time.
    pub fn start_at(now: Timestamp) {
        SYSTEM.start_at(now, Hands::read());
    }
}

static SYSTEM: Steady = Steady::new();

/// How far the machine's clock may be away before the log says so, in milliseconds.
const TOLD_FROM_MS: i64 = 60_000;

/// What the machine's clocks show, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Hands {
    /// Since 1970; may be set at any time.
    wall: i64,
    /// Since the machine was started; only ever goes on.
    boot: i64,
}

impl Hands {
    fn read() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Linux has both; the second one stands still while the machine sleeps.
        let boot = clock_gettime(ClockId::CLOCK_BOOTTIME).or_else(|_| clock_gettime(ClockId::CLOCK_MONOTONIC));
        let boot = boot.map_or(Duration::ZERO, Duration::from);
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self { wall: millis(wall), boot: millis(boot) }
    }
}

/// A time that is read off the wall once and then goes on by itself.
struct Steady {
    /// Milliseconds between the two clocks at the start.
    offset: AtomicI64,
    /// How far the wall was away when the log last said so.
    told: AtomicI64,
}

impl Steady {
    const NOT_STARTED: i64 = i64::MIN;

    const fn new() -> Self {
        Self { offset: AtomicI64::new(Self::NOT_STARTED), told: AtomicI64::new(0) }
    }

    fn start_at(&self, now: Timestamp, hands: Hands) {
        self.offset.store(now.0.saturating_sub(hands.boot), Ordering::SeqCst);
    }

    fn now(&self, hands: Hands) -> Timestamp {
        let fresh = hands.wall.saturating_sub(hands.boot);
        let set = self.offset.compare_exchange(Self::NOT_STARTED, fresh, Ordering::SeqCst, Ordering::SeqCst);
        let now = hands.boot.saturating_add(set.map_or_else(|offset| offset, |_| fresh));
        self.compare(hands.wall.saturating_sub(now));
        Timestamp(now)
    }

    /// Says in the log when the machine's clock has moved away, once for each step. Says whether it did.
    fn compare(&self, away_ms: i64) -> bool {
        let told = self.told.load(Ordering::SeqCst);
        let news = away_ms.saturating_sub(told).saturating_abs() >= TOLD_FROM_MS;
        let ours = news && self.told.compare_exchange(told, away_ms, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if ours {
            tracing::warn!(
                away_secs = away_ms / 1000,
                "the machine's clock shows another time; the daemon keeps its own until it is started again"
            );
        }
        ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::testing::{Scratch, capture};

    const DAY: i64 = 86_400_000;
    const START: i64 = 1_700_000_000_000;

    #[test]
    fn no_step_of_the_wall_clock_moves_the_time() {
        let clock = Steady::new();
        let at = |wall, boot| clock.now(Hands { wall, boot }).0;
        assert_eq!(at(START, 5_000), START);
        assert_eq!(at(START + 1_000, 6_000), START + 1_000);
        assert_eq!(at(START + 2_000 + DAY, 7_000), START + 2_000, "a day forward");
        assert_eq!(at(START + 3_000 - DAY, 8_000), START + 3_000, "and two back");
        assert_eq!(at(0, 9_000), START + 4_000);
        // Asleep for a day: that passed for everybody.
        assert_eq!(at(START + 5_000 + DAY, 10_000 + DAY), START + 5_000 + DAY);
    }

    #[test]
    fn a_step_is_told_once() {
        let clock = Steady::new();
        assert_eq!([0, 59_999, DAY, DAY + 10, DAY].map(|away| clock.compare(away)), [false, false, true, false, false]);
        assert!(clock.compare(0), "and that it is back");
    }

    #[test]
    fn a_station_goes_by_the_time_it_was_given() {
        let clock = Steady::new();
        clock.start_at(Timestamp(START), Hands { wall: START + DAY, boot: 70 });
        assert_eq!(clock.now(Hands { wall: START + DAY + 10, boot: 80 }), Timestamp(START + 10));
    }

    #[test]
    fn the_machines_own_clocks_agree_with_it() {
        let before = Hands::read().wall;
        let clock = Steady::new();
        let (first, second) = (clock.now(Hands::read()), clock.now(Hands::read()));
        assert!(first.0 >= before && first <= second && second.0 <= Hands::read().wall + 1_000);
    }

    #[test]
    fn leases_hold_while_the_wall_clock_jumps() {
        let (scratch, clock) = (Scratch::new(), Steady::new());
        let now = |wall, boot| clock.now(Hands { wall, boot });
        let capture = capture("x.jpg", now(START, 0));
        let claim = |at| scratch.write(|tx| tx.claim(at, 60_000, 1)).len();
        scratch.write(|tx| tx.admit(&capture));
        assert_eq!(claim(now(START, 0)), 1);
        assert_eq!(claim(now(START + DAY, 59_999)), 0, "a day forward lapses nothing");
        assert_eq!(claim(now(START - DAY, 60_000)), 1, "and a day back puts nothing off");
    }
}
