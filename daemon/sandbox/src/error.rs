//! How a child ends, and why one cannot be had.

use std::{io, path::PathBuf};

use nix::sys::signal::Signal;
use thiserror::Error;

/// Why a child could not be started, or could not serve.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The system did not start the program.
    #[error("the program {program} could not be started as a sandboxed child: {doing}")]
    Spawn {
        /// Which program.
        program: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// This process was started by hand: its descriptor 3 is not a parent's socket.
    #[error("descriptor 3 is not the socket of a parent: this command is for the daemon, not for people")]
    NoParent,
    /// Reading or writing the parent's socket failed.
    #[error("the parent's socket broke while {doing}")]
    Socket {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A frame is larger than agreed.
    #[error("a frame of {bytes} bytes is larger than the limit of {limit_bytes}")]
    FrameTooLarge {
        /// The frame.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
}

/// How a child ended. It is dead and reaped when this is returned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChildEnd {
    /// It had not answered in time.
    #[error("killed at its deadline of {deadline_ms} ms")]
    Deadline {
        /// The deadline.
        deadline_ms: u64,
    },
    /// A signal ended it; 9 is also how the system ends a process for lack of memory.
    #[error("signal {0} ({name})", name = signal_name(*.0))]
    Signal(i32),
    /// It exited by itself.
    #[error("exit code {0}")]
    Code(i32),
    /// It closed its end without ending; killed.
    #[error("killed because it had closed its socket")]
    Closed,
    /// It did not keep to the frames; killed.
    #[error("killed because of its frames: {0}")]
    Protocol(String),
}

fn signal_name(number: i32) -> &'static str {
    Signal::try_from(number).map_or("unknown", Signal::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_said_as_people_search_for_them() {
        assert_eq!(ChildEnd::Signal(11).to_string(), "signal 11 (SIGSEGV)");
        assert_eq!(ChildEnd::Signal(99).to_string(), "signal 99 (unknown)");
        assert_eq!(ChildEnd::Deadline { deadline_ms: 1500 }.to_string(), "killed at its deadline of 1500 ms");
    }
}
