//! Price sources: the plugin host and its client, and the HTTP that the daemon does for plugins.
//!
//! Job: run foreign price sources without trusting them. A plugin lives in a sandboxed process of its own
//! ([`run_plugin_host`], [`PluginClient`]) and only ever computes; what it asks for over HTTP is done here
//! ([`http::Executor`]) under the limits of its manifest; the two are brought together by the [`Driver`]; and what it
//! answers becomes a quote of the domain only after every field has been checked ([`convert`]).
//!
//! Guarantee: no plugin can crash the daemon, hang it, read a secret, reach a host outside its manifest, or sign a quote with
//! another source's name.
//!
//! Deliberately absent: which price is right (domain), when to ask (the daemon), and where plugins lie on disk.

mod client;
pub mod clock;
pub mod convert;
mod driver;
mod elf;
mod file;
mod host;
pub mod http;
mod process;
mod protocol;

pub use cardmint_plugin_api::{
    ConfigKey, ErrorClass, Failure, Manifest, NoQuote, PrintingQuery, Query, RateLimit, Shape, SourceRef, Step,
};
pub use client::{CallError, ClientParams, LoadError, PluginClient, SessionId};
pub use convert::RefusedQuote;
pub use driver::{AskError, Driver, DriverParams, Quoted};
pub use elf::ElfError;
pub use file::{FileError, MAX_PLUGIN_BYTES, PluginFile};
pub use host::{HostError, run_plugin_host};
pub use http::Health;
pub use process::HostEnd;
pub use protocol::Refusal;
pub use url::Url;
