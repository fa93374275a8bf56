//! The plugin folder and the copies that are loaded.
//!
//! Guarantee: what is loaded is a private copy named by its digest, so that whatever happens to the file in the folder
//! (overwritten, truncated, swapped) cannot reach a running plugin. A file is taken only once it has been seen unchanged in
//! two looks, so that half a copy is not loaded.
//!
//! Deliberately absent: loading anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cardmint_sources::PluginFile;
use thiserror::Error;

/// Ending of a plugin's file.
const ENDING: &str = "so";

/// Largest file that is taken: a plugin with debug information has about 30 MB.
const MAX_BYTES: u64 = 256 << 20;

/// Why the folder or a file cannot be dealt with.
#[derive(Debug, Error)]
#[error("{doing} {path}")]
pub(super) struct ShelfError {
    /// What was being done.
    doing: &'static str,
    /// To what.
    path: PathBuf,
    /// What the system said.
    #[source]
    source: io::Error,
}

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// What to do after a look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// Files that are no longer there.
    pub(super) gone: Vec<String>,
    /// Files that are new or have another content.
    pub(super) take: Vec<String>,
}

/// What is known about the folder from earlier looks.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// As of the last look.
    seen: BTreeMap<String, Stamp>,
    /// As they were taken.
    taken: BTreeMap<String, Stamp>,
}

impl Shelf {
    /// Compares what lies in the folder now with what is known. With `at_once` a file is taken without a second look.
    pub(super) fn look(&mut self, now: BTreeMap<String, Stamp>, at_once: bool) -> Plan {
        let gone: Vec<String> = self.taken.keys().filter(|name| !now.contains_key(*name)).cloned().collect();
        let steady = |name: &String, stamp: &Stamp| at_once || self.seen.get(name) == Some(stamp);
        let new = |(name, stamp): &(&String, &Stamp)| self.taken.get(*name) != Some(stamp) && steady(name, stamp);
        let take: Vec<(String, Stamp)> = now.iter().filter(new).map(|(name, stamp)| (name.clone(), *stamp)).collect();
        gone.iter().for_each(|name| {
            self.taken.remove(name);
        });
        self.taken.extend(take.iter().cloned());
        self.seen = now;
        Plan { gone, take: take.into_iter().map(|(name, _)| name).collect() }
    }

    /// Forgets that a file was taken, so that the next look takes it again.
    pub(super) fn forget(&mut self, name: &str) {
        self.taken.remove(name);
    }
}

/// The plugins' files in a folder. A missing folder holds none.
///
/// # Errors
/// [`ShelfError`] when it cannot be read.
pub(super) fn list(folder: &Path) -> Result<BTreeMap<String, Stamp>, ShelfError> {
    let failed = |source| ShelfError { doing: "listing the plugin folder", path: folder.to_owned(), source };
    let children = match std::fs::read_dir(folder) {
        Ok(children) => children,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = BTreeMap::new();
    for child in children {
        let path = child.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        // Following links: a package manager may well link its plugins here. One that vanished meanwhile is not there.
        let Ok(meta) = std::fs::metadata(&path) else { continue };
        if meta.is_file() && path.extension().is_some_and(|ending| ending == ENDING) {
            let stamp = Stamp {
                device: meta.dev(),
                inode: meta.ino(),
                size: meta.len(),
                modified: (meta.mtime(), meta.mtime_nsec()),
            };
            found.insert(name.to_owned(), stamp);
        }
    }
    Ok(found)
}

/// Copies a file into `kept` under its digest and says which copy is to be loaded.
///
/// # Errors
/// [`ShelfError`] when it cannot be read, is too large, or cannot be kept.
pub(super) fn keep(file: &Path, kept: &Path) -> Result<PluginFile, ShelfError> {
    let reading = |source| ShelfError { doing: "reading", path: file.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(reading)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(reading(io::Error::other(format!("it is larger than {MAX_BYTES} bytes"))));
    }
    let digest = blake3::hash(&bytes).to_hex().to_string();
    let path = kept.join(format!("{digest}.{ENDING}"));
    let write = || -> io::Result<()> {
        std::fs::create_dir_all(kept)?;
        // Written anew even if it is there: the copy must be what was just read, not what somebody made of it.
        let mut copy = tempfile::Builder::new().prefix(".plugin-").tempfile_in(kept)?;
        copy.write_all(&bytes)?;
        copy.as_file().sync_all()?;
        copy.persist(&path).map(drop).map_err(|error| error.error)
    };
    write().map_err(|source| ShelfError { doing: "keeping a copy as", path: path.clone(), source })?;
    Ok(PluginFile { path, digest })
}

/// Removes the copies whose digest is not in use.
pub(super) fn sweep(kept: &Path, in_use: &BTreeSet<String>) {
    let Ok(children) = std::fs::read_dir(kept) else { return };
    for child in children.flatten() {
        let path = child.path();
        let used = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| in_use.contains(stem));
        if !used && let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "an old copy of a plugin cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(shelf: &mut Shelf, folder: &Path, at_once: bool) -> (Vec<String>, Vec<String>) {
        let plan = shelf.look(list(folder).unwrap(), at_once);
        (plan.gone, plan.take)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_file_is_taken_once_it_stands_still_and_again_when_it_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (mut shelf, file) = (Shelf::default(), dir.path().join("a.so"));
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&[])));
        std::fs::write(&file, b"half").unwrap();
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&[])));
        std::fs::write(&file, b"whole file").unwrap();
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&[])));
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&["a.so"])));
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&[])));
        std::fs::write(dir.path().join("new"), b"another whole file").unwrap();
        std::fs::rename(dir.path().join("new"), &file).unwrap();
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&[])));
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&["a.so"])));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&["a.so"]), names(&[])));
        assert_eq!(look(&mut shelf, dir.path(), false), (names(&[]), names(&[])));
    }

    #[test]
    fn an_operator_does_not_wait_for_a_second_look() {
        let dir = tempfile::tempdir().unwrap();
        let mut shelf = Shelf::default();
        for name in ["a.so", "b.so", ".hidden.so", "notes.txt"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        std::fs::create_dir(dir.path().join("c.so")).unwrap();
        assert_eq!(look(&mut shelf, dir.path(), true), (names(&[]), names(&["a.so", "b.so"])));
        shelf.forget("b.so");
        assert_eq!(look(&mut shelf, dir.path(), true), (names(&[]), names(&["b.so"])));
    }

    #[test]
    fn a_copy_stays_what_it_was_and_is_removed_when_nobody_uses_it() {
        let (dir, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = dir.path().join("a.so");
        std::fs::write(&file, b"one").unwrap();
        let first = keep(&file, kept.path()).unwrap();
        std::fs::write(&file, b"two").unwrap();
        let second = keep(&file, kept.path()).unwrap();
        assert_eq!(std::fs::read(&first.path).unwrap(), b"one");
        assert_eq!(PluginFile::read(&first.path).unwrap(), first);
        sweep(kept.path(), &BTreeSet::from([second.digest.clone()]));
        assert!(std::fs::read(&first.path).is_err());
        assert_eq!(std::fs::read(&second.path).unwrap(), b"two");
    }

    #[test]
    fn a_missing_folder_holds_no_plugins_and_a_missing_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(list(&dir.path().join("none")).unwrap().is_empty());
        let error = keep(&dir.path().join("none.so"), dir.path()).unwrap_err();
        assert!(error.to_string().contains("none.so"), "{error}");
    }
}
