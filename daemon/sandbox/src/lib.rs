//! Child processes that may compute and nothing else.
//!
//! Job: run code that nobody vouches for (plugins, Tesseract) in a process of its own, talk to it in frames with a deadline
//! ([`Process`], [`serve`]), and let that process give up every right it has ([`lock`]).
//!
//! Guarantee: whatever the child does (crash, exit, hang, send nonsense, allocate for ever), [`Process::call`] comes back by
//! its deadline with an answer or a [`ChildEnd`], the child is then reaped, and no descriptor or zombie is left. A child
//! that has called everything in [`lock`] can read no file, open no connection, start no process and signal nobody.
//!
//! The order in the child, each step taken while the next still can be: [`lock::limits`], [`lock::landlock_read_only`] and
//! [`lock::seccomp_no_escape`]; then load the foreign code; then [`lock::landlock_nothing`] and
//! [`lock::seccomp_compute_only`]; then the first call.
//!
//! Landlock is taken where the kernel has it: without it there is a warning. Seccomp is not optional: without it nothing
//! foreign is loaded.
//!
//! One thing is here for its system call alone: [`lease`] asks the kernel whether somebody writes to a file.
//!
//! Deliberately absent: what the frames mean, replacing a dead child, and any thread.

mod error;
mod frame;
pub mod lease;
mod limits;
pub mod lock;
mod os;
mod process;
mod serve;
mod stderr;

pub use error::{ChildEnd, SandboxError};
pub use limits::Limits;
pub use process::{Process, Spawn};
pub use serve::serve;
