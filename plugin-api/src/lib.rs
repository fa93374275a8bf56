//! What the author of a price source sees: messages, two traits, one macro, a test kit.
//!
//! Job: let one `.so` add a marketplace. An author implements [`Source`] (what the source is, how a question starts) and
//! [`Session`] (one question: ask for HTTP answers, read them, give quotes), and ends the file with
//! [`export_source!`]. A source is *sans-I/O*: it builds requests and reads answers; the daemon does the HTTP, with
//! rate limits, cache, retries, secrets and metrics, so a source needs no network, no file, no clock, and gets none.
//!
//! Guarantee: the binary interface ([`abi::PluginV1`]) is frozen. Everything that may ever grow travels through it as
//! bytes ([`wire`]), whose fields all have defaults: an old plugin loads in a new daemon, and the other way round. A
//! panic in a source becomes a [`Failure`] ([`guard::Guard`]).
//!
//! Deliberately absent: any HTTP client, any secret (see [`http`] for the placeholders), any knowledge of one
//! marketplace, and `f64`: amounts go from the token in the answer to minor units exactly ([`amount`]).
//!
//! # A whole source
//! ```
//! use cardmint_plugin_api::*;
//!
//! struct Example;
//! struct Asking;
//!
//! impl Source for Example {
//!     fn manifest(&self) -> Manifest {
//!         Manifest { upstreams: vec!["example".into()], ..Manifest::new("example", "Example", "1.0.0", "api.example.org") }
//!     }
//!     fn begin(&self, query: &Query) -> Box<dyn Session> {
//!         Box::new(Asking)
//!     }
//! }
//!
//! impl Session for Asking {
//!     fn step(&mut self, responses: &[HttpResponse]) -> Step {
//!         match responses {
//!             [] => Step::Fetch(vec![HttpRequest::get(1, "https://api.example.org/prices.json")]),
//!             [answer, ..] => match answer::json(answer) {
//!                 Ok(_bytes) => Step::Done(Answer::default()),
//!                 Err(failure) => Step::Failed(failure),
//!             },
//!         }
//!     }
//! }
//!
//! export_source!(Example);
//! # fn main() {}
//! ```

// abi_stable's derive writes impls inside constants.
#![allow(non_local_definitions)]

pub mod abi;
pub mod amount;
pub mod answer;
pub mod guard;
pub mod http;
mod manifest;
mod query;
mod quote;
mod source;
mod step;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod text;
pub mod time;
pub mod wire;

pub use abi_stable;
pub use http::{Header, HttpRequest, HttpResponse, Method};
pub use manifest::{ConfigKey, Manifest, ManifestError, RateLimit, Shape};
pub use query::{PrintingQuery, Query, SourceRef};
pub use quote::{Grade, NoQuote, Quote};
pub use source::{Config, Session, Source};
pub use step::{Answer, ErrorClass, Failure, Step};

/// Version of the binary interface. The host refuses a plugin whose major number differs; messages grow without it.
pub const API_VERSION: &str = "1.0.0";
