//! What went wrong, said so that a machine can decide and a person can act.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The photo itself: a different photo would work.
    Card,
    /// A price source or another service outside.
    Source,
    /// Our own program or machine.
    Ours,
}

/// Whether the same input may work later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permanence {
    /// Trying again may help.
    Transient,
    /// The same input will fail the same way.
    Permanent,
}

/// A stage's failure. `message` is complete in itself: it says what was being done to what, and why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Who is at fault.
    pub origin: Origin,
    /// Whether trying again may help.
    pub permanence: Permanence,
    /// The whole chain of causes in one line.
    pub message: String,
}

impl Fault {
    /// The photo can never be read: trying again would fail the same way.
    pub fn bad_card(message: impl Into<String>) -> Self {
        Self { origin: Origin::Card, permanence: Permanence::Permanent, message: message.into() }
    }

    /// Something of ours failed and may work next time.
    pub fn ours_transient(message: impl Into<String>) -> Self {
        Self { origin: Origin::Ours, permanence: Permanence::Transient, message: message.into() }
    }

    /// A service outside failed and may work next time.
    pub fn source_transient(message: impl Into<String>) -> Self {
        Self { origin: Origin::Source, permanence: Permanence::Transient, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
