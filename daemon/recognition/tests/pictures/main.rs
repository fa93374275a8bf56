//! The picture half on drawn scenes whose geometry is exactly known.

// Helpers of tests are tests.
#![allow(clippy::unwrap_used)]

mod align;
mod drawing;
mod index;
mod locate;
