//! Why there is no answer. No message here holds a URL's query, a header or a body, so none can hold a secret.

use cardmint_plugin_api::ErrorClass;
use thiserror::Error;

/// Why an executor cannot be made.
#[derive(Debug, Error)]
pub enum ExecutorError {
    /// The manifest insists on a contact and the configuration has none.
    #[error("the source {source_id} insists on a contact in the User-Agent, and none is configured")]
    NoContact {
        /// Which source.
        source_id: String,
    },
    /// A setting that the source cannot do without.
    #[error("the source {source_id} needs the secret {key:?}, and it is not configured")]
    NoSecret {
        /// Which source.
        source_id: String,
        /// The setting's name.
        key: String,
    },
    /// The User-Agent cannot stand in a header.
    #[error("the User-Agent {0:?} has characters that no header may have")]
    UserAgent(String),
    /// An override that is not a base address.
    #[error("the override of {host} is {base:?}, which is not a plain http or https address without query")]
    Override {
        /// The host that is overridden.
        host: String,
        /// What the configuration says.
        base: String,
    },
    /// TLS could not be set up, for example because the machine has no certificates.
    #[error("the HTTP client for {source_id} could not be made")]
    Client {
        /// Which source.
        source_id: String,
        /// The library's complaint.
        #[source]
        source: reqwest::Error,
    },
}

/// What broke on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransportError {
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// Not done in time.
    #[error("no answer within {secs} s")]
    Timeout {
        /// The limit.
        secs: u64,
    },
    /// More than the manifest's or the daemon's limit.
    #[error("the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// Anything else between the two ends.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The plugin asked for something that it may not have. Nothing was sent.
    #[error("the request for {address} is refused: {reason}")]
    Refused {
        /// Scheme, host and path as the plugin wrote them, without the query.
        address: String,
        /// Why.
        reason: String,
    },
    /// The source said that it wants to be left alone. Nothing was sent.
    #[error("{source_id} is left alone ({}){}", .class.as_str(), in_secs(.retry_in_ms.as_ref()))]
    Paused {
        /// Which source.
        source_id: String,
        /// What it said.
        class: ErrorClass,
        /// Milliseconds left; `None` until an administrator opens it again.
        retry_in_ms: Option<u64>,
    },
    /// The host has failed too often lately. Nothing was sent.
    #[error("{host} has failed too often and is left alone{}", in_secs(Some(.retry_in_ms)))]
    BreakerOpen {
        /// Which host.
        host: String,
        /// Milliseconds left.
        retry_in_ms: u64,
    },
    /// Every attempt broke.
    #[error("asking {address} failed after {attempts} attempts")]
    Transport {
        /// Scheme, host and path as the plugin wrote them, without the query.
        address: String,
        /// How many attempts.
        attempts: u32,
        /// The last one's end.
        #[source]
        source: TransportError,
    },
}

fn in_secs(ms: Option<&u64>) -> String {
    ms.map_or_else(|| " until somebody opens it again".to_owned(), |ms| format!(" for another {} s", ms.div_ceil(1000)))
}

impl FetchError {
    /// The class that retry rules and metrics look at.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Refused { .. } => ErrorClass::Plugin,
            Self::Paused { class, .. } => *class,
            Self::Transport { source: TransportError::TooLarge { .. }, .. } => ErrorClass::Malformed,
            Self::BreakerOpen { .. } | Self::Transport { .. } => ErrorClass::Transient,
        }
    }

    /// When it makes sense to try again, in milliseconds; `None` for at once or never.
    #[must_use]
    pub fn retry_in_ms(&self) -> Option<u64> {
        match self {
            Self::Paused { retry_in_ms, .. } => *retry_in_ms,
            Self::BreakerOpen { retry_in_ms, .. } => Some(*retry_in_ms),
            Self::Refused { .. } | Self::Transport { .. } => None,
        }
    }
}
