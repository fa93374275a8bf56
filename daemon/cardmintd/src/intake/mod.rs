//! The watched folder: from a file that somebody drops to bytes that may be admitted, and away with the file afterwards.
//!
//! Job: to know which files lie in the folder ([`scan`]), to hear when something happens there ([`events`]), to wait until
//! a file is finished ([`folder`]), to read it ([`take`]), and to put it away ([`away`]).
//!
//! Guarantee: a file is touched only after its caller says that its bytes are durable, or that they are refused. No link is
//! followed below the folder, no name is ever overwritten, and a file that changed between being read and being put away
//! stays and is read again. What an event missed, the next rescan finds.
//!
//! Deliberately absent: admission, threads, and the clock; `actors::capture` brings them together.

pub mod away;
pub mod events;
pub mod folder;
pub mod names;
pub mod scan;
pub mod take;

#[cfg(test)]
mod hostile_tests;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;

use cardmint_domain::Timestamp;
use cardmint_domain::errors::chain;

pub use away::After;
pub use events::{Events, Signal, Signals, signals};
pub use folder::{Due, Settled, Sign, Stamp, Timing};
pub use names::FilePath;
pub use take::Taken;

use folder::Watcher;
use names::unhidden;
use scan::{Folder, Found, Looked, ScanError};

/// How the watched folder is treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeSettings {
    /// Which folder.
    pub folder: PathBuf,
    /// What becomes of an admitted file.
    pub after: After,
    /// Largest file that is read, in bytes.
    pub max_bytes: u64,
    /// How long a file must stand still.
    pub timing: Timing,
    /// Most files to know at once; more are found by later rescans.
    pub capacity: usize,
    /// How often the whole folder is looked through, in milliseconds.
    pub rescan_ms: i64,
}

/// How many files are known at once unless configured: a few hundred bytes each.
pub const DEFAULT_CAPACITY: usize = 200_000;
/// How often the whole folder is looked through unless configured.
pub const DEFAULT_RESCAN_MS: i64 = 60_000;
/// The same where the system gives no events, for example because all watches are used up.
const RESCAN_WITHOUT_EVENTS_MS: i64 = 5_000;

/// The watched folder with all that is known about it.
pub struct Intake {
    settings: IntakeSettings,
    signals: Signals,
    open: Option<Open>,
    watcher: Watcher,
    /// Why the folder could not be looked through last time, so that the same trouble is logged once.
    trouble: Option<String>,
}

/// The folder while it is there.
struct Open {
    folder: Folder,
    /// `None` where the system gives no events.
    events: Option<Events>,
}

/// What one look through the folder came to.
#[derive(Default)]
struct Seen {
    files: Vec<(FilePath, Stamp)>,
    batches: HashSet<OsString>,
    /// What was not put away to the end.
    hidden: Vec<FilePath>,
}

impl Open {
    fn visit(&mut self) -> Result<Seen, ScanError> {
        let (mut seen, events) = (Seen::default(), &mut self.events);
        self.folder.visit(&mut |thing| match thing {
            Found::File(path, stamp) => seen.files.push((path, stamp)),
            Found::Batch(name) => {
                // Followed before it is listed, so that nothing can be put into it unseen between the two.
                if let Some(events) = events {
                    events.follow(&name);
                }
                seen.batches.insert(name);
            }
            Found::Ignored(path, _) if unhidden(&path.name).is_some() => seen.hidden.push(path),
            Found::Ignored(path, why) => tracing::trace!(%path, why, "passed over"),
        })?;
        Ok(seen)
    }
}

impl Intake {
    /// An intake that has not looked yet. Events will go to `signals`.
    #[must_use]
    pub fn new(settings: IntakeSettings, signals: Signals) -> Self {
        let watcher = Watcher::new(settings.timing, settings.capacity);
        Self { settings, signals, open: None, watcher, trouble: None }
    }

