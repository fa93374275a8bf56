//! A directory, a zip or a gzipped tar as a sequence of files held in memory one at a time.
//!
//! Guarantee: whatever the bytes claim, no more than [`Limits`] allows is read, decompressed or kept. Sizes are counted
//! while reading and never taken from a header. Only regular files are seen; links and devices are passed over.
//!
//! Deliberately absent: writing. Nothing is unpacked to the disk, so a file name in an archive can do no harm.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::zipped;

/// How much of a source is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of a downloaded archive.
    pub archive_bytes: u64,
    /// Number of files and folders in a source. The largest known catalogue has fewer than 1,000.
    pub entries: usize,
    /// Size of one file after decompression. The largest known one has 0.6 MB.
    pub entry_bytes: u64,
    /// Size of everything after decompression. The largest known catalogue has 26 MB.
    pub total_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { archive_bytes: 256 << 20, entries: 20_000, entry_bytes: 32 << 20, total_bytes: 1 << 30 }
    }
}

/// Why the files of a source could not be read.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The file system said no.
    #[error("cannot read {path}")]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Neither a directory nor an archive of a known kind.
    #[error("{path} is neither a directory nor a zip nor a gzipped tar archive")]
    Kind {
        /// Which file.
        path: PathBuf,
    },
    /// A damaged, cut-off, encrypted or otherwise unreadable archive.
    #[error("{path}: the archive is damaged or of an unsupported kind")]
    Damaged {
        /// Which archive.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// One file of the source cannot be read.
    #[error("{path}: cannot read the entry {entry:?}")]
    Entry {
        /// Which archive or directory.
        path: PathBuf,
        /// Which file in it.
        entry: String,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// More than is allowed.
    #[error("{path}: more than {limit} {what}")]
    TooMuch {
        /// Which archive or directory.
        path: PathBuf,
        /// Of what there is too much.
        what: &'static str,
        /// The limit that was passed.
        limit: u64,
    },
}

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path inside the source, parts joined by `/`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    Zip,
    TarGz,
}

/// A source on this machine's disk.
#[derive(Debug, Clone)]
pub struct Archive {
    path: PathBuf,
    kind: Kind,
    limits: Limits,
}

impl Archive {
    /// Looks at what lies at `path`. The kind of an archive is told by its first bytes, not by its name: code hosts
    /// serve archives under addresses without an ending.
    ///
    /// # Errors
    /// [`ArchiveError::Read`] when it cannot be opened, [`ArchiveError::Kind`] when it is nothing known.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, ArchiveError> {
        let read = |source| ArchiveError::Read { path: path.to_owned(), source };
        let kind = if std::fs::metadata(path).map_err(read)?.is_dir() {
            Kind::Directory
        } else {
            let mut magic = Vec::with_capacity(4);
            File::open(path).and_then(|file| file.take(4).read_to_end(&mut magic)).map_err(read)?;
            match magic.as_slice() {
                [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => Kind::Zip,
                [0x1f, 0x8b, ..] => Kind::TarGz,
                _ => return Err(ArchiveError::Kind { path: path.to_owned() }),
            }
        };
        Ok(Self { path: path.to_owned(), kind, limits })
    }

    /// Reads every file whose name `wants` and passes it to `on`, one at a time. Directories and zips come in the order
    /// of the names, a tar in its own order. Stops at the first error of either side.
    ///
    /// # Errors
    /// What `on` returns, or [`ArchiveError`] made into it by `wrap`.
    pub fn visit<E>(
        &self,
        wants: &dyn Fn(&str) -> bool,
        wrap: &dyn Fn(ArchiveError) -> E,
        on: &mut dyn FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut budget = Budget::new(&self.path, self.limits);
        match self.kind {
            Kind::Directory => visit_directory(&self.path, &mut budget, wants, wrap, on),
            Kind::Zip => zipped::visit(&self.path, &mut budget, wants, wrap, on),
            Kind::TarGz => visit_tar(&self.path, &mut budget, wants, wrap, on),
        }
    }
}

/// What may still be read of a source.
pub(super) struct Budget<'a> {
    path: &'a Path,
    limits: Limits,
    entries: usize,
    total_bytes: u64,
}

impl<'a> Budget<'a> {
    fn new(path: &'a Path, limits: Limits) -> Self {
        Self { path, limits, entries: 0, total_bytes: 0 }
    }

    /// Counts one file or folder.
    pub(super) fn count(&mut self, more: usize) -> Result<(), ArchiveError> {
        self.entries = self.entries.saturating_add(more);
        if self.entries > self.limits.entries {
            return Err(self.too_much("entries", self.limits.entries as u64));
        }
        Ok(())
    }

