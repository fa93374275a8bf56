//! Scans, printings and prices as lists show them.

use cardmint_domain::price::{Confidence, ValuationState};
use cardmint_domain::{
    BatchId, Candidate, CaptureId, Identification, Money, PrintingId, Quad, Quote, ScanId, SetId, Timestamp, Valuation,
};
use serde::{Deserialize, Serialize};

use super::{ItemId, ReviewState};
use crate::BlobDigest;

/// What became of a scan so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanOutcome {
    /// In the inventory.
    Booked,
    /// Before a person.
    Review,
    /// A person said that it is nothing to be booked.
    Rejected,
}

/// A printing as lists show it. Empty texts when the catalogue no longer has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrintingLabel {
    /// Which printing.
    pub id: PrintingId,
    /// Its name.
    pub name: String,
    /// Its set.
    pub set: Option<SetId>,
    /// Its set's name.
    pub set_name: String,
    /// Its number as printed.
    pub number: String,
}

/// A valuation as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceView {
    /// Whether there is a price.
    pub state: ValuationState,
    /// The price; `None` exactly when it is missing.
    pub amount: Option<Money>,
    /// How much it can be trusted.
    pub confidence: Confidence,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// A scan as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScanView {
    /// Its name.
    pub id: ScanId,
    /// The capture it was found in.
    pub capture: CaptureId,
    /// The batch of that capture.
    pub batch: BatchId,
    /// Position in the capture, from 0.
    pub index: u32,
    /// Page, from 0.
    pub page: u32,
    /// Where the card lies.
    pub quad: Quad,
    /// The rectified picture in the blob store.
    pub picture: Option<BlobDigest>,
    /// What became of it.
    pub outcome: ScanOutcome,
    /// The best candidate's printing.
    pub best: Option<PrintingLabel>,
    /// The best candidate's probability.
    pub posterior: Option<f64>,
    /// Distance to the runner-up.
    pub gap: f64,
    /// One sentence for people.
    pub sentence: String,
    /// What it is worth; `None` until a price was looked for.
    pub price: Option<PriceView>,
    /// When it was committed.
    pub committed_at: Timestamp,
}

/// A candidate with the words for its printing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateView {
    /// The candidate.
    #[serde(flatten)]
    pub candidate: Candidate,
    /// Its printing in words.
    pub label: PrintingLabel,
}

/// Everything about one scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScanDetail {
    /// The scan.
    #[serde(flatten)]
    pub scan: ScanView,
    /// What the matcher said, to the letter, so that the decision can be replayed.
    pub identification: Identification,
    /// Its candidates with their words, best first.
    pub candidates: Vec<CandidateView>,
    /// The newest valuation in full.
    pub valuation: Option<Valuation>,
    /// The quotes that were on the table, newest first.
    pub quotes: Vec<Quote>,
    /// Its review task, if it ever had one.
    pub review: Option<ReviewState>,
    /// The item it is booked as.
    pub item: Option<ItemId>,
}
