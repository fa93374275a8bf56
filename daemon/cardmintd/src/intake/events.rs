//! What the system says happens in the watched folder.
//!
//! Guarantee: an event is either delivered or turned into [`Signal::Missed`], which calls for a full look; none is lost in
//! silence, and a flood of them takes no more memory than [`ROOM`] of them.
//!
//! Deliberately absent: believing what an event says about a file. It only says where to look.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::folder::Sign;
use super::names::{FilePath, is_own_folder, unhidden};

/// Events that may wait to be looked at.
const ROOM: usize = 4_096;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// To this file or sub-folder.
    File(FilePath, Sign),
    /// It is not known to what: the whole folder must be looked through.
    Missed,
}

/// Where events go.
#[derive(Debug, Clone)]
pub struct Signals {
    sender: mpsc::Sender<Signal>,
    missed: Arc<AtomicBool>,
}

/// Where events come from.
#[derive(Debug)]
pub struct SignalReceiver {
    receiver: mpsc::Receiver<Signal>,
    missed: Arc<AtomicBool>,
}

/// A way for events to go.
#[must_use]
pub fn signals() -> (Signals, SignalReceiver) {
    let (sender, receiver) = mpsc::channel(ROOM);
    let missed = Arc::new(AtomicBool::new(false));
    (Signals { sender, missed: Arc::clone(&missed) }, SignalReceiver { receiver, missed })
}

impl Signals {
    pub(super) fn send(&self, signal: Signal) {
        if signal == Signal::Missed || self.sender.try_send(signal).is_err() {
            self.missed.store(true, Ordering::SeqCst);
            // Only to wake the receiver; a full channel has woken it already.
            drop(self.sender.try_send(Signal::Missed));
        }
    }
}

impl SignalReceiver {
    /// The next event; `None` once nobody can send any more.
    pub async fn recv(&mut self) -> Option<Signal> {
        if self.missed.swap(false, Ordering::SeqCst) {
            return Some(Signal::Missed);
        }
        self.receiver.recv().await
    }

    /// The next event if one waits.
    pub fn try_recv(&mut self) -> Option<Signal> {
        if self.missed.swap(false, Ordering::SeqCst) {
            return Some(Signal::Missed);
        }
        self.receiver.try_recv().ok()
    }
}

/// Listens to one folder and those of its sub-folders that were named.
pub struct Events {
    watcher: RecommendedWatcher,
    root: PathBuf,
    followed: HashSet<OsString>,
}

impl Events {
    /// Listens to what happens directly in `root`.
    ///
    /// # Errors
    /// The system's: no such folder, or no watches left.
    pub fn watch(root: &Path, signals: Signals) -> Result<Self, notify::Error> {
        let base = root.to_owned();
        Self::heard(root, move |event| translate(&base, event, &mut |signal| signals.send(signal)))
    }

    /// The same with another ear.
    pub(super) fn heard(root: &Path, ear: impl notify::EventHandler) -> Result<Self, notify::Error> {
        let mut watcher = notify::recommended_watcher(ear)?;
        watcher.watch(root, RecursiveMode::NonRecursive)?;
        Ok(Self { watcher, root: root.to_owned(), followed: HashSet::new() })
    }

    /// Forgets every sub-folder but these: one that is gone, or was moved away with its watch.
    pub fn keep_only(&mut self, folders: &HashSet<OsString>) {
        let Self { watcher, root, followed } = self;
        followed.retain(|folder| {
            let stays = folders.contains(folder);
            // Refused where the folder is deleted: its watch went with it.
            if !stays && let Err(error) = watcher.unwatch(&root.join(folder)) {
                tracing::debug!(folder = super::names::shown(folder), %error, "a batch folder that is gone");
            }
            stays
        });
    }

