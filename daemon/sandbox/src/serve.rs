//! The child's end.

use crate::{
    error::SandboxError,
    frame::{FrameError, Incoming, Outgoing, Progress},
    limits::Limits,
    os,
};

/// Answers the parent's frames, one after the other, until the parent hangs up. The handler may lock the process down
/// while it answers; nothing here needs more than reading and writing one socket.
///
/// # Errors
/// [`SandboxError`] when this process has no parent to serve, or the socket breaks.
pub fn serve(mut handler: impl FnMut(Vec<u8>) -> Vec<u8>) -> Result<(), SandboxError> {
    let limit_bytes = Limits::of_this_process().max_frame_bytes;
    let mut socket = os::take_socket().ok_or(SandboxError::NoParent)?;
    let mut incoming = Incoming::default();
    loop {
        let frame = match incoming.pull(&mut socket, limit_bytes) {
            Ok(Progress::Done(frame)) => frame,
            // The socket blocks, so there is nothing to wait for otherwise.
            Ok(Progress::Wait) => continue,
            Err(FrameError::Closed { inside: false }) => return Ok(()),
            Err(error) => return Err(broken("reading", error)),
        };
        let answer = handler(frame);
        let mut outgoing = Outgoing::new(&answer, limit_bytes).map_err(|error| broken("writing", error))?;
        match outgoing.push(&mut socket) {
            Ok(_) => {}
            // The parent has gone; nobody waits for the answer.
            Err(FrameError::Closed { .. }) => return Ok(()),
            Err(error) => return Err(broken("writing", error)),
        }
    }
}

fn broken(doing: &'static str, error: FrameError) -> SandboxError {
    match error {
        FrameError::TooLarge { bytes, limit_bytes } => SandboxError::FrameTooLarge { bytes, limit_bytes },
        FrameError::Io(source) => SandboxError::Socket { doing, source },
        FrameError::Closed { .. } => SandboxError::Socket { doing, source: std::io::ErrorKind::UnexpectedEof.into() },
    }
}
