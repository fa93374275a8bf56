//! Everything durable: Diesel on SQLite and PostgreSQL, blobs, migrations.
//!
//! Job: keep what was acknowledged. One [`Writer`] makes every change, in immediate transactions that may hold many
//! operations ([`Writer::group`]); any number of [`Reader`] clones answer questions; [`Blobs`] holds the pictures.
//!
//! ```text
//! migrate::up(url)            once, before anything else is opened
//! Writer::open(url)           one per process, on the storage actor's own thread
//! Reader::open(url, ..)       one pool, cheap clones
//! Blobs::open(dir)            bytes first, then the row that names them
//! ```
//!
//! Guarantee: what [`Writer::group`] returned `Ok` for survives `kill -9` and power loss; a capture is committed exactly
//! once, by the holder of its lease; every change of state leaves an audit row in the same transaction. The same code
//! and the same tests run on both databases.
//!
//! Deliberately absent: deciding anything (the daemon's pure rules do), reading the clock (`now` is an argument), and
//! threads (the storage actor owns the one that writes; [`Reader`] calls block and belong on the caller's own thread).

pub mod blobs;
mod conn;
pub mod error;
mod literals;
pub mod location;
pub mod migrate;
mod names;
mod pool;
pub mod reader;
mod rows;
mod schema;
pub mod tx;
pub mod views;
pub mod writer;

pub use blobs::{BlobDigest, BlobError, Blobs};
pub use error::StoreError;
pub use location::Location;
pub use reader::{Reader, ReaderOptions};
pub use tx::captures::{Admission, Claim, Committed};
pub use tx::catalogue::{CatalogueChange, CatalogueRow, catalogue_digest};
pub use tx::commit::{CaptureCommit, ScanCommit};
pub use tx::inventory::ItemChange;
pub use tx::reviews::Resolution;
pub use views::{Batch, DeadLetterId, ItemId, Listing, Page, ReviewTaskId};
pub use writer::{Tx, Writer};
