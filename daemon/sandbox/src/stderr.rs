//! What a child writes to its standard error, passed on to the log: line by line, and not without end.
//!
//! A pipe and not the daemon's own descriptor, because a child whose files may not grow (`RLIMIT_FSIZE` 0) is killed when it
//! writes to a standard error that is a file. No thread: the pipe is emptied while a call waits.

use std::{
    io::{self, Read},
    os::fd::{AsFd, BorrowedFd},
    process::ChildStderr,
};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// Longest line that is passed on, in bytes.
const MAX_LINE_BYTES: usize = 1000;
/// How much of one child is passed on, in bytes. What it writes beyond is read and forgotten.
const MAX_BYTES: usize = 64 << 10;

/// A child's standard error.
pub(crate) struct Stderr {
    pipe: Option<ChildStderr>,
    pid: u32,
    line: Vec<u8>,
    left_bytes: usize,
}

impl Stderr {
    pub(crate) fn new(pipe: Option<ChildStderr>, pid: u32) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(Self { pipe, pid, line: Vec::new(), left_bytes: MAX_BYTES })
    }

    /// What to poll; `None` once the child has closed it.
    pub(crate) fn to_poll(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Takes what is there, at most a few buffers of it.
    pub(crate) fn drain(&mut self) {
        let mut buffer = [0; 4096];
        for _ in 0..16 {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut buffer) {
                Ok(count) if count > 0 => self.take(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => self.pipe = None,
            }
        }
    }

    /// Takes the rest of a child that has ended.
    pub(crate) fn finish(&mut self) {
        self.drain();
        if !self.line.is_empty() {
            self.tell();
        }
        self.pipe = None;
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.tell(),
                byte if self.line.len() < MAX_LINE_BYTES => self.line.push(*byte),
                _ => {}
            }
        }
    }

    fn tell(&mut self) {
        let line = std::mem::take(&mut self.line);
        if self.left_bytes == 0 {
            return;
        }
        let text: String = String::from_utf8_lossy(&line).chars().filter(|c| !c.is_control()).collect();
        tracing::warn!(pid = self.pid, text, "a sandboxed child says");
        self.left_bytes = self.left_bytes.saturating_sub(line.len() + 1);
        if self.left_bytes == 0 {
            tracing::warn!(pid = self.pid, "a sandboxed child says more than is passed on");
        }
    }
}
