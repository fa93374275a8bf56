//! How a command fails, and what the shell is told.

use std::io::Write as _;
use std::process::ExitCode;

use thiserror::Error;

/// Why a command did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// It was asked wrongly in a way that the parser cannot see.
    #[error("{0}")]
    Usage(String),
    /// The daemon does not answer.
    #[error("the daemon does not answer at {socket}: {why}")]
    Unreachable {
        /// Where it was looked for.
        socket: String,
        /// What the system said.
        why: String,
    },
    /// The daemon refuses or fails, or something here does.
    #[error("{0}")]
    Failed(String),
    /// It failed, and everything that is to be said was said already.
    #[error("")]
    Shown,
    /// Nobody reads the output any more.
    #[error("")]
    NobodyListens,
}

impl Failure {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// What the shell is told.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) | Self::Shown => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Unreachable { .. } => ExitCode::from(3),
            Self::NobodyListens => ExitCode::SUCCESS,
        }
    }

    /// What people are told.
    pub(crate) fn complain(&self) {
        if !matches!(self, Self::Shown | Self::NobodyListens) {
            complain(&self.to_string());
        }
    }
}

/// Says something on standard error. There is nobody to tell when even that fails.
pub(crate) fn complain(message: &str) {
    writeln!(std::io::stderr(), "cardmintctl: {message}").unwrap_or_default();
}
