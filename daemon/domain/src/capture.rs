//! An admitted image file and where it stands.

use serde::{Deserialize, Serialize};

use crate::{BatchId, CaptureId, CorrelationId, Timestamp};

/// One admitted image file. Written once, at admission, after its bytes are durable in the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Name: the digest of the bytes.
    pub id: CaptureId,
    /// Ties the log lines of this capture together.
    pub correlation: CorrelationId,
    /// The batch it was dropped into.
    pub batch: BatchId,
    /// File name as it was dropped, for people; lossy where the name was not UTF-8.
    pub file_name: String,
    /// Media type found in the bytes, for example `image/jpeg`.
    pub media_type: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// When it was admitted.
    pub admitted_at: Timestamp,
}

/// Where a capture stands. Only these moves are legal: see [`CaptureState::may_become`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// Durable and waiting for a stage to take it.
    Admitted,
    /// Leased: an attempt is under way until the lease passes.
    InProgress,
    /// Every card in it is in the inventory or in review.
    Done,
    /// Given up after the last attempt; waits for a person.
    Dead,
}

impl CaptureState {
    /// The state's name as the database and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    /// The state with this name, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Admitted, Self::InProgress, Self::Done, Self::Dead].into_iter().find(|state| state.as_str() == text)
    }

    /// Whether a capture in this state may move to `next`. A lease that passes takes `InProgress` back to itself with a
    /// higher attempt; a person's retry takes `Dead` back to `Admitted`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Admitted, Self::InProgress)
                | (Self::InProgress, Self::InProgress | Self::Admitted | Self::Done | Self::Dead)
                | (Self::Dead, Self::Admitted)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn done_is_the_end() {
        for next in [CaptureState::Admitted, CaptureState::InProgress, CaptureState::Done, CaptureState::Dead] {
            assert!(!CaptureState::Done.may_become(next), "done may not become {next:?}");
        }
    }

    #[test]
    fn names_round_trip() {
        for state in [CaptureState::Admitted, CaptureState::InProgress, CaptureState::Done, CaptureState::Dead] {
            assert_eq!(CaptureState::parse(state.as_str()), Some(state));
        }
        assert_eq!(CaptureState::parse("lost"), None);
    }
}
