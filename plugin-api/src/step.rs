//! What a session answers.

use serde::{Deserialize, Serialize};

use crate::{HttpRequest, NoQuote, Quote};

/// What went wrong, in the classes that retry, breaker and alerts look at. The source's own words go into the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The source does not have this printing. No retry, not counted against the source.
    NotCovered,
    /// Too many requests: wait, do not count.
    RateLimited,
    /// The day's or month's allowance is used up: the source is off until it is renewed.
    QuotaExhausted,
    /// The key is missing, wrong or expired: never retried, the operator is told.
    Auth,
    /// A wall against robots, or a log-in page: leave it alone for an hour.
    Blocked,
    /// 5xx, an empty answer, a broken connection, a timeout: back off and count.
    Transient,
    /// Not what the source promises: HTML for JSON, half a file, another version. Keep the old data; count and tell.
    Malformed,
    /// The file of the day is not there (yet): try in the next cycle.
    MissingFile,
    /// The plugin itself is at fault: a panic or a broken promise.
    Plugin,
    /// A class this side does not know yet; treated like [`ErrorClass::Malformed`].
    #[serde(other)]
    Unknown,
}

impl ErrorClass {
    /// The class's name as logs, metrics and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotCovered => "not_covered",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::Auth => "auth",
            Self::Blocked => "blocked",
            Self::Transient => "transient",
            Self::Malformed => "malformed",
            Self::MissingFile => "missing_file",
            Self::Plugin => "plugin",
            Self::Unknown => "unknown",
        }
    }
}

/// A session that could not be finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure.
    #[serde(default = "unknown_class")]
    pub class: ErrorClass,
    /// Complete in itself: what was asked, and what was wrong with the answer.
    #[serde(default)]
    pub message: String,
    /// Not to be tried again before this many seconds have passed, where the source says so.
    #[serde(default)]
    pub retry_after_secs: Option<u64>,
}

fn unknown_class() -> ErrorClass {
    ErrorClass::Unknown
}

impl Failure {
    /// A failure without a time to wait for.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), retry_after_secs: None }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.class.as_str(), self.message)
    }
}

impl std::error::Error for Failure {}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    /// The prices.
    pub quotes: Vec<Quote>,
    /// Why there are not more of them.
    pub no_quotes: Vec<NoQuote>,
    /// In a sync: the version of the source's data, to be handed back in [`crate::Query::last_version`].
    pub version: Option<String>,
    /// In a sync: nothing has changed since `last_version`, and nothing was fetched.
    pub unchanged: bool,
}

/// What a session wants next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// These answers; the next call of `step` gets them in the order of the requests.
    Fetch(Vec<HttpRequest>),
    /// To hand over some quotes already; the next call of `step` gets no answers.
    Partial(Answer),
    /// Nothing: this is the end.
    Done(Answer),
    /// Nothing: it cannot go on.
    Failed(Failure),
}
