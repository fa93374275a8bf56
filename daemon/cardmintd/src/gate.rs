//! Whether captures are taken: not while an operator has paused, not before there is a catalogue to compare with, and not
//! once the daemon ends.

use std::sync::atomic::{AtomicBool, Ordering};

/// Three reasons to wait. Shared by the dispatcher, which asks, and whoever knows.
#[derive(Debug, Default)]
pub struct Gate {
    paused: AtomicBool,
    catalogue: AtomicBool,
    closed: AtomicBool,
}

impl Gate {
    /// Whether captures are taken now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.has_catalogue() && !self.is_paused() && !self.is_closed()
    }

    /// Whether the daemon ends.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Whether an operator has paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Whether there is a catalogue. Without one every card would end in review for no fault of its own.
    #[must_use]
    pub fn has_catalogue(&self) -> bool {
        self.catalogue.load(Ordering::SeqCst)
    }

    /// Stops or resumes taking captures. Those under way are finished.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
    }

    /// Takes no captures any more; the daemon ends.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Says whether there is a catalogue.
    pub fn set_catalogue(&self, present: bool) {
        self.catalogue.store(present, Ordering::SeqCst);
    }
}
