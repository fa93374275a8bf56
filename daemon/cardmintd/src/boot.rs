//! The one place that names every concrete type and wires the children together.
//!
//! Job: to prepare what all lives share (folders, the lock, the schema, handles) and to describe the supervision tree.
//!
//! Guarantee: nothing runs yet when [`prepare_patiently`] returns; what cannot be prepared is an error that says what was done to
//! what, unless it may pass by itself: that is waited for. A second daemon on the same state directory is refused.
//!
//! Deliberately absent: starting and ending (`lifecycle`), and settings (`config`).

mod folders;
mod import;
mod sources;
mod tree;

use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use cardmint_domain::errors::chain;
use cardmint_store::{BlobError, Blobs, Location, Reader, ReaderOptions, StoreError, migrate};
use nix::fcntl::Flock;
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub use folders::Folders;

use crate::actors::storage::StorageActor;
use crate::clock::Clock;
use crate::config::Config;
use crate::exit::Exit;
use crate::gate::Gate;
use crate::in_hand::InHand;
use crate::operations::{Operations, StopRequest};
use crate::policy::{self, PolicyError};
use crate::supervisor::{Group, Ref, install_panic_hook};
use crate::systemd;
use crate::upkeep::{ImportRequest, ImportStatus};

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

impl BootError {
    /// Whether it may pass without anybody changing the settings: the database server is away or starting, the disk is full.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store { source, .. } => source.is_transient() && !source.is_refused(),
            Self::Folder { source, .. } | Self::Blobs(BlobError::Io { source, .. }) => {
                matches!(
                    source.kind(),
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::StaleNetworkFileHandle
                )
            }
            _ => false,
        }
    }

    /// How the process ends by it.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::InUse { .. } | Self::Store { source: StoreError::SchemaNewer { .. }, .. } => Exit::Settings,
            _ => Exit::Failed,
        }
    }
}

/// How often what may pass is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// [`prepare`], again and again as long as what keeps it from that may pass. systemd is told why; a signal ends the process as it
/// ends any other.
///
/// # Errors
/// [`BootError`] that does not pass.
pub fn prepare_patiently(config: &Config) -> Result<Prepared, BootError> {
    let mut said = String::new();
    loop {
        match prepare(config) {
            Err(error) if error.may_pass() => {
                let why = chain(&error);
                // Once for each reason: an outage may last for hours.
                if why != said {
                    tracing::warn!(error = why, "the daemon cannot start yet; trying again");
                    said.clone_from(&why);
                }
                systemd::waiting(&format!("waiting: {why}"), 10 * TRY_AGAIN);
                // Nobody wakes it; there is nothing to be woken by.
                std::thread::park_timeout(TRY_AGAIN);
            }
            outcome => return outcome,
        }
    }
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
    _lock: Flock<File>,
}

/// Runs one import without the daemon, which must not be running.
///
/// # Errors
/// What stopped it.
pub fn import(config: &Config, request: &ImportRequest) -> anyhow::Result<ImportStatus> {
    let (shared, _lock) = share(config)?;
    install_panic_hook();
    let outcome = import::Outcome::default();
    let root = import::plant(&shared, request, &outcome).start().context("starting the import")?;
    root.join()?;
    outcome.take().context("the import ended without an outcome")?
}

/// Prepares everything that the children share and describes the tree.
///
/// # Errors
/// [`BootError`].
fn prepare(config: &Config) -> Result<Prepared, BootError> {
    let (shared, lock) = share(config)?;
    let (sender, stops) = unbounded_channel();
    let tree::Planted { root, operations, storage } = tree::plant(&shared, sender);
    let tree::Shared { gate, in_hand, clock, .. } = shared;
    Ok(Prepared { root, stops, operations, gate, in_hand, storage, clock, _lock: lock })
}

/// What the children share, and the lock on the state directory.
fn share(config: &Config) -> Result<(tree::Shared<'_>, Flock<File>), BootError> {
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
        acquire_timeout: Duration::from_millis(config.database.acquire_timeout_ms),
    };
    let reader = Reader::open(&url, options).map_err(store("opening"))?;
    if let Some(now) = reader.now().map_err(store("asking for the time of"))? {
        Clock::start_at(now);
    }
    let exclusive = matches!(Location::parse(&url), Ok(Location::Sqlite { .. }));
    let blobs = Blobs::open(&folders.blobs).map_err(BootError::Blobs)?;
    let (gate, in_hand) = (Arc::new(Gate::default()), Arc::new(InHand::default()));
    let shared = tree::Shared { config, policy, program, folders, url, reader, blobs, gate, in_hand, exclusive, clock };
    let mended = shared.mend_times().map_err(store("mending times in"))?;
    if mended > 0 {
        tracing::warn!(captures = mended, "times of a life whose clock was ahead are brought back");
    }
    Ok((shared, lock))
}
