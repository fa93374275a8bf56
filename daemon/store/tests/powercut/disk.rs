//! A disk that remembers what was made durable, and what only the memory of the machine holds.
//!
//! It promises no more than POSIX does: a file's bytes and length are durable once the file was synced, a name once the
//! directory that holds it was, and nothing else is. ext4 keeps more (the name of a new file that was synced); another file
//! system need not. A rename is one change: no file system does half of one.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::chance::keeps;
use super::trace::Event;
use super::tree::Tree;

/// What a power cut leaves of that which was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing.
    Nothing,
    /// All of it, as when only the process was killed.
    All,
    /// Every name and no bytes: files are there and empty.
    Names,
    /// Any of it: each name and each sector by the toss of a coin. One seed in two has sectors of 512 bytes, the others of
    /// 4096.
    Some(u64),
}

type Id = usize;
type Name = std::ffi::OsString;

/// What was done to a file since it was last synced.
#[derive(Clone)]
enum Change {
    Bytes { at: u64, offset: usize, data: Vec<u8> },
    Length { at: u64, length: usize },
}

#[derive(Clone, Default)]
struct FileNode {
    durable: Vec<u8>,
    now: Vec<u8>,
    pending: Vec<Change>,
}

/// A name was given to a node or taken away, by the event of this number.
#[derive(Clone)]
struct Entry {
    at: u64,
    name: Name,
    node: Option<Id>,
}

#[derive(Clone, Default)]
struct DirectoryNode {
    durable: BTreeMap<Name, Id>,
    now: BTreeMap<Name, Id>,
    pending: Vec<Entry>,
}

#[derive(Clone)]
enum Node {
    File(FileNode),
    Directory(DirectoryNode),
}

/// The disk below one folder.
#[derive(Clone)]
pub(crate) struct Disk {
    nodes: Vec<Node>,
    by_inode: HashMap<u64, Id>,
    /// How many events it has seen.
    events: u64,
}

const ROOT: Id = 0;

impl Disk {
    /// The folder as it is now, all of it durable.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut disk = Self { nodes: Vec::new(), by_inode: HashMap::new(), events: 0 };
        disk.adopt(folder);
        disk
    }

    fn adopt(&mut self, path: &Path) -> Id {
        let metadata = fs::symlink_metadata(path).unwrap();
        let id = if metadata.is_dir() {
            let id = self.add(metadata.ino(), Node::Directory(DirectoryNode::default()));
            for entry in fs::read_dir(path).unwrap() {
                let entry = entry.unwrap();
                let child = self.adopt(&entry.path());
                let directory = self.directory(id);
                directory.durable.insert(entry.file_name(), child);
                directory.now.insert(entry.file_name(), child);
            }
            id
        } else {
            let bytes = fs::read(path).unwrap();
            let file = FileNode { durable: bytes.clone(), now: bytes, pending: Vec::new() };
            self.add(metadata.ino(), Node::File(file))
        };
        id
    }

    fn add(&mut self, inode: u64, node: Node) -> Id {
        self.nodes.push(node);
        self.by_inode.insert(inode, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn directory(&mut self, id: Id) -> &mut DirectoryNode {
        match &mut self.nodes[id] {
            Node::Directory(directory) => directory,
            Node::File(_) => panic!("a file has no entries"),
        }
    }

    fn file(&mut self, inode: u64) -> &mut FileNode {
        match &mut self.nodes[self.by_inode[&inode]] {
            Node::File(file) => file,
            Node::Directory(_) => panic!("a directory has no bytes"),
        }
    }

    fn find(&mut self, path: &Path) -> Id {
        path.iter().fold(ROOT, |directory, name| self.directory(directory).now[name])
    }

    fn set_entry(&mut self, path: &Path, node: Option<Id>) {
        let at = self.events;
        let parent = self.find(path.parent().expect("the root itself has no name"));
        let name = path.file_name().expect("a name").to_owned();
        let directory = self.directory(parent);
        match node {
            Some(node) => drop(directory.now.insert(name.clone(), node)),
            None => drop(directory.now.remove(&name)),
        }
        directory.pending.push(Entry { at, name, node });
    }

    /// The next event happens.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.events += 1;
        let at = self.events;
        match event {
            Event::CreatedFile { path, inode } => {
                let id = self.add(*inode, Node::File(FileNode::default()));
                self.set_entry(path, Some(id));
            }
            Event::CreatedDirectory { path, inode } => {
                let id = self.add(*inode, Node::Directory(DirectoryNode::default()));
                self.set_entry(path, Some(id));
            }
            Event::Wrote { inode, offset, data } => {
                let offset = usize::try_from(*offset).unwrap();
                self.file(*inode).change(Change::Bytes { at, offset, data: data.clone() });
            }
            Event::Resized { inode, length } => {
                let length = usize::try_from(*length).unwrap();
                self.file(*inode).change(Change::Length { at, length });
            }
            Event::Renamed { from, to } => {
                let id = self.find(from);
                self.set_entry(from, None);
                self.set_entry(to, Some(id));
            }
            Event::Linked { from, to } => {
                let id = self.find(from);
                self.set_entry(to, Some(id));
            }
            Event::Removed { path } => self.set_entry(path, None),
            Event::SyncedFile { inode } => {
                let file = self.file(*inode);
                file.durable.clone_from(&file.now);
                file.pending.clear();
            }
            Event::SyncedDirectory { inode } => {
                let id = self.by_inode[inode];
                let directory = self.directory(id);
                directory.durable.clone_from(&directory.now);
                directory.pending.clear();
            }
            Event::Said(_) => {}
        }
    }

    /// What is found when the machine starts again.
    pub(crate) fn after_cut(&self, left: Left) -> Tree {
        let mut tree = Tree::default();
        self.collect(ROOT, Path::new(""), left, &mut tree);
        tree
    }

    fn collect(&self, id: Id, path: &Path, left: Left, tree: &mut Tree) {
        let Node::Directory(directory) = &self.nodes[id] else { return };
        for (name, node) in directory.after_cut(left) {
            let path = path.join(name);
            match &self.nodes[node] {
                Node::File(file) => drop(tree.0.insert(path, Some(file.after_cut(left)))),
                Node::Directory(_) => {
                    tree.0.insert(path.clone(), None);
                    self.collect(node, &path, left, tree);
                }
            }
        }
    }
}

