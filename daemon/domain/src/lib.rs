//! CardMint's nouns and pure rules.
//!
//! Job: the values that travel from one stage to the next, and every decision that can be made from values alone
//! (what a collector number means, what happens after a stage, when a child is restarted, what a card is worth).
//!
//! Guarantee: nothing here reads a clock, draws a random number, touches a file or a socket, or awaits. A rule that
//! needs the time takes `now` as an argument; one that needs chance takes the drawn number.
//!
//! Deliberately absent: database rows, wire formats, pixels' arithmetic, and any knowledge of a particular card game.

pub mod audit;
pub mod booking;
pub mod capture;
pub mod catalogue;
pub mod collector_number;
pub mod errors;
pub mod fault;
pub mod finish;
pub mod id;
pub mod identification;
pub mod inventory;
pub mod money;
pub mod price;
pub mod reading;
pub mod route;
pub mod supervision;
pub mod time;

pub use audit::AuditEntry;
pub use capture::{Capture, CaptureState};
pub use catalogue::{CardSet, Printing};
pub use collector_number::CollectorNumber;
pub use fault::{Fault, Origin, Permanence};
pub use finish::{Condition, Edition, Finish};
pub use id::{BatchId, CaptureId, CorrelationId, PrintingId, ScanId, SetId};
pub use identification::{Candidate, Evidence, Identification, Recommendation, ReviewReason};
pub use inventory::{Outcome, ScanRecord};
pub use money::{Currency, Money};
pub use price::{Quote, Valuation};
pub use reading::{CardReading, Quad, Reading};
pub use time::Timestamp;
