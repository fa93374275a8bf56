//! Threads that were given up because they hang: nobody can end a thread from outside.
//!
//! Job: to count those that still run, for the whole process. Each holds memory and perhaps descriptors, so whoever ends the
//! process wants to know when there are too many.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// A thread and the supervisor that gave it up.
type Abandoned = (String, JoinHandle<()>);

static THREADS: Mutex<Vec<Abandoned>> = Mutex::new(Vec::new());

/// One more.
pub(super) fn add(supervisor: &str, thread: JoinHandle<()>) {
    still_running().push((supervisor.to_owned(), thread));
}

/// How many that this supervisor gave up still run.
pub(super) fn of(supervisor: &str) -> usize {
    still_running().iter().filter(|(by, _)| by == supervisor).count()
}

/// How many of the process still run.
#[must_use]
pub fn threads() -> usize {
    still_running().len()
}

fn still_running() -> MutexGuard<'static, Vec<Abandoned>> {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    threads.retain(|(_, thread)| !thread.is_finished());
    threads
}
