//! The sandboxed page reader: decoding with limits, Tesseract, and its client.
//!
//! Job: to find the cards in the bytes of a capture, and to read the text of those of which the caller wants it, in a
//! child process that may compute and nothing else.
//!
//! Guarantee: no user's file is decoded in the process that calls [`OcrClient`], and none can make it wait longer than the
//! deadline of the call. The only thing outside that ever sees a user's file is a decoder written in safe Rust; Tesseract
//! is given plain gray pixels.
//!
//! Deliberately absent: deciding what a card is, and finding cards in a picture; the daemon brings a [`Locate`] for that.

pub mod client;
pub mod decode;
pub mod locate;
pub mod params;

mod engine;
mod gray;
mod letters;
mod protocol;
mod reader;
mod rows;
mod worker;

pub use client::{OcrClient, OcrError, Words};
pub use locate::{Locate, Located};
pub use params::ReadParams;
pub use protocol::MessageError;
pub use worker::{WorkerError, run_worker};
