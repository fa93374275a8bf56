//! What the daemon asks.

use serde::{Deserialize, Serialize};

use crate::Shape;

/// A key under which somebody else knows a printing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SourceRef {
    /// Whose key it is: a plugin's id or an upstream, for example `tcgplayer`.
    pub namespace: String,
    /// The key.
    pub id: String,
    /// The finish that key stands for, where it stands for one only.
    pub finish: Option<String>,
    /// The edition that key stands for, where it stands for one only.
    pub edition: Option<String>,
}

/// One printing to price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct PrintingQuery {
    /// The daemon's name for it; goes into the quote unchanged.
    pub printing: String,
    /// Name of its set.
    pub set_name: String,
    /// The set's short code, where there is one.
    pub set_code: Option<String>,
    /// Collector number as printed, with the total where the card carries one: `007/120`, `SWSH044`.
    pub number: String,
    /// Total printed after the slash, where the catalogue knows it and `number` lacks it; 0 for unknown.
    pub set_total: u32,
    /// Name as printed.
    pub name: String,
    /// BCP 47 language.
    pub language: String,
    /// Finishes wanted (`normal`, `holo`, `reverse`); empty means all.
    pub finishes: Vec<String>,
    /// Keys known from the daemon's crosswalk.
    pub refs: Vec<SourceRef>,
}

/// One question. Sources must not keep anything from one query to the next: state lives in the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Query {
    /// How the source is asked.
    pub shape: Shape,
    /// What to price. In a sync: every printing of interest.
    pub printings: Vec<PrintingQuery>,
    /// What the last successful sync returned as [`crate::Answer::version`]; an unchanged source may then answer at once.
    pub last_version: Option<String>,
    /// The time, in milliseconds since 1970 UTC. Sources have no clock of their own.
    pub now_ms: i64,
}

impl Default for Query {
    fn default() -> Self {
        Self { shape: Shape::Quote, printings: Vec::new(), last_version: None, now_ms: 0 }
    }
}