    /// Looks through the whole folder and says when to do so again.
    pub fn rescan(&mut self, now: Timestamp) -> Timestamp {
        match self.look_through(now) {
            Ok(without_room) => {
                if without_room > 0 {
                    tracing::warn!(files = without_room, "the watched folder holds more files than are known at once");
                }
                if self.trouble.take().is_some() {
                    tracing::info!(folder = %self.settings.folder.display(), "the watched folder can be read again");
                }
            }
            Err(error) => {
                // Files that are known stay known: a network share that is away for a moment comes back with them.
                self.open = None;
                let why = chain(&error);
                if self.trouble.as_ref() != Some(&why) {
                    tracing::error!(error = why, "the watched folder cannot be read; will look again");
                }
                self.trouble = Some(why);
            }
        }
        let hears = self.open.as_ref().is_some_and(|open| open.events.is_some());
        let wait = if hears { self.settings.rescan_ms } else { RESCAN_WITHOUT_EVENTS_MS.min(self.settings.rescan_ms) };
        now.plus_millis(wait.max(1))
    }

    fn look_through(&mut self, now: Timestamp) -> Result<u64, ScanError> {
        let current = self.open.take().filter(|open| open.folder.is_current());
        let open = match current {
            Some(open) => self.open.insert(open),
            None => {
                let folder = Folder::open(&self.settings.folder)?;
                let events = Events::watch(&self.settings.folder, self.signals.clone());
                let events = events.inspect_err(|error| {
                    tracing::warn!(%error, "the system gives no events for the watched folder; looking through it instead");
                });
                self.open.insert(Open { folder, events: events.ok() })
            }
        };
        let mut seen = open.visit()?;
        // Not while listing: what gets its name back could then be found or not, or twice.
        if seen.hidden.iter().filter(|path| away::put_back(&open.folder, path)).count() > 0 {
            seen = open.visit()?;
        }
        if let Some(events) = &mut open.events {
            events.keep_only(&seen.batches);
        }
        Ok(self.watcher.on_rescan(seen.files, now))
    }

    /// Takes note of an event. Answers true when the whole folder must be looked through.
    #[must_use]
    pub fn on_signal(&mut self, signal: &Signal, now: Timestamp) -> bool {
        match signal {
            Signal::Missed => true,
            Signal::File(path, sign) => self.look_at(path, *sign, now),
        }
    }

    fn look_at(&mut self, path: &FilePath, sign: Sign, now: Timestamp) -> bool {
        let Some(open) = &mut self.open else { return true };
        match open.folder.look(path) {
            // One that finds no room is found by a later rescan.
            Ok(Looked::File(stamp)) => {
                self.watcher.on_event(path, sign, Some(stamp), now);
                false
            }
            Ok(Looked::Gone | Looked::Ignored(_)) => {
                self.watcher.on_event(path, sign, None, now);
                false
            }
            Ok(Looked::Batch) => {
                // Followed before it is listed, so that nothing can be put into it unseen between the two.
                if let Some(events) = &mut open.events {
                    events.follow(&path.name);
                }
                let mut found = Vec::new();
                let listed = open.folder.visit_one(Some(&path.name), &mut |thing| {
                    if let Found::File(path, stamp) = thing {
                        found.push((path, stamp));
                    }
                });
                for (path, stamp) in found {
                    self.watcher.on_event(&path, Sign::There, Some(stamp), now);
                }
                listed.is_err()
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "looking through the watched folder after an event");
                true
            }
        }
    }

    /// The next file that is due, in hand from now on.
    pub fn next(&mut self, now: Timestamp) -> Option<Due> {
        self.watcher.due(now)
    }

    /// Reads a file that is due.
    #[must_use]
    pub fn take(&self, due: &Due) -> Taken {
        match &self.open {
            Some(open) => take::take(&open.folder, due, self.settings.max_bytes),
            None => Taken::NotNow("the watched folder is away".to_owned()),
        }
    }

    /// Takes note of what became of a file that was due, without touching it.
    pub fn settle(&mut self, due: &Due, settled: Settled, now: Timestamp) {
        self.watcher.settle(due, settled, now);
    }

    /// Puts a file away whose bytes are durable.
    pub fn admitted(&mut self, due: &Due, now: Timestamp) {
        let settled =
            self.open.as_ref().map_or(Settled::NotNow, |open| away::admitted(&open.folder, due, self.settings.after));
        self.watcher.settle(due, settled, now);
    }

    /// Puts a file away that is not wanted, with a note that says why.
    pub fn refused(&mut self, due: &Due, why: &str, now: Timestamp) {
        let settled = self
            .open
            .as_ref()
            .map_or(Settled::NotNow, |open| away::refused(&open.folder, due, self.settings.after, why));
        self.watcher.settle(due, settled, now);
    }
}
