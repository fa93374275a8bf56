//! Writes down what this process does below one folder, where it was told to by its environment.
//!
//! Deliberately absent: memory maps, `fallocate`, `copy_file_range`, symbolic links. Whoever reads a trace compares what
//! it adds up to with the folder (`Run::record`), so a call that is not followed cannot pass unnoticed.

use std::ffi::{OsString, c_int};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::shim;
use super::trace::Event;

/// The folder that is watched: an absolute path without symbolic links.
pub(crate) const ROOT: &str = "CARDMINT_POWERCUT_ROOT";

/// The file that the trace is written to; it exists, and lies elsewhere.
pub(crate) const TRACE: &str = "CARDMINT_POWERCUT_TRACE";

pub(crate) struct Recorder {
    root: PathBuf,
    trace: c_int,
    turn: Mutex<()>,
}

impl Recorder {
    /// The recorder of this process; none where nobody asked for one. Makes no call that is itself watched.
    pub(crate) fn get() -> Option<&'static Self> {
        static RECORDER: OnceLock<Option<Recorder>> = OnceLock::new();
        RECORDER.get_or_init(|| Self::new(std::env::var_os(ROOT)?, std::env::var_os(TRACE)?)).as_ref()
    }

    fn new(root: OsString, trace: OsString) -> Option<Self> {
        let trace = shim::open_unwatched(&trace);
        assert!(trace >= 0, "the trace cannot be opened");
        Some(Self { root: root.into(), trace, turn: Mutex::new(()) })
    }

    /// One call at a time, so that the trace has the order in which things happened.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a path leads below the folder; none for one that leads elsewhere.
    pub(crate) fn below(&self, directory: c_int, path: &Path) -> Option<PathBuf> {
        let base = match directory {
            libc::AT_FDCWD => PathBuf::from("/proc/self/cwd"),
            descriptor => descriptor_path(descriptor),
        };
        let whole = if path.is_absolute() { path.to_owned() } else { fs::read_link(base).ok()?.join(path) };
        let mut plain = PathBuf::new();
        for part in whole.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(plain.pop()),
                other => plain.push(other),
            }
        }
        plain.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// What stands below the folder under this relative path.
    pub(crate) fn metadata(&self, path: &Path) -> Option<Metadata> {
        fs::symlink_metadata(self.root.join(path)).ok()
    }

    fn open_file(&self, descriptor: c_int) -> Option<Metadata> {
        let link = descriptor_path(descriptor);
        fs::read_link(&link).ok()?.starts_with(&self.root).then(|| fs::metadata(link).ok())?
    }

    /// A call on an open file has succeeded; `event` makes of the inode what is written down.
    pub(crate) fn on_file(&self, descriptor: c_int, event: impl FnOnce(u64) -> Event) {
        if let Some(metadata) = self.open_file(descriptor) {
            self.write(&event(metadata.ino()));
        }
    }

    pub(crate) fn synced(&self, descriptor: c_int) {
        let Some(metadata) = self.open_file(descriptor) else { return };
        let inode = metadata.ino();
        self.write(&if metadata.is_dir() { Event::SyncedDirectory { inode } } else { Event::SyncedFile { inode } });
    }

    pub(crate) fn opened(&self, path: PathBuf, existed: bool, truncates: bool) {
        let Some(metadata) = self.metadata(&path) else { return };
        let inode = metadata.ino();
        if !existed {
            self.write(&Event::CreatedFile { path, inode });
        } else if truncates {
            self.write(&Event::Resized { inode, length: 0 });
        }
    }

    pub(crate) fn made_directory(&self, path: PathBuf) {
        if let Some(metadata) = self.metadata(&path) {
            self.write(&Event::CreatedDirectory { path, inode: metadata.ino() });
        }
    }

    pub(crate) fn write(&self, event: &Event) {
        let record = event.encode();
        let mut rest = &record[..];
        while !rest.is_empty() {
            let written = shim::write_unwatched(self.trace, rest);
            rest = &rest[usize::try_from(written).expect("the trace can be written")..];
        }
    }
}

fn descriptor_path(descriptor: c_int) -> PathBuf {
    format!("/proc/self/fd/{descriptor}").into()
}
