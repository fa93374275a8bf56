//! How a scan ended.

use serde::{Deserialize, Serialize};

use crate::{Condition, Edition, Finish, Identification, PrintingId, Quad, ReviewReason, ScanId};

/// What a batch declares about the cards in it, where the photo cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchDefaults {
    /// Finish when it cannot be read.
    pub finish: Finish,
    /// Edition when it cannot be read.
    pub edition: Edition,
    /// Condition of every card in the batch.
    pub condition: Condition,
}

impl Default for BatchDefaults {
    fn default() -> Self {
        Self { finish: Finish::Normal, edition: Edition::Unlimited, condition: Condition::NearMint }
    }
}

/// Where a scan went: exactly one of these, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Into the inventory.
    Booked {
        /// As which printing.
        printing: PrintingId,
        /// In which finish.
        finish: Finish,
        /// In which edition.
        edition: Edition,
        /// In which condition.
        condition: Condition,
    },
    /// Before a person.
    Review {
        /// Why.
        reasons: Vec<ReviewReason>,
    },
}

/// All that is committed about one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanRecord {
    /// Its name.
    pub id: ScanId,
    /// Position in the capture, from 0.
    pub index: u32,
    /// Page of a multi-page document, from 0.
    pub page: u32,
    /// Where the card lies on the page.
    pub quad: Quad,
    /// The rectified picture as JPEG bytes, to be kept in the blob store; empty when there is none.
    pub picture: Vec<u8>,
    /// What the matcher said.
    pub identification: Identification,
    /// Where it went.
    pub outcome: Outcome,
}
