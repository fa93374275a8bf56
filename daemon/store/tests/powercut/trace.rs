//! What a process did to the files below one folder, and what it said, in the order in which it happened.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// One call that succeeded. Paths are relative to the folder; open files go by their inode's number, which the kernel may
/// give to another file once the first is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    CreatedFile {
        path: PathBuf,
        inode: u64,
    },
    CreatedDirectory {
        path: PathBuf,
        inode: u64,
    },
    Wrote {
        inode: u64,
        offset: u64,
        data: Vec<u8>,
    },
    Resized {
        inode: u64,
        length: u64,
    },
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Linked {
        from: PathBuf,
        to: PathBuf,
    },
    Removed {
        path: PathBuf,
    },
    SyncedFile {
        inode: u64,
    },
    SyncedDirectory {
        inode: u64,
    },
    /// On its standard output: from here on somebody may rely on it.
    Said(Vec<u8>),
}

impl Event {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let none = Path::new("");
        let (kind, first, second, path, bytes): (u8, u64, u64, &Path, &[u8]) = match self {
            Self::CreatedFile { path, inode } => (0, *inode, 0, path, &[]),
            Self::CreatedDirectory { path, inode } => (1, *inode, 0, path, &[]),
            Self::Wrote { inode, offset, data } => (2, *inode, *offset, none, data),
            Self::Resized { inode, length } => (3, *inode, *length, none, &[]),
            Self::Renamed { from, to } => (4, 0, 0, from, to.as_os_str().as_bytes()),
            Self::Linked { from, to } => (5, 0, 0, from, to.as_os_str().as_bytes()),
            Self::Removed { path } => (6, 0, 0, path, &[]),
            Self::SyncedFile { inode } => (7, *inode, 0, none, &[]),
            Self::SyncedDirectory { inode } => (8, *inode, 0, none, &[]),
            Self::Said(words) => (9, 0, 0, none, words),
        };
        let mut record = vec![kind];
        let path = path.as_os_str().as_bytes();
        for number in [first, second, path.len() as u64, bytes.len() as u64] {
            record.extend(number.to_le_bytes());
        }
        record.extend(path);
        record.extend(bytes);
        record
    }

    /// Every event of a trace.
    pub(crate) fn decode_all(mut trace: &[u8]) -> Vec<Self> {
        let mut events = Vec::new();
        while let Some(kind) = take(&mut trace, 1).first() {
            let [first, second, path, bytes] =
                std::array::from_fn(|_| u64::from_le_bytes(take(&mut trace, 8).try_into().expect("a whole record")));
            let path = to_path(take(&mut trace, usize::try_from(path).unwrap()));
            let bytes = take(&mut trace, usize::try_from(bytes).unwrap());
            events.push(match kind {
                0 => Self::CreatedFile { path, inode: first },
                1 => Self::CreatedDirectory { path, inode: first },
                2 => Self::Wrote { inode: first, offset: second, data: bytes.to_vec() },
                3 => Self::Resized { inode: first, length: second },
                4 => Self::Renamed { from: path, to: to_path(bytes) },
                5 => Self::Linked { from: path, to: to_path(bytes) },
                6 => Self::Removed { path },
                7 => Self::SyncedFile { inode: first },
                8 => Self::SyncedDirectory { inode: first },
                9 => Self::Said(bytes.to_vec()),
                other => panic!("no event of kind {other}"),
            });
        }
        events
    }
}

fn take<'t>(trace: &mut &'t [u8], count: usize) -> &'t [u8] {
    let (taken, rest) = trace.split_at(count.min(trace.len()));
    *trace = rest;
    taken
}

fn to_path(bytes: &[u8]) -> PathBuf {
    OsStr::from_bytes(bytes).into()
}
