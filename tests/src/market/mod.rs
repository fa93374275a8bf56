//! A marketplace that is not one: a web server on this machine with the answers of TCGCSV and invented prices.
//!
//! Job: [`World`] holds what it says, either the hand-written fixtures or prices made up for any catalogue; [`Market`]
//! says it over HTTP, remembers every request and misbehaves on demand ([`Fault`]).
//!
//! Guarantee: the same catalogue gives the same products and prices, on every machine and in every run. What a price
//! will be is known without asking ([`invented_minor`]), so that a test can expect it.
//!
//! Deliberately absent: anything of a real server. All names in the fixtures and all prices are invented.

mod fault;
mod generated;
mod server;
mod world;

pub use fault::{Fault, Times};
pub use generated::{invented_minor, sub_type_name};
pub use server::{Market, Seen};
pub use world::{Page, World};
