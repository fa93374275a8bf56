//! The one place that names every concrete type and wires the children together.
//!
//! Job: to prepare what all lives share (folders, the lock, the schema, handles) and to describe the supervision tree.
//!
//! Guarantee: nothing runs yet when [`prepare`] returns; what cannot be prepared is an error that says what was done to
//! what. A second daemon on the same state directory is refused.
//!
//! Deliberately absent: starting and ending (`lifecycle`), and settings (`config`).

mod folders;
mod sources;
mod tree;

use std::path::PathBuf;
use std::sync::Arc;

use cardmint_store::{BlobError, Blobs, Location, Reader, ReaderOptions, StoreError, migrate};
use nix::fcntl::Flock;
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub use folders::Folders;

use crate::actors::storage::StorageActor;
use crate::clock::Clock;
use crate::config::Config;
use crate::gate::Gate;
use crate::in_hand::InHand;
use crate::operations::{Operations, StopRequest};
use crate::policy::{self, PolicyError};
use crate::supervisor::{Group, Ref};

/// Why the daemon cannot start.
#[derive(Debug, Error)]
pub enum BootError {
    /// A folder or file.
    #[error("{doing} {path}")]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another daemon has the state directory.
    #[error("another daemon uses the state directory {path}")]
    InUse {
        /// The state directory.
        path: PathBuf,
    },
    /// The daemon's own program, which is also its workers'.
    #[error("finding the daemon's own program")]
    Program(#[source] std::io::Error),
    /// The database.
    #[error("{doing} the database")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        #[source]
        source: StoreError,
    },
    /// The thresholds and weights.
    #[error("loading the thresholds and weights of the decision")]
    Policy(#[source] PolicyError),
    /// The pictures' folder.
    #[error("opening the folder of pictures")]
    Blobs(#[source] BlobError),
}

/// A daemon that is ready to be started.
pub struct Prepared {
    /// The whole tree.
    pub root: Group,
    /// Ends the process when something arrives here.
    pub stops: UnboundedReceiver<StopRequest>,
    /// What requests set going.
    pub operations: Arc<Operations>,
    /// Whether captures are taken.
    pub gate: Arc<Gate>,
    /// Which captures are under way.
    pub in_hand: Arc<InHand>,
    /// Writes.
    pub storage: Ref<StorageActor>,
    /// Tells the time.
    pub clock: Clock,
    /// Held for as long as the process lives.
    _lock: Flock<std::fs::File>,
}

/// Prepares everything that the children share and describes the tree.
///
/// # Errors
/// [`BootError`].
pub fn prepare(config: &Config) -> Result<Prepared, BootError> {
    let program = std::env::current_exe().map_err(BootError::Program)?;
    let policy = policy::load(Some(&config.recognition.policy_file)).map_err(BootError::Policy)?;
    let (folders, lock) = Folders::make(config)?;
    let clock = Clock::System;
    let url = config.database_url();
    let store = |doing| move |source| BootError::Store { doing, source };
    let applied = migrate::up(&url).map_err(store("migrating"))?;
    if !applied.is_empty() {
        tracing::info!(?applied, "the database's schema is up to date now");
    }
    let options = ReaderOptions {
        connections: config.database.reader_connections,
        acquire_timeout: std::time::Duration::from_millis(config.database.acquire_timeout_ms),
    };
    let reader = Reader::open(&url, options).map_err(store("opening"))?;
    let exclusive = matches!(Location::parse(&url), Ok(Location::Sqlite { .. }));
    let blobs = Blobs::open(&folders.blobs).map_err(BootError::Blobs)?;
    let (gate, in_hand) = (Arc::new(Gate::default()), Arc::new(InHand::default()));
    let (sender, stops) = unbounded_channel();
    let shared = tree::Shared {
        config,
        policy,
        program,
        folders,
        url,
        reader,
        blobs,
        gate: gate.clone(),
        in_hand: in_hand.clone(),
        exclusive,
        clock,
    };
    let tree::Planted { root, operations, storage } = tree::plant(&shared, sender);
    Ok(Prepared { root, stops, operations, gate, in_hand, storage, clock, _lock: lock })
}
