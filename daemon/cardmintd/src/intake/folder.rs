//! Which file is finished: pure, told what was seen and what time it is.
//!
//! A file is due once its size and modification time have stood still for a while. One that is known to be open for
//! writing must stand still longer, because a copy over a slow network may pause. A file that was handed out is not handed
//! out again until the caller says what became of it, and one that stays in the folder is not handed out again until it
//! changes.
//!
//! | state | left by |
//! |---|---|
//! | settling | standing still long enough -> in hand |
//! | in hand | [`Watcher::settle`] |
//! | again | its time -> in hand; a change -> settling |
//! | kept | a change -> settling |
//!
//! A fault of ours holds all files back alike: none is blamed, and one of them at a time is tried until it works.
//!
//! Deliberately absent: the file system and the clock.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cardmint_domain::Timestamp;

use super::names::FilePath;

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Modification time in nanoseconds since 1970.
    pub modified_ns: i128,
}

/// What an event said about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is there: created, moved in, linked, touched, or seen in a listing.
    There,
    /// It was written to and not closed since.
    Writing,
    /// Whoever wrote to it closed it.
    Closed,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long size and modification time must stand still.
    pub stable_ms: i64,
    /// The same for a file that is known to be open for writing. Not for ever: a program may keep a file open.
    pub open_ms: i64,
    /// Before the second attempt at a file that could not be taken; doubles each time.
    pub retry_first_ms: i64,
    /// Longest time between attempts.
    pub retry_most_ms: i64,
}

impl Default for Timing {
    /// Two seconds cover the write-back pauses of network file systems; a minute is longer than any stall after which a
    /// copy usually goes on.
    fn default() -> Self {
        Self { stable_ms: 2_000, open_ms: 60_000, retry_first_ms: 1_000, retry_most_ms: 3_600_000 }
    }
}

/// A file to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Where it lies.
    pub path: FilePath,
    /// Its content, as far as that can be told without reading.
    pub stamp: Stamp,
}

/// What became of a file that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is no longer in the folder.
    Gone,
    /// It stays where it is and is not wanted again as it is.
    Kept,
    /// It turned out to be another content than the one that was due.
    Changed(Stamp),
    /// Somebody has it open for writing: wait for the close, and ask again where none is heard of.
    StillOpen,
    /// It could not be taken or put away; try again later and later.
    Failed,
    /// Nothing could be taken, whatever the file: wait a moment with all of them.
    NotNow,
}

/// How long nothing is taken after a fault of ours, in milliseconds.
const HOLD_MS: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Settling { since: Timestamp, open: bool },
    InHand,
    Again { at: Timestamp },
    Kept,
}

#[derive(Debug)]
struct Tracked {
    stamp: Stamp,
    state: State,
    failures: u32,
    round: u64,
}

/// A file's place among those that wait: when it is due, then when it was modified, then its path.
type Place = (Timestamp, i128, Arc<FilePath>);

/// Knows every file in the folder and when each is due.
#[derive(Debug)]
pub struct Watcher {
    timing: Timing,
    /// Most files to know at once.
    capacity: usize,
    files: HashMap<Arc<FilePath>, Tracked>,
    /// Every file that waits for its time and nothing else.
    queue: BTreeSet<Place>,
    round: u64,
    /// The latest time that was told.
    now: Timestamp,
    /// Until when nothing is handed out, since something was wrong with us.
    held_until: Option<Timestamp>,
}

impl Watcher {
    /// A watcher that knows nothing yet and will know at most `capacity` files.
    #[must_use]
    pub fn new(timing: Timing, capacity: usize) -> Self {
        let (files, queue) = (HashMap::new(), BTreeSet::new());
        Self { timing, capacity, files, queue, round: 0, now: Timestamp::default(), held_until: None }
    }

    /// Takes note of an event. `seen` is what lies there now; `None` when it is no regular file or gone. Answers false
    /// when there is no room to note it: the next rescan will find it again.
    pub fn on_event(&mut self, path: &FilePath, sign: Sign, seen: Option<Stamp>, now: Timestamp) -> bool {
        self.follow_clock(now);
        let Some(stamp) = seen else {
            self.forget(path);
            return true;
        };
        let (round, fresh) = (self.round, State::Settling { since: now, open: sign == Sign::Writing });
        if self.files.contains_key(path) {
            self.change(path, |tracked| {
                tracked.round = round;
                tracked.advance(stamp, sign, fresh);
            });
            return true;
        }
        let room = self.files.len() < self.capacity;
        if room {
            let (path, tracked) = (Arc::new(path.clone()), Tracked { stamp, state: fresh, failures: 0, round });
            self.queue.extend(tracked.place(&path, &self.timing));
            self.files.insert(path, tracked);
        }
        room
    }

    /// Takes note of everything that lies in the folder and forgets what does not. Answers how many files found no room.
    pub fn on_rescan(&mut self, list: impl IntoIterator<Item = (FilePath, Stamp)>, now: Timestamp) -> u64 {
        self.round += 1;
        // Forgetting comes last so that a file keeps its history; a full watcher then makes room for the next rescan.
        let mut without_room = 0;
        for (path, stamp) in list {
            if !self.on_event(&path, Sign::There, Some(stamp), now) {
                without_room += 1;
            }
        }
        let (round, queue, timing) = (self.round, &mut self.queue, &self.timing);
        self.files.retain(|path, tracked| {
            let stays = tracked.round == round || tracked.state == State::InHand;
            if !stays && let Some(place) = tracked.place(path, timing) {
                queue.remove(&place);
            }
            stays
        });
        without_room
    }

