//! What a child gives up, called by the child itself. Nothing of it can be taken back.
//!
//! Two stages, because loading foreign code needs rights that the code must not have afterwards. Before loading:
//! [`limits`], [`landlock_read_only`] for the files that loading reads, [`seccomp_no_escape`]. After loading:
//! [`landlock_nothing`], [`seccomp_compute_only`]. All threads must have been started before, which is to say none: from
//! [`seccomp_no_escape`] on, starting one fails.
//!
//! What still works at the end: memory, clocks, randomness, waiting, the descriptors that are open, and ending.

mod calls;
mod landlock;
mod seccomp;

use std::io::Write;

use nix::sys::resource::{Resource, setrlimit};
use thiserror::Error;

use crate::limits::Limits;

pub use landlock::{Landlock, landlock_nothing, landlock_read_only, library_paths};
pub use seccomp::{seccomp_compute_only, seccomp_no_escape};

/// Why a right could not be given up. Whoever gets this must load nothing and end.
#[derive(Debug, Error)]
pub enum LockError {
    /// A limit was refused.
    #[error("the limit of {what} could not be set to {value}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// To which value.
        value: u64,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The process could still gain rights.
    #[error("{doing} failed")]
    Process {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A path that the child is to read could not be let through.
    #[error("the path {path} could not be let through landlock")]
    Path {
        /// Which path.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The filter of system calls could not be built or set.
    #[error("the filter of system calls ({stage}) could not be set")]
    Seccomp {
        /// Which of the two.
        stage: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Sets hard limits (memory, descriptors, no growing files, no core dumps) and gives up gaining rights by starting programs.
///
/// # Errors
/// [`LockError`].
pub fn limits(limits: &Limits) -> Result<(), LockError> {
    let wanted = [
        ("address space", Resource::RLIMIT_AS, limits.address_space_bytes),
        ("open files", Resource::RLIMIT_NOFILE, limits.open_files),
        ("file size", Resource::RLIMIT_FSIZE, 0),
        ("core dumps", Resource::RLIMIT_CORE, 0),
    ];
    for (what, resource, value) in wanted {
        let failed = |errno: nix::errno::Errno| LockError::Limit { what, value, source: errno.into() };
        setrlimit(resource, value, value).map_err(failed)?;
    }
    let failed = |errno: nix::errno::Errno| LockError::Process { doing: "giving up new rights", source: errno.into() };
    nix::sys::prctl::set_no_new_privs().map_err(failed)
}

/// A line for the daemon's log. The child has no log of its own; its parent passes on what it writes here.
fn warn(line: &str) {
    // Nobody is there to be told that telling failed.
    drop(writeln!(std::io::stderr(), "{line}"));
}
