//! Batches, captures and their attempts.

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::route::Stage;
use cardmint_domain::{BatchId, Capture, CaptureState, Fault, Timestamp};
use serde::{Deserialize, Serialize};

use super::ScanView;

/// A run of captures that share defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its name.
    pub id: BatchId,
    /// What it declares about its cards.
    pub defaults: BatchDefaults,
    /// Where its cards are put, for example `box 4, row 2`; given to each item booked from it.
    pub location: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
}

/// A batch with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchView {
    /// The batch.
    #[serde(flatten)]
    pub batch: Batch,
    /// How many captures it has.
    pub captures: u64,
    /// How many of them are done.
    pub done: u64,
    /// How many scans were found in them.
    pub scans: u64,
}

/// A capture and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptureView {
    /// The capture.
    #[serde(flatten)]
    pub capture: Capture,
    /// Where it stands.
    pub state: CaptureState,
    /// Attempts since admission or since the last retry by a person.
    pub attempt: u32,
    /// Not to be taken before this time.
    pub not_before: Timestamp,
    /// Until when it is leased; only while in progress.
    pub lease_until: Option<Timestamp>,
    /// When it became done or dead.
    pub finished_at: Option<Timestamp>,
    /// How many scans were committed.
    pub scans: u64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// It was committed.
    Committed,
    /// It failed and may be tried again.
    GivenBack,
    /// It was interrupted by an orderly stop; it does not count.
    Released,
    /// It failed for good.
    Dead,
    /// Nothing was heard of it until its lease had passed.
    LeasePassed,
}

/// One attempt at a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptView {
    /// Which attempt, from 1; starts again after a person's retry.
    pub attempt: u32,
    /// Its lease token, unique within the capture.
    pub token: i64,
    /// When it was taken.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended; `None` while under way.
    pub end: Option<AttemptEnd>,
    /// At which stage it failed.
    pub stage: Option<Stage>,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// Everything about one capture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaptureDetail {
    /// The capture.
    #[serde(flatten)]
    pub capture: CaptureView,
    /// Its attempts, oldest first.
    pub attempts: Vec<AttemptView>,
    /// Its scans, in order.
    pub scan_list: Vec<ScanView>,
}
