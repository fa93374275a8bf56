//! The stages, one file each; [`hops`] holds what travels between them.
//!
//! Job: to own what must not be shared (a worker process, the index, the one writer) and to answer one message at a time.
//!
//! Guarantee: every actor can be dropped at any instant and made anew; none keeps work that is not in the store.
//!
//! Deliberately absent: decisions. What follows a fault is `domain::route`, what a card is `recognition`, what it is
//! worth `domain::price`.

pub mod capture;
pub mod carry;
pub mod dispatcher;
pub mod hops;
pub mod matcher;
pub mod ocr;
pub mod pool;
pub mod pricing;
pub mod record;
pub mod storage;
#[cfg(test)]
pub(crate) mod testing;
