//! Harness and tests of the whole: card printer, photo simulator, fake market, fault injection.
//!
//! Job: everything that the tests need and no user has: cards that nobody owns, photos of them with exact labels, a
//! marketplace that misbehaves on demand, and a real daemon in a folder of its own.
//!
//! Guarantee: seeded; the same seed gives the same cards, photos and prices.

pub mod compare;
pub mod daemon;
pub mod market;
pub mod printer;
pub mod proc;
pub mod programs;
pub mod samples;
pub mod simulator;
pub mod training;
pub mod wait;