    /// The file that has been due longest. It is in hand from now on.
    pub fn due(&mut self, now: Timestamp) -> Option<Due> {
        if self.next_due(now)? > now {
            return None;
        }
        let (_, _, path) = self.queue.pop_first()?;
        let tracked = self.files.get_mut(&path)?;
        tracked.state = State::InHand;
        Some(Due { path: FilePath::clone(&path), stamp: tracked.stamp })
    }

    /// When the next file will be due, if nothing happens before; may lie in the past.
    #[must_use]
    pub fn next_due(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.follow_clock(now);
        let (at, ..) = self.queue.first()?;
        Some(self.held_until.map_or(*at, |until| until.max(*at)))
    }

    /// Takes note of what became of a file that was due.
    pub fn settle(&mut self, due: &Due, settled: Settled, now: Timestamp) {
        self.follow_clock(now);
        self.held_until = (settled == Settled::NotNow).then(|| now.plus_millis(HOLD_MS));
        // Something else came to lie there in the meantime; it has its own way to go.
        if self.files.get(&due.path).is_none_or(|tracked| tracked.state != State::InHand) {
            return;
        }
        if settled == Settled::Gone {
            return self.forget(&due.path);
        }
        let timing = self.timing;
        self.change(&due.path, |tracked| tracked.settle(settled, now, &timing));
    }

    /// How many files are known, kept ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn forget(&mut self, path: &FilePath) {
        if let Some((path, tracked)) = self.files.remove_entry(path)
            && let Some(place) = tracked.place(&path, &self.timing)
        {
            self.queue.remove(&place);
        }
    }

    /// Changes what is known about a file, and its place with it.
    fn change(&mut self, path: &FilePath, change: impl FnOnce(&mut Tracked)) {
        let Some((path, mut tracked)) = self.files.remove_entry(path) else { return };
        let before = tracked.place(&path, &self.timing);
        change(&mut tracked);
        let after = tracked.place(&path, &self.timing);
        if before != after {
            if let Some(place) = before {
                self.queue.remove(&place);
            }
            self.queue.extend(after);
        }
        self.files.insert(path, tracked);
    }

    /// A clock that was set back must not make a file wait until it has caught up.
    fn follow_clock(&mut self, now: Timestamp) {
        let before = std::mem::replace(&mut self.now, now);
        if now >= before {
            return;
        }
        self.held_until = self.held_until.map(|until| until.min(now.plus_millis(HOLD_MS)));
        self.queue.clear();
        for (path, tracked) in &mut self.files {
            tracked.follow_clock(now, &self.timing);
            self.queue.extend(tracked.place(path, &self.timing));
        }
    }
}

impl Tracked {
    fn advance(&mut self, stamp: Stamp, sign: Sign, fresh: State) {
        if self.stamp != stamp {
            self.stamp = stamp;
            self.failures = 0;
            // A listing cannot tell whether the writer is still there; what an event said stays true until it closes.
            let still_open = matches!(self.state, State::Settling { open: true, .. }) && sign == Sign::There;
            self.state = match fresh {
                State::Settling { since, open } => State::Settling { since, open: open || still_open },
                other => other,
            };
            return;
        }
        if let State::Settling { open, .. } = &mut self.state {
            match sign {
                // Two writes within one tick of the file system's clock leave the same stamp.
                Sign::Writing => self.state = fresh,
                Sign::Closed => *open = false,
                Sign::There => {}
            }
        }
    }

    fn settle(&mut self, settled: Settled, now: Timestamp, timing: &Timing) {
        match settled {
            Settled::Kept | Settled::Gone => self.state = State::Kept,
            Settled::Changed(stamp) => {
                self.stamp = stamp;
                self.failures = 0;
                self.state = State::Settling { since: now, open: false };
            }
            Settled::StillOpen => self.state = State::Settling { since: now, open: true },
            Settled::Failed => {
                let wait = timing.retry_first_ms.saturating_mul(1 << self.failures.min(30));
                self.failures = self.failures.saturating_add(1);
                self.state = State::Again { at: now.plus_millis(wait.min(timing.retry_most_ms)) };
            }
            // Behind all that are due already: if it is this file after all, the others get their turn.
            Settled::NotNow => self.state = State::Again { at: now },
        }
    }

    fn follow_clock(&mut self, now: Timestamp, timing: &Timing) {
        match &mut self.state {
            State::Settling { since, .. } => *since = now.min(*since),
            State::Again { at } => *at = now.plus_millis(timing.retry_most_ms).min(*at),
            State::InHand | State::Kept => {}
        }
    }

    /// Its place among those that wait; `None` when it waits for something other than its time.
    fn place(&self, path: &Arc<FilePath>, timing: &Timing) -> Option<Place> {
        let at = match self.state {
            // Nothing was written yet: a placeholder, or a copy about to begin.
            State::Settling { .. } if self.stamp.size_bytes == 0 => return None,
            State::Settling { since, open } => {
                since.plus_millis(if open { timing.open_ms.max(timing.stable_ms) } else { timing.stable_ms })
            }
            State::Again { at } => at,
            State::InHand | State::Kept => return None,
        };
        Some((at, self.stamp.modified_ns, Arc::clone(path)))
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
