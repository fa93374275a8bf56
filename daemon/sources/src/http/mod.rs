//! The HTTP that the daemon does for plugins: one [`Executor`] per source.
//!
//! Order for one request: address checked against the manifest, cache, single flight, gate, then for each attempt the
//! breaker, the rate limit and the wire. The rules ([`retry`], [`breaker`], [`gate`]) are pure; this folder's other files
//! only carry them out.

mod address;
pub mod breaker;
mod cache;
mod error;
mod executor;
pub mod gate;
mod lane;
pub mod retry;
mod secrets;
mod wire;

pub use error::{ExecutorError, FetchError, TransportError};
pub use executor::{Counters, Executor, ExecutorConfig, Health, HostHealth};
