//! The two stages of the sandbox, around loading the library.

use std::path::Path;

use cardmint_domain::errors::chain;
use cardmint_sandbox::{
    Limits,
    lock::{self, LockError},
};

use crate::protocol::Refusal;

/// Before `dlopen`: constructors run with this. The library itself needs no leave: it lies in memory.
pub(super) fn before_load() -> Result<(), Refusal> {
    lock::limits(&Limits::of_this_process()).map_err(refusal)?;
    let paths = lock::library_paths();
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    lock::landlock_read_only(&paths).map_err(refusal)?;
    lock::seccomp_no_escape().map_err(refusal)
}

/// After `dlopen`, before the first call.
pub(super) fn after_load() -> Result<(), Refusal> {
    lock::landlock_nothing().map_err(refusal)?;
    lock::seccomp_compute_only().map_err(refusal)
}

fn refusal(error: LockError) -> Refusal {
    Refusal::Sandbox(chain(&error))
}
