//! The parent's end of a child.

use std::{
    os::fd::{AsFd, AsRawFd},
    os::unix::{net::UnixStream, process::ExitStatusExt},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};

use crate::{
    error::{ChildEnd, SandboxError},
    frame::{FrameError, Incoming, Outgoing, Progress},
    limits::{self, Limits},
    os,
    stderr::Stderr,
};

/// How long a child that has hung up may take to end by itself, so that the true reason is known.
const GRACE: Duration = Duration::from_millis(500);

/// What to start, and what it gets.
#[derive(Debug, Clone)]
pub struct Spawn {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment; nothing is inherited.
    pub env: Vec<(String, String)>,
    /// How much it may use.
    pub limits: Limits,
}

/// A child that answers frames.
///
/// Belongs to one long-lived thread: the system kills the child when the thread that *started* it ends. So do not start one
/// from a pool of threads that come and go.
pub struct Process {
    child: Child,
    socket: UnixStream,
    stderr: Stderr,
    max_frame_bytes: usize,
    ended: Option<ChildEnd>,
}

/// Why a call ends without an answer.
enum Trouble {
    Deadline,
    HungUp,
    Protocol(String),
}

impl Process {
    /// Starts a child with a socket at its descriptor 3, an otherwise empty table of descriptors and only the given
    /// environment. It dies with the calling thread at the latest.
    ///
    /// # Errors
    /// [`SandboxError::Spawn`].
    pub fn spawn(spec: &Spawn) -> Result<Self, SandboxError> {
        let failed = |doing| move |source| SandboxError::Spawn { program: spec.program.clone(), doing, source };
        let program = std::path::absolute(&spec.program).map_err(failed("finding it"))?;
        let (ours, theirs) = UnixStream::pair().map_err(failed("making a socket"))?;
        ours.set_nonblocking(true).map_err(failed("making a socket"))?;
        let mut command = Command::new(program);
        command
            .args(&spec.args)
            .env_clear()
            .envs(spec.env.iter().map(|(key, value)| (key, value)))
            .env(limits::VARIABLE, spec.limits.to_text())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        os::prepare_child(&mut command, theirs.as_raw_fd());
        let mut child = command.spawn().map_err(failed("starting it"))?;
        let stderr = Stderr::new(child.stderr.take(), child.id());
        let stderr = stderr.map_err(|error| {
            reap(&mut child);
            failed("listening to its standard error")(error)
        })?;
        Ok(Self { child, socket: ours, stderr, max_frame_bytes: spec.limits.max_frame_bytes, ended: None })
    }

    /// The process number; meaningless after a call has failed.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a frame and waits for the answer.
    ///
    /// # Errors
    /// [`ChildEnd`]: the child is then dead and reaped, and every further call says the same.
    pub fn call(&mut self, frame: &[u8], deadline: Duration) -> Result<Vec<u8>, ChildEnd> {
        if let Some(end) = &self.ended {
            return Err(end.clone());
        }
        match self.exchange(frame, Instant::now() + deadline) {
            Ok(answer) => {
                self.stderr.drain();
                Ok(answer)
            }
            Err(trouble) => {
                let end = self.bury(trouble, deadline);
                self.ended = Some(end.clone());
                Err(end)
            }
        }
    }

    fn exchange(&mut self, frame: &[u8], until: Instant) -> Result<Vec<u8>, Trouble> {
        let mut outgoing = Outgoing::new(frame, self.max_frame_bytes)?;
        while outgoing.push(&self.socket)? == Progress::Wait {
            self.wait_for(PollFlags::POLLOUT, until)?;
        }
        let mut incoming = Incoming::default();
        loop {
            // Waiting first spares a system call that would find nothing.
            self.wait_for(PollFlags::POLLIN, until)?;
            if let Progress::Done(answer) = incoming.pull(&mut &self.socket, self.max_frame_bytes)? {
                return Ok(answer);
            }
        }
    }

    /// Waits until the socket is ready, and meanwhile listens to what the child complains about.
    fn wait_for(&mut self, flags: PollFlags, until: Instant) -> Result<(), Trouble> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::Deadline);
            }
            let socket = PollFd::new(self.socket.as_fd(), flags);
            let stderr = self.stderr.to_poll().map(|pipe| PollFd::new(pipe, PollFlags::POLLIN));
            let mut fds: Vec<PollFd<'_>> = std::iter::once(socket).chain(stderr).collect();
            match poll(&mut fds, timeout(left)) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(Trouble::Protocol(format!("waiting for it failed: {errno}"))),
            }
            let ready = |fd: Option<&PollFd<'_>>| fd.and_then(PollFd::any).unwrap_or(false);
            let (socket_ready, stderr_ready) = (ready(fds.first()), ready(fds.get(1)));
            if stderr_ready {
                self.stderr.drain();
            }
            if socket_ready {
                return Ok(());
            }
        }
    }

    /// Ends the child, whatever state it is in, and says how it ended.
    fn bury(&mut self, trouble: Trouble, deadline: Duration) -> ChildEnd {
        if matches!(trouble, Trouble::HungUp) {
            let ended = os::wait_for_end(self.child.id(), timeout(GRACE));
            if !ended {
                self.end();
                return ChildEnd::Closed;
            }
        }
        let status = self.end();
        match trouble {
            Trouble::Deadline => {
                ChildEnd::Deadline { deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX) }
            }
            Trouble::Protocol(text) => ChildEnd::Protocol(text),
            Trouble::HungUp => status.map_or(ChildEnd::Closed, end_of),
        }
    }

    fn end(&mut self) -> Option<ExitStatus> {
        let status = reap(&mut self.child);
        self.stderr.finish();
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.end();
        }
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("pid", &self.pid()).field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl From<FrameError> for Trouble {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Closed { .. } => Self::HungUp,
            FrameError::TooLarge { bytes, limit_bytes } => {
                Self::Protocol(format!("one of {bytes} bytes, and the limit is {limit_bytes}"))
            }
            FrameError::Io(error) => Self::Protocol(format!("the socket broke: {error}")),
        }
    }
}

/// Kills and reaps. `None` when the system does not say how it ended.
fn reap(child: &mut Child) -> Option<ExitStatus> {
    // Killing fails only for a child that has been reaped already; then waiting returns what it returned before.
    drop(child.kill());
    child.wait().ok()
}

fn end_of(status: ExitStatus) -> ChildEnd {
    match (status.signal(), status.code()) {
        (Some(signal), _) => ChildEnd::Signal(signal),
        (None, Some(code)) => ChildEnd::Code(code),
        (None, None) => ChildEnd::Closed,
    }
}

/// Rounded up, so that a wait never ends just before its time and spins.
fn timeout(left: Duration) -> PollTimeout {
    let ms = left.as_micros().div_ceil(1000);
    i32::try_from(ms).ok().and_then(|ms| PollTimeout::try_from(ms).ok()).unwrap_or(PollTimeout::MAX)
}
