//! A plugin's host process, as the daemon holds it.

use std::time::Duration;

use cardmint_sandbox::{Limits, Process, SandboxError, Spawn};

use crate::{client::ClientParams, protocol::MAX_FRAME_BYTES};

/// How a host ended.
pub use cardmint_sandbox::ChildEnd as HostEnd;

/// A running host. Dies with the thread that started it, and when dropped.
#[derive(Debug)]
pub(crate) struct Host(Process);

impl Host {
    pub(crate) fn start(params: &ClientParams) -> Result<Self, SandboxError> {
        let limits = Limits {
            address_space_bytes: params.address_space_bytes,
            max_frame_bytes: MAX_FRAME_BYTES,
            ..Limits::default()
        };
        let spec = Spawn { program: params.program.clone(), args: params.args.clone(), env: Vec::new(), limits };
        Process::spawn(&spec).map(Self)
    }

    pub(crate) fn call(&mut self, frame: &[u8], deadline: Duration) -> Result<Vec<u8>, HostEnd> {
        self.0.call(frame, deadline)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.pid()
    }
}
