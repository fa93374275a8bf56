//! The widest vectors that the processor has.
//!
//! The program runs on any processor of its architecture, and is therefore built for the least of them. Work over many pixels is built once
//! more for newer ones, and the fitting one is chosen while running.
//!
//! Guarantee: results are the same bit for bit on all of them, because the compiler keeps the order of every sum; but for what asks for
//! multiplying and adding in one step ([`crate::strip`]), whose last bits differ.

/// Runs a call with the widest vectors there are. What is called, and all that its inner loops call, must be `#[inline(always)]`:
/// only what is inlined is built for them.
macro_rules! wide {
    ($call:expr) => {
        wide!(_ => $call)
    };
    ($vectors:pat => $call:expr) => {
        fearless_simd::dispatch!(fearless_simd::Level::new(), $vectors => $call)
    };
}

pub(crate) use wide;
