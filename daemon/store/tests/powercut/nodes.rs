//! A file and a directory on a disk: what is durable, what is true now, and what happened in between.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::chance::keeps;
use super::disk::Left;

/// A file or a directory, whatever its names.
pub(crate) type Id = usize;

type Name = OsString;

/// What was done to a file since it was last synced.
#[derive(Clone)]
pub(crate) enum Change {
    Bytes { at: u64, offset: usize, data: Vec<u8> },
    Length { at: u64, length: usize },
}

#[derive(Clone, Default)]
pub(crate) struct FileNode {
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
pub(crate) struct DirectoryNode {
    durable: BTreeMap<Name, Id>,
    now: BTreeMap<Name, Id>,
    pending: Vec<Entry>,
}

impl FileNode {
    /// All of it durable.
    pub(crate) fn synced(bytes: Vec<u8>) -> Self {
        Self { durable: bytes.clone(), now: bytes, pending: Vec::new() }
    }

    pub(crate) fn sync(&mut self) {
        self.durable.clone_from(&self.now);
        self.pending.clear();
    }

    pub(crate) fn change(&mut self, change: Change) {
        match &change {
            Change::Bytes { offset, data, .. } => write(&mut self.now, *offset, data),
            Change::Length { length, .. } => self.now.resize(*length, 0),
        }
        self.pending.push(change);
    }

    pub(crate) fn after_cut(&self, left: Left) -> Vec<u8> {
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
    /// What bears this name now.
    pub(crate) fn get(&self, name: &OsStr) -> Id {
        self.now[name]
    }

    pub(crate) fn sync(&mut self) {
        self.durable.clone_from(&self.now);
        self.pending.clear();
    }

    pub(crate) fn change(&mut self, at: u64, name: Name, node: Option<Id>) {
        match node {
            Some(node) => drop(self.now.insert(name.clone(), node)),
            None => drop(self.now.remove(&name)),
        }
        self.pending.push(Entry { at, name, node });
    }

    pub(crate) fn after_cut(&self, left: Left) -> BTreeMap<Name, Id> {
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
