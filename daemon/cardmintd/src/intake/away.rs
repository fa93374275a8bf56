//! Putting a file away once its bytes are durable, or refused.
//!
//! Guarantee: no name is overwritten, and what is put away is the content that was read: a file that was replaced at the last
//! moment, or that somebody is about to write to, is put back and read again. A file is hidden under a name of ours before
//! it is looked at and goes on from there, so whatever the daemon left undone when it died is found under such a name and
//! put back ([`put_back`]). A refused file is never deleted.
//!
//! Where the file system can neither rename without replacing nor link, files stay where they are.
//!
//! Deliberately absent: deciding whether the bytes are durable, and a second daemon with the same folder.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, RenameFlags, openat, renameat2};
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};
use serde::{Deserialize, Serialize};

use super::folder::{Due, Settled, Stamp};
use super::names::{self, DONE, FilePath, REJECTED, numbered, reason_name, shown};
use super::scan::{self, Folder};
use super::take::{has_writer, reopen};

/// What becomes of an admitted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// It stays where it is. A refused one stays too.
    Leave,
    /// It is moved to the folder `done` beside it, into a sub-folder of its batch's name.
    #[default]
    Move,
    /// It is deleted. A refused one is moved to `rejected` all the same.
    Delete,
}

/// Most names that are tried for one file.
const MOST_NAMES: u32 = 10_000;

/// Rights of the folders made here, before the process's mask.
const FOLDER_MODE: Mode = Mode::S_IRWXU.union(Mode::S_IRWXG).union(Mode::S_IROTH).union(Mode::S_IXOTH);

/// Puts an admitted file away and says what became of it.
#[must_use]
pub fn admitted(folder: &Folder, due: &Due, after: After) -> Settled {
    let outcome = match after {
        After::Leave => return Settled::Kept,
        After::Move => move_to(folder, due, DONE).map(|_| ()),
        After::Delete => hidden_first(folder, due, |dir, hidden| unlinkat(dir, hidden, UnlinkatFlags::NoRemoveDir)),
    };
    settled(due, outcome)
}

/// Moves a refused file to `rejected`, beside a note that says why, unless files are left where they are.
#[must_use]
pub fn refused(folder: &Folder, due: &Due, after: After, why: &str) -> Settled {
    if after == After::Leave {
        tracing::warn!(file = %due.path, why, "refused; it stays where it is");
        return Settled::Kept;
    }
    tracing::warn!(file = %due.path, why, "refused");
    let outcome = move_to(folder, due, REJECTED).map(|(dir, name)| {
        if let Err(error) = write_note(&dir, &name, why) {
            tracing::warn!(file = %due.path, %error, "no note could be put beside the refused file");
        }
    });
    settled(due, outcome)
}

/// Gives a file its old name back that an earlier life left hidden, or a free one where that is taken. Answers whether it
/// did, and so whether there is another file to be found.
#[must_use]
pub fn put_back(folder: &Folder, hidden: &FilePath) -> bool {
    let Some(old) = names::unhidden(&hidden.name) else { return false };
    match folder.directory(hidden.folder.as_deref()).and_then(|dir| show(&dir, &hidden.name, old)) {
        Ok(name) => {
            tracing::info!(file = %hidden, name = shown(&name), "a file that was not put away to the end has its name back");
            true
        }
        Err(Errno::ENOENT) => false,
        Err(error) => {
            tracing::warn!(file = %hidden, %error, "a file that was not put away to the end cannot get its name back");
            false
        }
    }
}

/// Why a file was not put away.
#[derive(Debug, Clone, Copy)]
enum Stay {
    Changed(Stamp),
    StillOpen,
    Gone,
    No(Errno),
}

impl From<Errno> for Stay {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::ENOENT => Self::Gone,
            other => Self::No(other),
        }
    }
}

fn settled(due: &Due, outcome: Result<(), Stay>) -> Settled {
    match outcome {
        Ok(()) | Err(Stay::Gone) => Settled::Gone,
        Err(Stay::Changed(stamp)) => Settled::Changed(stamp),
        Err(Stay::StillOpen) => Settled::StillOpen,
        Err(Stay::No(errno)) if passes(errno) => {
            tracing::warn!(file = %due.path, error = %errno, "the file cannot be put away now; will try again");
            Settled::Failed
        }
        Err(Stay::No(errno)) => {
            // Another try would fail the same way, and its bytes are safe: it stays until it changes or we start again.
            tracing::warn!(file = %due.path, error = %errno, "the file cannot be put away; it stays where it is");
            Settled::Kept
        }
    }
}

