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
//! | failed | its retry time -> in hand; a change -> settling |
//! | kept | a change -> settling |
//!
//! Deliberately absent: the file system and the clock.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

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
    /// It could not be taken or put away; try again later.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Settling { since: Timestamp, open: bool },
    InHand,
    Failed { retry_at: Timestamp },
    Kept,
}

#[derive(Debug)]
struct Tracked {
    stamp: Stamp,
    state: State,
    failures: u32,
    round: u64,
}

/// Knows every file in the folder and when each is due.
#[derive(Debug)]
pub struct Watcher {
    timing: Timing,
    /// Most files to know at once.
    capacity: usize,
    files: HashMap<FilePath, Tracked>,
    round: u64,
}

impl Watcher {
    /// A watcher that knows nothing yet and will know at most `capacity` files.
    #[must_use]
    pub fn new(timing: Timing, capacity: usize) -> Self {
        Self { timing, capacity, files: HashMap::new(), round: 0 }
    }

    /// Takes note of an event. `seen` is what lies there now; `None` when it is no regular file or gone. Answers false
    /// when there is no room to note it: the next rescan will find it again.
    pub fn on_event(&mut self, path: &FilePath, sign: Sign, seen: Option<Stamp>, now: Timestamp) -> bool {
        let Some(stamp) = seen else {
            self.files.remove(path);
            return true;
        };
        let room = self.files.len() < self.capacity;
        let fresh = State::Settling { since: now, open: sign == Sign::Writing };
        match self.files.entry(path.clone()) {
            Entry::Vacant(_) if !room => return false,
            Entry::Vacant(place) => {
                place.insert(Tracked { stamp, state: fresh, failures: 0, round: self.round });
            }
            Entry::Occupied(mut place) => {
                let tracked = place.get_mut();
                tracked.round = self.round;
                tracked.advance(stamp, sign, fresh);
            }
        }
        true
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
        let round = self.round;
        self.files.retain(|_, tracked| tracked.round == round || tracked.state == State::InHand);
        without_room
    }

    /// Up to `limit` files that are due, oldest first. They are in hand from now on.
    pub fn due(&mut self, now: Timestamp, limit: usize) -> Vec<Due> {
        let timing = self.timing;
        let mut ready: Vec<(i128, FilePath)> = Vec::new();
        for (path, tracked) in &mut self.files {
            tracked.follow_clock(now, &timing);
            if tracked.ready_at(&timing).is_some_and(|at| at <= now) {
                ready.push((tracked.stamp.modified_ns, path.clone()));
            }
        }
        ready.sort_unstable();
        ready.truncate(limit);
        let mut out = Vec::with_capacity(ready.len());
        for (_, path) in ready {
            if let Some(tracked) = self.files.get_mut(&path) {
                tracked.state = State::InHand;
                out.push(Due { stamp: tracked.stamp, path });
            }
        }
        out
    }

