//! Numbers for the metrics, and the state of the catalogue.

use std::collections::BTreeMap;

use cardmint_domain::Timestamp;
use serde::Serialize;

/// The numbers behind the metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Counts {
    /// Captures by state; every state is present.
    pub captures: BTreeMap<&'static str, u64>,
    /// Scans by outcome; every outcome is present.
    pub scans: BTreeMap<&'static str, u64>,
    /// Open review tasks.
    pub open_reviews: u64,
    /// Open review tasks by the code of each of their reasons.
    pub open_reviews_by_reason: BTreeMap<String, u64>,
    /// Items in stock.
    pub items: u64,
    /// Open dead letters.
    pub dead_letters: u64,
    /// Rows of the audit log.
    pub audit_rows: u64,
    /// When the oldest capture that is neither done nor dead was admitted.
    pub oldest_waiting_at: Option<Timestamp>,
}

/// What the catalogue holds and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueStatus {
    /// How many sets.
    pub sets: u64,
    /// How many printings.
    pub printings: u64,
    /// The last import; `None` for an empty catalogue.
    pub last_import: Option<ImportView>,
}

/// One import of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportView {
    /// Where it came from.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// How many sets it brought.
    pub sets: u64,
    /// How many printings it brought.
    pub printings: u64,
    /// BLAKE3 over its content, independent of the order of its rows.
    pub digest: String,
}
