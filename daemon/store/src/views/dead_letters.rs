//! Captures that were given up.

use cardmint_domain::route::Stage;
use cardmint_domain::{Fault, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AttemptView, CaptureView, DeadLetterId};

/// Whether a dead letter waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterState {
    /// Waits.
    Open,
    /// A person had it tried again.
    Retried,
    /// A person gave it up.
    Discarded,
}

/// A capture that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetterView {
    /// Its number.
    pub id: DeadLetterId,
    /// Which capture.
    pub capture: CaptureView,
    /// At which stage.
    pub stage: Stage,
    /// Why.
    pub fault: Fault,
    /// After how many attempts.
    pub attempts: u32,
    /// When.
    pub at: Timestamp,
    /// Whether it waits.
    pub state: DeadLetterState,
    /// When a person dealt with it.
    pub closed_at: Option<Timestamp>,
    /// Who.
    pub closed_by: Option<String>,
}

/// Everything about one dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetterDetail {
    /// The letter.
    #[serde(flatten)]
    pub letter: DeadLetterView,
    /// The attempts at its capture, oldest first, those before an earlier letter and after a person's retry too; the last
    /// 100 where there are more.
    pub history: Vec<AttemptView>,
}
