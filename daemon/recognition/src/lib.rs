//! From pixels, text and a catalogue to an identification: pure.
//!
//! The picture half ([`locate`], [`rectify`], [`descriptor`], [`index`], [`align`]) says where cards lie in a photo and
//! which reference pictures they resemble; the text half says what the words and numbers on them mean; the matcher
//! fuses both.
//!
//! Guarantee: the same inputs give the same answer, and no picture of any size makes it panic. Deliberately absent:
//! files, processes, threads, clocks, randomness.

pub mod align;
pub mod descriptor;
pub mod fuse;
pub mod geometry;
pub mod imprint;
pub mod index;
pub mod locate;
pub mod matcher;
pub mod number;
pub mod params;
pub mod pixels;
pub mod rectify;
pub mod strip;
pub mod symbol;
#[cfg(test)]
mod testing;
pub mod text;
mod wide;

pub use index::Thumbnails;
pub use matcher::{Catalogue, Glance, Inspection, Matcher, Standing, is_back};
pub use params::Params;
