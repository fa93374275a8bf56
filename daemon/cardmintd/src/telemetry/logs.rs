//! Structured logs on stderr.

use std::io::IsTerminal;

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Why logging cannot be set up.
#[derive(Debug, Error)]
pub enum LogError {
    /// The filter cannot be read.
    #[error("log.filter: {filter:?}")]
    Filter {
        /// As configured.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// There is a subscriber already.
    #[error("logging was set up twice")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
    /// Nobody takes the filter any more.
    #[error("logging is shut down")]
    Gone,
}

/// Checks the filter without setting anything up.
///
/// # Errors
/// [`LogError::Filter`].
pub fn filter(text: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::try_new(text).map_err(|source| LogError::Filter { filter: text.to_owned(), source })
}

/// Changes what is logged while the daemon runs.
pub struct LogHandle {
    set: Box<dyn Fn(EnvFilter) -> bool + Send + Sync>,
}

impl LogHandle {
    /// Logs what `text` says from now on.
    ///
    /// # Errors
    /// [`LogError::Filter`], [`LogError::Gone`].
    pub fn set_filter(&self, text: &str) -> Result<(), LogError> {
        if (self.set)(filter(text)?) { Ok(()) } else { Err(LogError::Gone) }
    }
}

/// Sends logs to stderr as configured. Once per process.
///
/// # Errors
/// [`LogError`].
pub fn init(log: &Log) -> Result<LogHandle, LogError> {
    let filter = filter(&log.filter)?;
    // The order matters to the types: what shapes the lines comes before what may be reloaded.
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr);
    match log.format {
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(true);
            let lines = lines.with_env_filter(filter).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.finish().try_init().map_err(LogError::Twice)?;
            Ok(LogHandle { set: Box::new(move |filter| handle.reload(filter).is_ok()) })
        }
        LogFormat::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal());
            let lines = lines.with_env_filter(filter).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.finish().try_init().map_err(LogError::Twice)?;
            Ok(LogHandle { set: Box::new(move |filter| handle.reload(filter).is_ok()) })
        }
    }
}
