//! The words on a card: what they are searched against, and which printings read the same.
//!
//! Job: full-card text, as badly as OCR reads it, against the text of every printing ([`index`]); the words themselves
//! ([`words`]); printings that no reading of the text can tell apart ([`groups`]).
//!
//! Guarantee: one pass of OCR more never hides what another has read, and the order of the passes does not matter.
//! Deliberately absent: the collector number (see [`crate::number`]) and any decision.

pub mod groups;
pub mod index;
pub mod words;

pub use groups::{GroupId, Groups};
pub use index::{Scores, TextIndex};
