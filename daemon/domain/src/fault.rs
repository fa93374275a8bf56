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
    /// Whether the capture was tried at all. What failed before anything was done with it says nothing about it, and its
    /// attempt does not count.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub tried: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_true(tried: &bool) -> bool {
    *tried
}

impl Fault {
    /// A fault of a capture that was tried.
    pub fn new(origin: Origin, permanence: Permanence, message: impl Into<String>) -> Self {
        Self { origin, permanence, message: message.into(), tried: true }
    }

    /// The photo can never be read: trying again would fail the same way.
    pub fn bad_card(message: impl Into<String>) -> Self {
        Self::new(Origin::Card, Permanence::Permanent, message)
    }

    /// Something of ours failed and may work next time.
    pub fn ours_transient(message: impl Into<String>) -> Self {
        Self::new(Origin::Ours, Permanence::Transient, message)
    }

    /// Something of ours failed before the capture was touched: no worker could be started, its bytes cannot be reached.
    pub fn ours_untried(message: impl Into<String>) -> Self {
        Self { tried: false, ..Self::ours_transient(message) }
    }

    /// A service outside failed and may work next time.
    pub fn source_transient(message: impl Into<String>) -> Self {
        Self::new(Origin::Source, Permanence::Transient, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_back_from_json_and_an_old_one_was_tried() {
        let faults = [Fault::ours_untried("x"), Fault::source_transient("x"), Fault::bad_card("x")];
        for fault in faults {
            let text = serde_json::to_string(&fault).unwrap();
            assert_eq!(serde_json::from_str::<Fault>(&text).unwrap(), fault, "{text}");
        }
        let old = r#"{"origin":"card","permanence":"permanent","message":"x"}"#;
        assert_eq!(serde_json::from_str::<Fault>(old).unwrap(), Fault::bad_card("x"));
        assert_eq!(serde_json::to_string(&Fault::bad_card("x")).unwrap(), old);
    }
}
