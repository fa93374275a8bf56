//! The only place that reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use cardmint_domain::Timestamp;

/// Tells the time. Tests take one that stands still.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always this time.
    Fixed(Timestamp),
}

impl Clock {
    /// The time now. A machine whose clock stands before 1970 is taken to be there.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::Fixed(at) => at,
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }
}