/// Whether the same may succeed once there is room, or the disk is back.
fn passes(errno: Errno) -> bool {
    use Errno::{EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, ESTALE, ETIMEDOUT};
    matches!(errno, EDQUOT | EIO | EMFILE | ENFILE | ENOMEM | ENOSPC | ESTALE | ETIMEDOUT)
}

/// Moves the file into `target` and says where it is now.
fn move_to(folder: &Folder, due: &Due, target: &str) -> Result<(OwnedFd, OsString), Stay> {
    let mut to = sub_folder(folder.directory(None)?.as_fd(), OsStr::new(target))?;
    if let Some(batch) = &due.path.folder {
        to = sub_folder(to.as_fd(), batch)?;
    }
    let free = |attempt| numbered(&due.path.name, attempt);
    let name = hidden_first(folder, due, |dir, hidden| rename_to_free(dir, hidden, &to, free))?;
    Ok((to, name))
}

/// Hides the file, looks whether it is what was read, and does the rest with it only then. Otherwise it gets its name back:
/// what lies there now, a file put in its place at the last moment included, is no longer reached by its old name.
fn hidden_first<T>(
    folder: &Folder,
    due: &Due,
    rest: impl FnOnce(&OwnedFd, &OsStr) -> Result<T, Errno>,
) -> Result<T, Stay> {
    let dir = folder.directory(due.path.folder.as_deref())?;
    let hidden = rename_to_free(&dir, &due.path.name, &dir, |attempt| names::hidden(&due.path.name, attempt))?;
    crate::faults::point("hidden");
    let outcome = check(&dir, &hidden, due).and_then(|()| rest(&dir, &hidden).map_err(Stay::from));
    if outcome.is_err()
        && let Err(error) = show(&dir, &hidden, &due.path.name)
    {
        // The next full look tries again.
        tracing::warn!(file = %due.path, hidden = shown(&hidden), %error, "the file cannot get its name back now");
    }
    outcome
}

/// Whether it is what was read, and nobody is about to write to it.
fn check(dir: &OwnedFd, name: &OsStr, due: &Due) -> Result<(), Stay> {
    let there = openat(dir, name, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())?;
    let stat = fstat(&there)?;
    if scan::kind(&stat) != SFlag::S_IFREG || scan::stamp(&stat) != due.stamp {
        return Err(Stay::Changed(scan::stamp(&stat)));
    }
    // It cannot be opened by its old name any more, so who has not got it open now never will.
    match reopen(&there) {
        Ok(file) if has_writer(&file) => Err(Stay::StillOpen),
        Err(Errno::EAGAIN) => Err(Stay::StillOpen),
        // One that may no longer be read was read before.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Gives a hidden file a name to be found by.
fn show(dir: &OwnedFd, hidden: &OsStr, name: &OsStr) -> Result<OsString, Errno> {
    rename_to_free(dir, hidden, dir, |attempt| numbered(name, attempt))
}

/// Renames to the first of `names` that is free.
fn rename_to_free(
    from: &OwnedFd,
    old: &OsStr,
    to: &OwnedFd,
    names: impl Fn(u32) -> OsString,
) -> Result<OsString, Errno> {
    for attempt in 0..MOST_NAMES {
        let name = names(attempt);
        match rename(from, old, to, &name) {
            Err(Errno::EEXIST) => {}
            other => return other.map(|()| name),
        }
    }
    Err(Errno::EEXIST)
}

/// Renames without ever replacing anything.
fn rename(from: &OwnedFd, old: &OsStr, to: &OwnedFd, new: &OsStr) -> Result<(), Errno> {
    match renameat2(from, old, to, new, RenameFlags::RENAME_NOREPLACE) {
        // Some network file systems do not know the flag; a link refuses an existing name as well.
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => {
            linkat(from, old, to, new, AtFlags::empty())?;
            unlinkat(from, old, UnlinkatFlags::NoRemoveDir)
        }
        other => other,
    }
}

/// A sub-folder, made if it is not there. A link in its place is refused.
fn sub_folder(parent: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    match mkdirat(parent.as_fd(), name, FOLDER_MODE) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(errno) => return Err(errno),
    }
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW;
    openat(parent.as_fd(), name, flags, Mode::empty())
}

fn write_note(dir: &OwnedFd, name: &OsStr, why: &str) -> std::io::Result<()> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW;
    let mode = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IROTH;
    let note = reason_name(name);
    let mut attempt = 0;
    let fd = loop {
        match openat(dir, numbered(&note, attempt).as_os_str(), flags, mode) {
            Err(Errno::EEXIST) if attempt < MOST_NAMES => attempt += 1,
            opened => break opened?,
        }
    };
    let mut file = std::fs::File::from(fd);
    file.write_all(why.as_bytes())?;
    file.write_all(b"\n")
}

#[cfg(test)]
#[path = "away_tests.rs"]
mod tests;
