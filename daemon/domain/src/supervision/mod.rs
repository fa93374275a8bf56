//! When a child is restarted, with whom, and after what wait: the semantics of Erlang/OTP's supervisor, plus backoff.
//!
//! Job: [`Supervisor`] keeps where each child stands, is told what happens, and answers what is to be done.
//!
//! Guarantee: everything is a function of its arguments: the time is a count of milliseconds on a clock that never goes
//! back, and chance is a number that the caller drew. Memory is bounded by the number of children and of allowed restarts.
//!
//! Deliberately absent: threads, waiting, and children's names. How a child is started and stopped, and how its end is
//! noticed, is its caller's business. Where this differs from OTP: a child that cannot be started is started again like one
//! that failed later, the first time too; and before each restart there is a wait.

mod backoff;
mod supervisor;
mod window;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use backoff::Backoff;
pub use supervisor::{Action, ChildId, Standing, Supervisor};

/// Whether a child that has ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Always.
    Permanent,
    /// Unless it returned by itself without an error.
    Transient,
    /// Never; its name is free again.
    Temporary,
}

/// Who else is restarted when one child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Nobody.
    OneForOne,
    /// Everybody.
    OneForAll,
    /// Everybody who was started after it.
    RestForOne,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It was asked to.
    Asked,
    /// It returned by itself, without an error.
    Returned,
    /// It found that there is nothing for it to do, before it was up.
    Ignored,
    /// It returned an error, or could not be made.
    Failed,
    /// It panicked, or a task that it had detached did.
    Panicked,
    /// It gave no sign of life for too long, or took too long to start.
    Hung,
}

impl Exit {
    /// The word that the tree, the metrics and the logs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Returned => "returned",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Hung => "hung",
        }
    }

    /// Whether nothing went wrong.
    #[must_use]
    pub const fn is_clean(self) -> bool {
        matches!(self, Self::Asked | Self::Returned | Self::Ignored)
    }
}

/// What follows when restarts are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// The supervisor stops all its children and ends, which its own supervisor treats as a failure.
    Escalate,
    /// That child stays down; the others are not touched. Restarts are counted for each child by itself.
    LeaveDown,
}

/// Whether a supervisor ends, without a failure, when children that matter have ended by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoShutdown {
    /// Never.
    Never,
    /// With the first significant child.
    AnySignificant,
    /// With the last significant child.
    AllSignificant,
}

/// The rules of one supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Who else is restarted.
    pub strategy: Strategy,
    /// Most restarts within `period_ms`; one more is too many.
    pub max_restarts: u32,
    /// How far back restarts are counted. A restart exactly this long ago still counts.
    pub period_ms: u64,
    /// What follows one too many.
    pub exhausted: Exhausted,
    /// Whether the end of children ends it.
    pub auto_shutdown: AutoShutdown,
    /// How long to wait before each restart.
    pub backoff: Backoff,
}

/// The rules of one child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildRule {
    /// Whether it is started again.
    pub restart: Restart,
    /// Whether its end by itself may end its supervisor ([`AutoShutdown`]): of a transient child a clean one, of a temporary
    /// child any.
    pub significant: bool,
}

/// Why a supervisor does not take a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RuleError {
    /// A permanent child never ends for good.
    #[error("a permanent child cannot be significant: it is always started again")]
    PermanentSignificant,
    /// Nothing would ever follow.
    #[error("a child cannot be significant to a supervisor that never shuts down by itself")]
    NoAutoShutdown,
}
