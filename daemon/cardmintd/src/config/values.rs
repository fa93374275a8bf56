//! Settings that are one word of a few.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of a file that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterAdmission {
    /// It stays where it is.
    Leave,
    /// It is moved into the folder `done` beside it.
    Move,
    /// It is deleted.
    Delete,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