impl FileNode {
    fn change(&mut self, change: Change) {
        match &change {
            Change::Bytes { offset, data, .. } => write(&mut self.now, *offset, data),
            Change::Length { length, .. } => self.now.resize(*length, 0),
        }
        self.pending.push(change);
    }

    fn after_cut(&self, left: Left) -> Vec<u8> {
        let seed = match left {
            Left::Nothing | Left::Names => return self.durable.clone(),
            Left::All => return self.now.clone(),
            Left::Some(seed) => seed,
        };
        let sector = if seed % 2 == 0 { 512 } else { 4096 };
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            match change {
                Change::Length { at, length } if keeps(seed, *at, 0) => bytes.resize(*length, 0),
                Change::Length { .. } => {}
                Change::Bytes { at, offset, data } => {
                    let mut start = 0;
                    while start < data.len() {
                        let number = (offset + start) / sector;
                        let end = ((number + 1) * sector - offset).min(data.len());
                        if keeps(seed, *at, number as u64) {
                            write(&mut bytes, offset + start, &data[start..end]);
                        }
                        start = end;
                    }
                }
            }
        }
        // A length may reach the disk before the bytes do.
        if keeps(seed, self.pending.len() as u64, u64::MAX) && bytes.len() < self.now.len() {
            bytes.resize(self.now.len(), 0);
        }
        bytes
    }
}

impl DirectoryNode {
    fn after_cut(&self, left: Left) -> BTreeMap<Name, Id> {
        let seed = match left {
            Left::Nothing => return self.durable.clone(),
            Left::All | Left::Names => return self.now.clone(),
            Left::Some(seed) => seed,
        };
        let mut entries = self.durable.clone();
        for entry in self.pending.iter().filter(|entry| keeps(seed, entry.at, 0)) {
            match entry.node {
                Some(node) => drop(entries.insert(entry.name.clone(), node)),
                None => drop(entries.remove(&entry.name)),
            }
        }
        entries
    }
}

fn write(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}