    /// Listens to a sub-folder too. Where the system refuses, rescans find what happens there.
    pub fn follow(&mut self, folder: &OsStr) {
        // Also when it is followed already: a folder of the same name may be another one now.
        match self.watcher.watch(&self.root.join(folder), RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.followed.insert(folder.to_owned());
            }
            Err(error) if self.followed.remove(folder) => {
                tracing::debug!(folder = super::names::shown(folder), %error, "a batch folder is listened to no more");
            }
            Err(error) => {
                tracing::warn!(folder = super::names::shown(folder), %error, "a batch folder cannot be listened to");
            }
        }
    }
}

/// What one event of the system means to us.
pub(super) fn translate(root: &Path, event: Result<Event, notify::Error>, send: &mut dyn FnMut(Signal)) {
    let event = match event {
        Ok(event) if !event.need_rescan() => event,
        _ => return send(Signal::Missed),
    };
    let sign = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Sign::Closed,
        EventKind::Modify(ModifyKind::Data(_)) => Sign::Writing,
        // Told a second time as one event for both names.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) | EventKind::Access(_) => return,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any | EventKind::Other => {
            Sign::There
        }
    };
    for path in &event.paths {
        match place(root, path) {
            Some(place) => send(Signal::File(place, sign)),
            // The folder itself was moved, removed or had its rights changed.
            None if path == root => send(Signal::Missed),
            None => {}
        }
    }
}

/// Where in the folder a path lies; `None` for the folder itself, what is ours, and what lies deeper.
fn place(root: &Path, path: &Path) -> Option<FilePath> {
    let mut parts = path.strip_prefix(root).ok()?.iter();
    match (parts.next()?, parts.next(), parts.next()) {
        (first, _, _) if is_own_folder(first) => None,
        // What is being put away is nothing that happened to the folder.
        (name, None, _) | (_, Some(name), None) if unhidden(name).is_some() => None,
        (name, None, _) => Some(FilePath::top(name)),
        (folder, Some(name), None) => Some(FilePath::within(folder, name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_at_most_one_folder_deep_and_never_ours() {
        let root = Path::new("/in");
        assert_eq!(place(root, Path::new("/in/a.jpg")), Some(FilePath::top("a.jpg")));
        assert_eq!(place(root, Path::new("/in/box/a.jpg")), Some(FilePath::within("box", "a.jpg")));
        for other in
            ["/in", "/in/done/a.jpg", "/in/rejected", "/in/a/b/c.jpg", "/elsewhere/a.jpg", "/in/.cardmint-a.jpg"]
        {
            assert_eq!(place(root, Path::new(other)), None, "{other}");
        }
    }

    #[tokio::test]
    async fn what_finds_no_room_becomes_one_call_for_a_full_look() {
        let (signals, mut receiver) = signals();
        for number in 0..ROOM + 10 {
            signals.send(Signal::File(FilePath::top(number.to_string()), Sign::There));
        }
        assert_eq!(receiver.recv().await, Some(Signal::Missed));
        let mut rest = 0;
        while receiver.try_recv().is_some() {
            rest += 1;
        }
        assert_eq!(rest, ROOM);
    }

    #[test]
    fn a_batch_that_is_gone_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut events = Events::watch(dir.path(), signals().0).unwrap();
        let name = |number: u32| OsString::from(format!("box {number}"));
        for number in 0..100 {
            std::fs::create_dir(dir.path().join(name(number))).unwrap();
            events.follow(&name(number));
            std::fs::remove_dir(dir.path().join(name(number))).unwrap();
            events.keep_only(&HashSet::new());
        }
        assert_eq!(events.followed, HashSet::new());
        std::fs::create_dir(dir.path().join("stays")).unwrap();
        let stays = HashSet::from([OsString::from("stays")]);
        events.follow(OsStr::new("stays"));
        events.keep_only(&stays);
        assert_eq!(events.followed, stays);
    }

    #[test]
    fn an_overflow_and_an_error_call_for_a_full_look() {
        let overflow = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        for event in [Ok(overflow), Err(notify::Error::generic("watch lost"))] {
            let mut seen = Vec::new();
            translate(Path::new("/in"), event, &mut |signal| seen.push(signal));
            assert_eq!(seen, [Signal::Missed]);
        }
    }
}