    /// Reads one file to its end, or to a limit.
    pub(super) fn read(&mut self, name: &str, reader: impl Read) -> Result<Entry, ArchiveError> {
        let mut bytes = Vec::new();
        let size = reader
            .take(self.limits.entry_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| ArchiveError::Entry { path: self.path.to_owned(), entry: name.to_owned(), source })?
            as u64;
        if size > self.limits.entry_bytes {
            return Err(self.too_much("bytes in one file", self.limits.entry_bytes));
        }
        self.total_bytes += size;
        if self.total_bytes > self.limits.total_bytes {
            return Err(self.too_much("bytes after decompression", self.limits.total_bytes));
        }
        Ok(Entry { name: name.to_owned(), bytes })
    }

    pub(super) fn damaged(&self, source: io::Error) -> ArchiveError {
        ArchiveError::Damaged { path: self.path.to_owned(), source }
    }

    fn too_much(&self, what: &'static str, limit: u64) -> ArchiveError {
        ArchiveError::TooMuch { path: self.path.to_owned(), what, limit }
    }
}

/// Folders inside a source are followed this deep: `top/cards/en/SET.json` needs three.
const MAX_DEPTH: usize = 4;

fn visit_directory<E>(
    root: &Path,
    budget: &mut Budget<'_>,
    wants: &dyn Fn(&str) -> bool,
    wrap: &dyn Fn(ArchiveError) -> E,
    on: &mut dyn FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    let mut names = Vec::new();
    list_directory(root, "", 0, budget, &mut names).map_err(wrap)?;
    names.sort();
    for name in names.iter().filter(|name| wants(name)) {
        let path = root.join(name);
        let file = File::open(&path).map_err(|source| wrap(ArchiveError::Read { path, source }))?;
        on(budget.read(name, file).map_err(wrap)?)?;
    }
    Ok(())
}

fn list_directory(
    root: &Path,
    prefix: &str,
    depth: usize,
    budget: &mut Budget<'_>,
    names: &mut Vec<String>,
) -> Result<(), ArchiveError> {
    let folder = root.join(prefix);
    let read = |source| ArchiveError::Read { path: folder.clone(), source };
    for child in std::fs::read_dir(&folder).map_err(read)? {
        let child = child.map_err(read)?;
        budget.count(1)?;
        // A name that is not UTF-8 is none of the layout's.
        let Ok(name) = child.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue; // The history of a cloned repository.
        }
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        // Not following links: a link can lead into a circle. Catalogues contain none.
        let kind = child.file_type().map_err(read)?;
        if kind.is_file() {
            names.push(name);
        } else if kind.is_dir() && depth + 1 < MAX_DEPTH {
            list_directory(root, &name, depth + 1, budget, names)?;
        }
    }
    Ok(())
}

/// Fails as soon as more than `left` bytes were read, so that what is passed over is limited too.
struct Metered<R> {
    inner: R,
    left: u64,
}

/// Marks the error of a [`Metered`] reader among the others that come through the tar reader.
const PASSED: &str = "the limit on bytes after decompression was passed";

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(size as u64).ok_or_else(|| io::Error::other(PASSED))?;
        Ok(size)
    }
}

fn visit_tar<E>(
    path: &Path,
    budget: &mut Budget<'_>,
    wants: &dyn Fn(&str) -> bool,
    wrap: &dyn Fn(ArchiveError) -> E,
    on: &mut dyn FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    let file = File::open(path).map_err(|source| wrap(ArchiveError::Read { path: path.to_owned(), source }))?;
    let plain = flate2::read::MultiGzDecoder::new(BufReader::new(file));
    let mut tar = tar::Archive::new(Metered { inner: plain, left: budget.limits.total_bytes });
    // Raw: the extension headers for long names, which may claim any size, are passed over as entries of their own.
    // Names in the layout are short enough never to need one.
    let entries = tar.entries().map_err(|source| wrap(budget.damaged(source)))?.raw(true);
    for entry in entries {
        let entry = entry.map_err(|source| wrap(budget.damaged(source)))?;
        budget.count(1).map_err(wrap)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = name.strip_prefix("./").unwrap_or(&name);
        if entry.header().entry_type().is_file() && wants(name) {
            on(budget.read(name, entry).map_err(wrap)?)?;
        }
    }
    // A tar ends before its gzip does; the checksum of all that was read stands at the very end.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(|source| wrap(budget.damaged(source)))?;
    Ok(())
}
