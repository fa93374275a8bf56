//! What lies in the watched folder.
//!
//! Guarantee: no symbolic link is followed below the watched folder's own path, and nothing but a regular file is ever
//! reported as one. Every look goes through the folder's descriptor, so a folder that is swapped for a link between two
//! looks leads nowhere else.

use std::ffi::{CStr, OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use thiserror::Error;

use super::folder::Stamp;
use super::names::{FilePath, is_own_folder, shown, unwanted};

/// Why a look failed.
#[derive(Debug, Error)]
#[error("{doing} {path}")]
pub struct ScanError {
    /// What was being done.
    pub doing: &'static str,
    /// To what.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: Errno,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// A regular file with a name that is wanted.
    File(Stamp),
    /// A sub-folder: a batch.
    Batch,
    /// Something that is not for us, and why.
    Ignored(&'static str),
    /// Nothing.
    Gone,
}

/// Something found in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File(FilePath, Stamp),
    /// A sub-folder of the watched folder.
    Batch(OsString),
    /// Something that is not for us, and why.
    Ignored(FilePath, &'static str),
}

/// The watched folder, held open.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    fd: OwnedFd,
}

const DIRECTORY: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

impl Folder {
    /// Opens the folder. Its own path may lead over links: the administrator wrote it.
    ///
    /// # Errors
    /// [`ScanError`] when there is no such folder or it may not be read.
    pub fn open(path: &Path) -> Result<Self, ScanError> {
        let failed = |source| ScanError { doing: "opening the watched folder", path: path.to_owned(), source };
        let fd = open(path, DIRECTORY, Mode::empty()).map_err(failed)?;
        Ok(Self { path: path.to_owned(), fd })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its path still leads to it: a folder that was replaced or mounted over must be opened again.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let here = fstat(&self.fd).map(|stat| (stat.st_dev, stat.st_ino));
        let there = nix::sys::stat::stat(&self.path).map(|stat| (stat.st_dev, stat.st_ino));
        here.is_ok() && here == there
    }

    /// The folder itself or one of its sub-folders, held open.
    ///
    /// # Errors
    /// The system's; `ELOOP` or `ENOTDIR` when a link or a file lies there.
    pub fn directory(&self, folder: Option<&OsStr>) -> Result<OwnedFd, Errno> {
        match folder {
            None => openat(&self.fd, c".", DIRECTORY, Mode::empty()),
            Some(name) => openat(&self.fd, name, DIRECTORY | OFlag::O_NOFOLLOW, Mode::empty()),
        }
    }

    /// What lies at `path` now.
    ///
    /// # Errors
    /// [`ScanError`] when the system does not tell.
    pub fn look(&self, path: &FilePath) -> Result<Looked, ScanError> {
        let looked = match &path.folder {
            None => look_in(self.fd.as_fd(), &path.name, true),
            Some(folder) if is_own_folder(folder) || unwanted(folder).is_some() => Ok(Looked::Ignored("not a batch")),
            Some(folder) => match self.directory(Some(folder)) {
                Ok(fd) => look_in(fd.as_fd(), &path.name, false),
                Err(errno) => Err(errno),
            },
        };
        match looked {
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => Ok(Looked::Gone),
            other => other.map_err(|source| self.error("looking at", path, source)),
        }
    }

    /// Lists the folder and each batch in it, one found thing after the other.
    ///
    /// # Errors
    /// [`ScanError`] when the folder cannot be read. A batch that cannot be read is found as ignored.
    pub fn visit(&self, visitor: &mut dyn FnMut(Found)) -> Result<(), ScanError> {
        let mut batches = Vec::new();
        self.visit_one(None, &mut |found| {
            if let Found::Batch(name) = &found {
                batches.push(name.clone());
            }
            visitor(found);
        })?;
        for name in batches {
            if let Err(error) = self.visit_one(Some(&name), visitor)
                && error.source != Errno::ENOENT
            {
                tracing::warn!(folder = shown(&name), error = %error.source, "a batch folder cannot be read");
                visitor(Found::Ignored(FilePath::top(name), "a folder that cannot be read"));
            }
        }
        Ok(())
    }

    /// Lists one batch, or the folder itself without its batches' files.
    ///
    /// # Errors
    /// [`ScanError`] when it cannot be read.
    pub fn visit_one(&self, folder: Option<&OsStr>, visitor: &mut dyn FnMut(Found)) -> Result<(), ScanError> {
        let place = |name: &OsStr| FilePath { folder: folder.map(OsStr::to_owned), name: name.to_owned() };
        let listing = |source| self.error("listing", &place(OsStr::new("")), source);
        let mut dir = self.directory(folder).and_then(Dir::from_fd).map_err(listing)?;
        // Names first: nix keeps the directory borrowed while it is read.
        let mut names: Vec<OsString> = Vec::new();
        for entry in dir.iter() {
            let entry = entry.map_err(listing)?;
            if !is_dots(entry.file_name()) {
                names.push(OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
            }
        }
        for name in names {
            let path = place(&name);
            match look_in(dir.as_fd(), &name, folder.is_none()) {
                Ok(Looked::File(stamp)) => visitor(Found::File(path, stamp)),
                Ok(Looked::Batch) => visitor(Found::Batch(name)),
                Ok(Looked::Ignored(why)) => visitor(Found::Ignored(path, why)),
                Ok(Looked::Gone) | Err(Errno::ENOENT) => {}
                Err(source) => return Err(self.error("looking at", &path, source)),
            }
        }
        Ok(())
    }

    fn error(&self, doing: &'static str, path: &FilePath, source: Errno) -> ScanError {
        ScanError { doing, path: self.path.join(path.to_string()), source }
    }
}

fn is_dots(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

fn look_in(dir: BorrowedFd<'_>, name: &OsStr, top: bool) -> Result<Looked, Errno> {
    if top && is_own_folder(name) {
        return Ok(Looked::Ignored("our own folder"));
    }
    if let Some(why) = unwanted(name) {
        return Ok(Looked::Ignored(why));
    }
    let stat = fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    Ok(match kind(&stat) {
        SFlag::S_IFREG => Looked::File(stamp(&stat)),
        SFlag::S_IFDIR if top => Looked::Batch,
        SFlag::S_IFDIR => Looked::Ignored("a folder inside a batch"),
        SFlag::S_IFLNK => Looked::Ignored("a symbolic link"),
        SFlag::S_IFIFO => Looked::Ignored("a named pipe"),
        SFlag::S_IFSOCK => Looked::Ignored("a socket"),
        _ => Looked::Ignored("a device"),
    })
}

/// What kind of thing a stat describes.
pub(super) fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits())
}

/// The stamp of a stat.
pub(super) fn stamp(stat: &FileStat) -> Stamp {
    Stamp {
        device: stat.st_dev,
        inode: stat.st_ino,
        size_bytes: u64::try_from(stat.st_size).unwrap_or(0),
        modified_ns: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
    }
}
