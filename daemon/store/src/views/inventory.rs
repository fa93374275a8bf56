//! Inventory items, and those whose price is due.

use cardmint_domain::{BatchId, Condition, CorrelationId, Edition, Finish, PrintingId, ScanId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ItemId, PriceView, PrintingLabel};

/// Whether an item is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// In stock.
    InStock,
    /// Sold, given away or otherwise gone.
    Removed,
    /// Booked by a review that was taken back.
    Undone,
}

/// An inventory item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemView {
    /// Its number.
    pub id: ItemId,
    /// The scan it was booked from.
    pub scan: ScanId,
    /// The batch of that scan.
    pub batch: BatchId,
    /// What it is.
    pub printing: PrintingLabel,
    /// In which finish.
    pub finish: Finish,
    /// In which edition.
    pub edition: Edition,
    /// In which condition.
    pub condition: Condition,
    /// Where it lies.
    pub location: Option<String>,
    /// Remark by a person; empty for none.
    pub note: String,
    /// Whether it is there.
    pub state: ItemState,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// Who booked it: `storage` for the daemon itself, or a person.
    pub booked_by: String,
    /// What it is worth; `None` until a price was looked for.
    pub price: Option<PriceView>,
}

/// A scan whose price is to be looked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceDue {
    /// Which scan.
    pub scan: ScanId,
    /// As which printing it is booked.
    pub printing: PrintingId,
    /// BCP 47 language of that printing; `en` when the catalogue no longer has it.
    pub language: String,
    /// In which finish.
    pub finish: Finish,
    /// In which edition.
    pub edition: Edition,
    /// In which condition.
    pub condition: Condition,
    /// When it was last priced.
    pub decided_at: Option<Timestamp>,
    /// Ties the log lines together.
    pub correlation: CorrelationId,
}
