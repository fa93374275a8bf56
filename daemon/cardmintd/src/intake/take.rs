//! Reading a file that is due.
//!
//! Guarantee: what is returned is one whole content: the file was the one that was due before and after it was read, nobody
//! had it open for writing as far as the kernel tells, and no link, pipe or device was opened. No more than the limit is
//! ever in memory.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use cardmint_sandbox::lease;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::sys::statfs::{FsType, NFS_SUPER_MAGIC, fstatfs};

use super::folder::{Due, Stamp};
use super::scan::{self, Folder};

/// What reading a file that was due came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Its whole content.
    Bytes(Vec<u8>),
    /// It is larger than the limit; nothing was read.
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// It is another content than the one that was due.
    Changed(Stamp),
    /// Somebody has it open for writing; nothing was read.
    StillOpen,
    /// It is no longer there.
    Gone,
    /// It cannot be read now, and why.
    Unreadable(String),
    /// No file can be read now, and why.
    NotNow(String),
}

/// Only to know what lies there: a device that is opened for reading may already do something.
const LOOK: OFlag = OFlag::O_PATH.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);
/// Not blocking: another program's lease would make us wait for it.
const READ: OFlag = OFlag::O_RDONLY.union(OFlag::O_CLOEXEC).union(OFlag::O_NONBLOCK);

/// File systems that refuse a lease as if there were a writer: NFS, CIFS, SMB 2 and later.
const REMOTE: [FsType; 3] = [NFS_SUPER_MAGIC, FsType(0xff53_4d42), FsType(0xfe53_4d42)];

/// Reads the file that `due` names.
#[must_use]
pub fn take(folder: &Folder, due: &Due, limit_bytes: u64) -> Taken {
    let there = folder
        .directory(due.path.folder.as_deref())
        .and_then(|dir| openat(dir, due.path.name.as_os_str(), LOOK, Mode::empty()));
    let there = match there {
        Ok(there) => there,
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => return Taken::Gone,
        Err(errno) => return failed("looking at it", errno),
    };
    match stamp_of(&there) {
        Ok(Some(stamp)) if stamp != due.stamp => Taken::Changed(stamp),
        Ok(Some(stamp)) if stamp.size_bytes > limit_bytes => Taken::TooLarge { limit_bytes },
        Ok(Some(stamp)) => match reopen(&there) {
            Err(Errno::EAGAIN) => Taken::StillOpen,
            Ok(fd) if has_writer(&fd) => Taken::StillOpen,
            Ok(fd) => read(fd, stamp, limit_bytes),
            Err(errno) => failed("opening it", errno),
        },
        Ok(None) => Taken::Gone,
        Err(errno) => failed("looking at it", errno),
    }
}

/// Opens for reading what was only looked at, and nothing that was put in its place since.
pub(super) fn reopen(there: &OwnedFd) -> Result<OwnedFd, Errno> {
    open(format!("/proc/self/fd/{}", there.as_raw_fd()).as_str(), READ, Mode::empty())
}

/// Whether somebody has a file open for writing, as far as the kernel tells: it does not for another user's file, nor on
/// most file systems of another machine.
pub(super) fn has_writer(file: &OwnedFd) -> bool {
    lease::try_read_lease(file) == Err(Errno::EAGAIN)
        && fstatfs(file).is_ok_and(|stat| !REMOTE.contains(&stat.filesystem_type()))
}

fn failed(doing: &str, errno: Errno) -> Taken {
    let why = format!("{doing}: {errno}");
    match errno {
        Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM => Taken::NotNow(why),
        _ => Taken::Unreadable(why),
    }
}

/// The stamp of an open file; `None` when it is no regular one.
fn stamp_of(fd: &impl AsFd) -> Result<Option<Stamp>, Errno> {
    let stat = fstat(fd)?;
    Ok((scan::kind(&stat) == SFlag::S_IFREG).then(|| scan::stamp(&stat)))
}

fn read(fd: OwnedFd, before: Stamp, limit_bytes: u64) -> Taken {
    let mut bytes = Vec::with_capacity(usize::try_from(before.size_bytes).unwrap_or(0));
    let file = File::from(fd);
    if let Err(error) = (&file).take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes) {
        return Taken::Unreadable(format!("reading it: {error}"));
    }
    match stamp_of(&file) {
        Ok(Some(after)) if after == before && bytes.len() as u64 == before.size_bytes => Taken::Bytes(bytes),
        Ok(Some(after)) => Taken::Changed(after),
        Ok(None) => Taken::Gone,
        Err(errno) => failed("looking at it again", errno),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::intake::names::FilePath;
    use crate::intake::scan::Looked;

    fn due(folder: &Folder, name: &str) -> Due {
        let path = FilePath::top(name);
        match folder.look(&path).unwrap() {
            Looked::File(stamp) => Due { path, stamp },
            other => panic!("{name} is {other:?}"),
        }
    }

    fn folder(path: &Path) -> Folder {
        Folder::open(path).unwrap()
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.jpg");
        std::fs::write(&file, b"four").unwrap();
        let folder = folder(dir.path());
        let due = due(&folder, "a.jpg");
        assert_eq!(take(&folder, &due, 4), Taken::Bytes(b"four".to_vec()));
        assert_eq!(take(&folder, &due, 3), Taken::TooLarge { limit_bytes: 3 });
        std::fs::write(&file, b"longer").unwrap();
        assert!(matches!(take(&folder, &due, 9), Taken::Changed(stamp) if stamp.size_bytes == 6));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(take(&folder, &due, 9), Taken::Gone);
    }

    #[test]
    fn a_link_or_a_pipe_in_the_files_place_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let secret = tempfile::NamedTempFile::new().unwrap();
        let file = dir.path().join("a.jpg");
        std::fs::write(&file, b"four").unwrap();
        let folder = folder(dir.path());
        let due = due(&folder, "a.jpg");
        std::fs::remove_file(&file).unwrap();
        symlink(secret.path(), &file).unwrap();
        assert_eq!(take(&folder, &due, 9), Taken::Gone);
        std::fs::remove_file(&file).unwrap();
        nix::unistd::mkfifo(&file, Mode::S_IRWXU).unwrap();
        assert_eq!(take(&folder, &due, 9), Taken::Gone);
    }
}
