//! How much a child may use. The parent decides; the child reads the numbers from its environment.

use serde::{Deserialize, Serialize};

/// How much a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Address space, in bytes. An allocation beyond it fails, which ends most programs.
    pub address_space_bytes: u64,
    /// Largest frame either way, in bytes.
    pub max_frame_bytes: usize,
    /// Highest number of open descriptors.
    pub open_files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { address_space_bytes: 1 << 30, max_frame_bytes: 64 << 20, open_files: 32 }
    }
}

/// The variable in the child's environment.
pub(crate) const VARIABLE: &str = "CARDMINT_SANDBOX_LIMITS";

impl Limits {
    /// The limits that the parent has set for this process; the default ones when it has set none.
    #[must_use]
    pub fn of_this_process() -> Self {
        std::env::var(VARIABLE).ok().and_then(|text| Self::from_text(&text)).unwrap_or_default()
    }

    pub(crate) fn to_text(self) -> String {
        format!("{},{},{}", self.address_space_bytes, self.max_frame_bytes, self.open_files)
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split(',');
        let limits = Self {
            address_space_bytes: numbers.next()?.parse().ok()?,
            max_frame_bytes: numbers.next()?.parse().ok()?,
            open_files: numbers.next()?.parse().ok()?,
        };
        numbers.next().is_none().then_some(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_survive_the_environment() {
        let limits = Limits { address_space_bytes: 1, max_frame_bytes: 2, open_files: 3 };
        assert_eq!(Limits::from_text(&limits.to_text()), Some(limits));
        for nonsense in ["", "1", "1,2", "1,2,3,4", "a,b,c", "-1,2,3"] {
            assert_eq!(Limits::from_text(nonsense), None, "{nonsense:?}");
        }
    }
}