    /// When the next file will be due, if nothing happens before; may lie in the past.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.files.values().filter_map(|tracked| tracked.ready_at(&self.timing)).min()
    }

    /// Takes note of what became of a file that was due.
    pub fn settle(&mut self, due: &Due, settled: Settled, now: Timestamp) {
        let Some(tracked) = self.files.get_mut(&due.path) else { return };
        // Something else came to lie there in the meantime; it has its own way to go.
        if tracked.state != State::InHand {
            return;
        }
        match settled {
            Settled::Gone => {
                self.files.remove(&due.path);
            }
            Settled::Kept => tracked.state = State::Kept,
            Settled::Changed(stamp) => {
                tracked.stamp = stamp;
                tracked.failures = 0;
                tracked.state = State::Settling { since: now, open: false };
            }
            Settled::Failed => {
                let wait = self.timing.retry_first_ms.saturating_mul(1 << tracked.failures.min(30));
                tracked.failures = tracked.failures.saturating_add(1);
                tracked.state = State::Failed { retry_at: now.plus_millis(wait.min(self.timing.retry_most_ms)) };
            }
        }
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

    /// How many files wait to be taken or are being taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.files.values().filter(|tracked| tracked.state != State::Kept).count()
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

    /// A clock that was set back must not make a file wait until it has caught up.
    fn follow_clock(&mut self, now: Timestamp, timing: &Timing) {
        match &mut self.state {
            State::Settling { since, .. } => *since = now.min(*since),
            State::Failed { retry_at } => *retry_at = now.plus_millis(timing.retry_most_ms).min(*retry_at),
            State::InHand | State::Kept => {}
        }
    }

    fn ready_at(&self, timing: &Timing) -> Option<Timestamp> {
        match self.state {
            // Nothing was written yet: a placeholder, or a copy about to begin.
            State::Settling { .. } if self.stamp.size_bytes == 0 => None,
            State::Settling { since, open } => {
                Some(since.plus_millis(if open { timing.open_ms.max(timing.stable_ms) } else { timing.stable_ms }))
            }
            State::Failed { retry_at } => Some(retry_at),
            State::InHand | State::Kept => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMING: Timing = Timing { stable_ms: 100, open_ms: 1_000, retry_first_ms: 10, retry_most_ms: 35 };

    fn at(ms: i64) -> Timestamp {
        Timestamp(ms)
    }

    fn stamp(inode: u64, size_bytes: u64) -> Stamp {
        Stamp { device: 1, inode, size_bytes, modified_ns: i128::from(size_bytes) }
    }

    fn watcher() -> Watcher {
        Watcher::new(TIMING, 1_000)
    }

    fn names(due: &[Due]) -> Vec<String> {
        due.iter().map(|due| due.path.to_string()).collect()
    }

    #[test]
    fn a_file_is_due_once_it_has_stood_still() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
        assert_eq!(watcher.next_due(), Some(at(100)));
        assert!(watcher.due(at(99), 9).is_empty());
        assert_eq!(names(&watcher.due(at(100), 9)), ["a"]);
        assert!(watcher.due(at(5_000), 9).is_empty(), "in hand until it is settled");
    }

    #[test]
    fn every_change_starts_the_wait_again() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        for (ms, size) in [(0, 1), (90, 2), (180, 3)] {
            watcher.on_event(&a, Sign::There, Some(stamp(1, size)), at(ms));
            assert!(watcher.due(at(ms + 99), 9).is_empty());
        }
        assert_eq!(watcher.due(at(280), 9).len(), 1);
    }

    #[test]
    fn a_file_open_for_writing_waits_for_its_close_but_not_for_ever() {
        let (a, b) = (FilePath::top("a"), FilePath::top("b"));
        let mut watcher = watcher();
        watcher.on_event(&a, Sign::Writing, Some(stamp(1, 5)), at(0));
        watcher.on_event(&b, Sign::Writing, Some(stamp(2, 6)), at(0));
        assert!(watcher.due(at(500), 9).is_empty());
        watcher.on_event(&a, Sign::Closed, Some(stamp(1, 5)), at(500));
        assert_eq!(names(&watcher.due(at(500), 9)), ["a"]);
        assert_eq!(names(&watcher.due(at(1_000), 9)), ["b"]);
    }

    #[test]
    fn a_resumed_copy_closed_twice_is_due_once_and_whole() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        for (ms, size) in [(0, 5), (60, 9)] {
            watcher.on_event(&a, Sign::Writing, Some(stamp(1, size)), at(ms));
            watcher.on_event(&a, Sign::Closed, Some(stamp(1, size)), at(ms));
        }
        assert!(watcher.due(at(159), 9).is_empty());
        let due = watcher.due(at(160), 9);
        assert_eq!(due.first().map(|due| due.stamp.size_bytes), Some(9));
        assert_eq!(due.len(), 1);
    }

    #[test]
    fn a_kept_file_comes_back_only_when_it_changes() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
        let due = watcher.due(at(100), 9).remove(0);
        watcher.settle(&due, Settled::Kept, at(100));
        watcher.on_rescan([(a.clone(), stamp(1, 5))], at(200));
        watcher.on_event(&a, Sign::Closed, Some(stamp(1, 5)), at(250));
        assert!(watcher.due(at(9_000), 9).is_empty());
        assert_eq!((watcher.len(), watcher.waiting()), (1, 0));
        watcher.on_rescan([(a, stamp(1, 6))], at(9_000));
        assert_eq!(watcher.due(at(9_100), 9).len(), 1);
    }

    #[test]
    fn a_file_that_failed_comes_back_later_and_later() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
        let mut now = 100;
        for wait in [10, 20, 35, 35] {
            let due = watcher.due(at(now), 9).remove(0);
            watcher.settle(&due, Settled::Failed, at(now));
            assert!(watcher.due(at(now + wait - 1), 9).is_empty());
            now += wait;
        }
        assert_eq!(watcher.due(at(now), 9).len(), 1);
    }

    #[test]
    fn a_file_replaced_while_in_hand_is_not_lost_with_the_old_one() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
        let due = watcher.due(at(100), 9).remove(0);
        watcher.on_event(&a, Sign::There, Some(stamp(2, 7)), at(110));
        watcher.settle(&due, Settled::Gone, at(120));
        assert_eq!(watcher.due(at(210), 9).first().map(|due| due.stamp), Some(stamp(2, 7)));
    }

    #[test]
    fn what_turned_out_changed_waits_again() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        watcher.on_event(&a, Sign::There, Some(stamp(1, 5)), at(0));
        let due = watcher.due(at(100), 9).remove(0);
        watcher.settle(&due, Settled::Changed(stamp(1, 8)), at(100));
        assert!(watcher.due(at(199), 9).is_empty());
        assert_eq!(watcher.due(at(200), 9).first().map(|due| due.stamp.size_bytes), Some(8));
    }

    #[test]
    fn a_rescan_forgets_what_is_gone_and_finds_what_was_missed() {
        let mut watcher = watcher();
        watcher.on_event(&FilePath::top("gone"), Sign::There, Some(stamp(1, 5)), at(0));
        watcher.on_rescan([(FilePath::within("box", "missed"), stamp(2, 5))], at(50));
        assert_eq!(names(&watcher.due(at(1_000), 9)), ["box/missed"]);
        watcher.on_event(&FilePath::top("b"), Sign::There, None, at(1_000));
        assert_eq!(watcher.len(), 1);
    }

    #[test]
    fn the_oldest_files_go_first_and_no_more_than_asked_for() {
        let mut watcher = watcher();
        for (name, size) in [("b", 2), ("c", 3), ("a", 1)] {
            watcher.on_event(&FilePath::top(name), Sign::There, Some(stamp(size, size)), at(0));
        }
        assert_eq!(names(&watcher.due(at(100), 2)), ["a", "b"]);
        assert_eq!(names(&watcher.due(at(100), 2)), ["c"]);
    }

    #[test]
    fn what_finds_no_room_is_found_again_by_the_next_rescan() {
        let mut watcher = Watcher::new(TIMING, 1);
        let list = || [(FilePath::top("a"), stamp(1, 1)), (FilePath::top("b"), stamp(2, 2))];
        assert_eq!(watcher.on_rescan(list(), at(0)), 1);
        let due = watcher.due(at(100), 9).remove(0);
        watcher.settle(&due, Settled::Gone, at(100));
        assert_eq!(watcher.on_rescan(list().into_iter().skip(1), at(100)), 0);
        assert_eq!(names(&watcher.due(at(200), 9)), ["b"]);
    }

    #[test]
    fn an_empty_file_is_never_due_and_a_clock_set_back_delays_nothing() {
        let (mut watcher, a) = (watcher(), FilePath::top("a"));
        watcher.on_event(&a, Sign::There, Some(stamp(1, 0)), at(10_000));
        assert!(watcher.due(at(90_000), 9).is_empty());
        watcher.on_event(&a, Sign::There, Some(stamp(1, 4)), at(90_000));
        assert!(watcher.due(at(0), 9).is_empty());
        assert_eq!(watcher.due(at(100), 9).len(), 1);
    }
}
