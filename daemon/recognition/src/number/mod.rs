//! The collector number on a card: which numbers exist, what was read, and what that says about a printing.
//!
//! Guarantee: a number speaks for a printing only when it is read for sure, total included. A digit that looks
//! like a letter is repaired only where the result is a number of the catalogue. A number that the catalogue lacks speaks
//! against every printing, unless it may be a misreading of its own.
//!
//! Deliberately absent: what follows from an agreement or a contradiction (see [`crate::fuse`]).

mod read;
mod table;

pub use read::Reading;
pub use table::Numbers;
