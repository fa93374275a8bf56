//! A disk that remembers what was made durable, and what only the memory of the machine holds.
//!
//! It promises no more than POSIX does: a file's bytes and length are durable once the file was synced, a name once the
//! directory that holds it was, and nothing else is. ext4 keeps more (the name of a new file that was synced); another file
//! system need not. A rename is one change: no file system does half of one.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::nodes::{Change, DirectoryNode, FileNode, Id};
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
        if metadata.is_dir() {
            let id = self.add(metadata.ino(), Node::Directory(DirectoryNode::default()));
            for entry in fs::read_dir(path).unwrap() {
                let entry = entry.unwrap();
                let child = self.adopt(&entry.path());
                self.directory(id).change(0, entry.file_name(), Some(child));
            }
            self.directory(id).sync();
            id
        } else {
            self.add(metadata.ino(), Node::File(FileNode::synced(fs::read(path).unwrap())))
        }
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
        path.iter().fold(ROOT, |directory, name| self.directory(directory).get(name))
    }

    fn set_entry(&mut self, path: &Path, node: Option<Id>) {
        let at = self.events;
        let parent = self.find(path.parent().expect("the root itself has no name"));
        let name = path.file_name().expect("a name").to_owned();
        self.directory(parent).change(at, name, node);
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
            Event::SyncedFile { inode } => self.file(*inode).sync(),
            Event::SyncedDirectory { inode } => {
                let id = self.by_inode[inode];
                self.directory(id).sync();
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
