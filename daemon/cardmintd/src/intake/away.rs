//! Putting a file away once its bytes are durable, or refused.
//!
//! Guarantee: no name is overwritten, and what is put away is the content that was read: a file that was replaced at the last
//! moment is put back and read again. A refused file is never deleted.
//!
//! Deliberately absent: deciding whether the bytes are durable.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, RenameFlags, openat, renameat2};
use nix::sys::stat::{Mode, SFlag, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};
use serde::{Deserialize, Serialize};

use super::folder::{Due, Settled, Stamp};
use super::names::{DONE, REJECTED, numbered, reason_name};
use super::scan::{self, Folder};

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
        After::Delete => delete(folder, due),
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

/// Why a file was not put away.
enum Stay {
    Changed(Stamp),
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
        Err(Stay::No(errno)) => {
            // Another try would fail the same way, and its bytes are safe: it stays until it changes or we start again.
            tracing::warn!(file = %due.path, error = %errno, "the file cannot be put away; it stays where it is");
            Settled::Kept
        }
    }
}

/// Moves the file into `target` and says where it is now.
fn move_to(folder: &Folder, due: &Due, target: &str) -> Result<(OwnedFd, std::ffi::OsString), Stay> {
    let from = folder.directory(due.path.folder.as_deref())?;
    let mut to = sub_folder(folder.directory(None)?.as_fd(), OsStr::new(target))?;
    if let Some(batch) = &due.path.folder {
        to = sub_folder(to.as_fd(), batch)?;
    }
    for attempt in 0..MOST_NAMES {
        let name = numbered(&due.path.name, attempt);
        match rename(&from, &due.path.name, &to, &name) {
            Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno.into()),
            Ok(()) => {
                keep_only_what_was_read(&from, due, &to, &name)?;
                return Ok((to, name));
            }
        }
    }
    Err(Stay::No(Errno::EEXIST))
}

/// Takes the file's name away first and looks what it was, so that a file put in its place at this moment is not lost.
fn delete(folder: &Folder, due: &Due) -> Result<(), Stay> {
    let dir = folder.directory(due.path.folder.as_deref())?;
    let mut hidden = std::ffi::OsString::from(".cardmint-");
    hidden.push(format!("{:x}-{:x}", due.stamp.inode, due.stamp.modified_ns));
    rename(&dir, &due.path.name, &dir, &hidden)?;
    keep_only_what_was_read(&dir, due, &dir, &hidden)?;
    unlinkat(&dir, hidden.as_os_str(), UnlinkatFlags::NoRemoveDir)?;
    Ok(())
}

/// Puts what was moved back when it is not what was read.
fn keep_only_what_was_read(from: &OwnedFd, due: &Due, to: &OwnedFd, name: &OsStr) -> Result<(), Stay> {
    let stat = fstatat(to, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    if scan::kind(&stat) == SFlag::S_IFREG && scan::stamp(&stat) == due.stamp {
        return Ok(());
    }
    rename(to, name, from, &due.path.name)?;
    Err(Stay::Changed(scan::stamp(&stat)))
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
