//! How long to wait before a restart.

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

/// Failures in a row of one child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FailureRow(u32);

impl FailureRow {
    /// Counts one more failure of a child that had run for `ran_ms`.
    pub(super) fn count(&mut self, ran_ms: u64, backoff: &Backoff) -> u32 {
        self.0 = if ran_ms >= backoff.stable_ms { 1 } else { self.0.saturating_add(1) };
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { base_ms: 100, cap_ms: 5_000, stable_ms: 10_000 };

    #[test]
    fn waits_double_are_capped_and_start_over_after_a_stable_run() {
        let mut row = FailureRow::default();
        let waits = [0, 0, 0, 0, 0, 0, 0, 9_999, 10_000, 0].map(|ran| BACKOFF.wait_ms(row.count(ran, &BACKOFF), 1.0));
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 100, 200]);
    }

    #[test]
    fn jitter_stays_between_half_and_all_and_nothing_overflows() {
        for failures in [1, 2, 10, 64, 1_000, u32::MAX] {
            let (least, most) = (BACKOFF.wait_ms(failures, 0.0), BACKOFF.wait_ms(failures, 1.0));
            assert!(least >= most / 2 && most <= BACKOFF.cap_ms, "{failures}: {least}..{most}");
            let middle = BACKOFF.wait_ms(failures, 0.5);
            assert!(least <= middle && middle <= most);
        }
        let endless = Backoff { base_ms: u64::MAX, cap_ms: u64::MAX, stable_ms: 1 };
        assert!(endless.wait_ms(u32::MAX, 1.0) > 0);
        assert_eq!(BACKOFF.wait_ms(1, f64::NAN), 50);
    }
}
