//! Rows as the tables hold them. They never leave this crate: each becomes a domain value or a view, by hand.

mod audit;
mod captures;
mod catalogue;
mod prices;
mod scans;

pub(crate) use audit::AuditRow;
pub(crate) use captures::{AttemptRow, BatchRow, CaptureRow, DeadLetterRow};
pub(crate) use catalogue::{ImportRow, LabelRow, NewPrintingRow, PrintingRow, SetRow, label};
pub(crate) use prices::{QuoteRow, ScanQuoteRow, ValuationRow, quote_digest};
pub(crate) use scans::{CandidateRow, ItemRow, ReasonRow, ReviewRow, ScanRow};
