//! What a child knows about itself.

use std::sync::Arc;
use std::time::Duration;

use super::pulse::{Busy, Failure, Pulse};

/// A child's handle on its own life. Cheap to clone; belongs to one generation.
#[derive(Debug, Clone)]
pub struct ChildContext {
    pub(super) pulse: Arc<Pulse>,
}

impl ChildContext {
    pub(super) fn new(pulse: Arc<Pulse>) -> Self {
        Self { pulse }
    }

    /// Its name in the tree.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.pulse.name
    }

    /// Which life this is; no two lives of the process share a number.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.pulse.generation
    }

    /// Declares that it will give no sign of life for up to `most`: a call into the database, an OCR worker, a computation.
    pub fn busy(&self, most: Duration) -> Busy {
        self.pulse.busy(most)
    }

    /// Whether it is still the one that bears its name. A child that was taken for dead learns here that it is late.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.pulse.is_current()
    }

    /// Says that there is nothing for it to do; it is to return at once. It is not started again, except with the others.
    pub fn decline(&self) {
        self.pulse.decline();
    }

    /// Ends this life as failed, for the reason given.
    pub fn fail(&self, reason: impl Into<String>) {
        self.pulse.fail(Failure::Failed(reason.into()));
    }

    /// Gives a sign of life. Actors do not need to: their own context beats.
    pub fn beat(&self) {
        self.pulse.beat();
    }

    /// Says that it is up. Actors do not need to: they are up once [`actix::Actor::started`] has run.
    pub fn mark_started(&self) {
        self.pulse.mark_started();
    }

    /// Whether it is asked to end.
    #[must_use]
    pub fn is_asked_to_stop(&self) -> bool {
        self.pulse.is_asked_to_stop()
    }

    /// Resolves once it is asked to end.
    pub async fn asked_to_stop(&self) {
        self.pulse.asked_to_stop().await;
    }

    /// A context outside any tree, for tests that build a child by hand.
    #[must_use]
    pub fn detached(name: &str) -> Self {
        Self::new(Pulse::new(name.to_owned()))
    }
}
