//! A folder's content as a value.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands under a path: a file's bytes, or nothing for a directory.
type Content = Option<Vec<u8>>;

/// Everything below a folder, by its path in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree(pub(crate) BTreeMap<PathBuf, Content>);

impl Tree {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut tree = Self::default();
        tree.read_below(folder, Path::new(""));
        tree
    }

    fn read_below(&mut self, folder: &Path, below: &Path) {
        for entry in fs::read_dir(folder.join(below)).unwrap() {
            let entry = entry.unwrap();
            let path = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.0.insert(path.clone(), None);
                self.read_below(folder, &path);
            } else {
                self.0.insert(path, Some(fs::read(entry.path()).unwrap()));
            }
        }
    }

    /// Puts it in place of whatever stands in the folder.
    pub(crate) fn put(&self, folder: &Path) {
        if folder.try_exists().unwrap() {
            fs::remove_dir_all(folder).unwrap();
        }
        fs::create_dir(folder).unwrap();
        // A directory's path sorts before the paths in it.
        for (path, content) in &self.0 {
            let path = folder.join(path);
            match content {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                None => fs::create_dir(path).unwrap(),
            }
        }
    }

    /// The first path at which the two differ, those aside whose names end so.
    pub(crate) fn first_difference(&self, other: &Self, aside: &str) -> Option<PathBuf> {
        let paths = self.0.keys().chain(other.0.keys());
        let differs = |path: &&PathBuf| self.0.get(*path) != other.0.get(*path);
        paths.filter(|path| !path.to_string_lossy().ends_with(aside)).find(differs).cloned()
    }

    /// Tells this tree from others, those paths aside whose names end so.
    pub(crate) fn digest(&self, aside: &str) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for (path, content) in self.0.iter().filter(|(path, _)| !path.to_string_lossy().ends_with(aside)) {
            hasher.update(format!("{path:?} {:?} ", content.as_ref().map(Vec::len)).as_bytes());
            hasher.update(content.as_deref().unwrap_or_default());
        }
        hasher.finalize()
    }
}
