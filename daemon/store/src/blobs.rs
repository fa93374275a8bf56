//! Pictures by the digest of their bytes.
//!
//! Guarantee: a blob is either whole under its name or not there; what [`Blobs::put`] returned `Ok` for survives power
//! loss; what [`Blobs::get`] returns has the digest that was asked for.
//!
//! Deliberately absent: deleting. Rows name blobs for as long as they exist, and rows are kept.

use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use cardmint_domain::CaptureId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// BLAKE3 of a blob's bytes: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobDigest(String);

impl BlobDigest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }

    /// Reads 64 lower-case hexadecimal digits; anything else could name a path.
    ///
    /// # Errors
    /// [`BlobError::Name`].
    pub fn parse(text: &str) -> Result<Self, BlobError> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(hex) {
            return Ok(Self(text.to_owned()));
        }
        Err(BlobError::Name { text: text.chars().take(80).collect() })
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The capture that these bytes are.
    #[must_use]
    pub fn to_capture_id(&self) -> CaptureId {
        CaptureId::new(self.0.clone())
    }
}

impl TryFrom<&CaptureId> for BlobDigest {
    type Error = BlobError;

    fn try_from(capture: &CaptureId) -> Result<Self, BlobError> {
        Self::parse(capture.as_str())
    }
}

impl TryFrom<String> for BlobDigest {
    type Error = BlobError;

    fn try_from(text: String) -> Result<Self, BlobError> {
        Self::parse(&text)
    }
}

impl From<BlobDigest> for String {
    fn from(digest: BlobDigest) -> Self {
        digest.0
    }
}

impl fmt::Display for BlobDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a blob could not be kept or found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Not a digest.
    #[error("{text:?} is not a blob's digest")]
    Name {
        /// As given, shortened.
        text: String,
    },
    /// There is no such blob.
    #[error("there is no blob {digest}")]
    NotFound {
        /// Which.
        digest: BlobDigest,
    },
    /// The bytes are not those that were stored.
    #[error("the blob {digest} is damaged: its bytes have the digest {found}")]
    Damaged {
        /// Which.
        digest: BlobDigest,
        /// What its bytes say.
        found: BlobDigest,
    },
    /// The file system refused.
    #[error("cannot {step} {path}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Where blobs are written before they get their name. No digest begins with it.
const UNFINISHED: &str = "unfinished";

/// Names the file that is being written; unique within the process, which is the only one that writes here.
static NEXT_UNFINISHED: AtomicU64 = AtomicU64::new(0);

/// A directory of blobs. Owned by one daemon; cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    /// Opens the directory, creating it where it is missing, and removes what interrupted writes left in it. Its own name
    /// survives power loss too.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn open(dir: &Path) -> Result<Self, BlobError> {
        let blobs = Self { dir: dir.to_owned() };
        let unfinished = dir.join(UNFINISHED);
        let named_in = named_in(dir);
        fs::create_dir_all(&unfinished).map_err(io("create", &unfinished))?;
        for entry in fs::read_dir(&unfinished).map_err(io("list", &unfinished))? {
            let path = entry.map_err(io("list", &unfinished))?.path();
            fs::remove_file(&path).map_err(io("remove", &path))?;
            tracing::debug!(path = %path.display(), "removed what an interrupted write had left");
        }
        sync_directory(dir)?;
        named_in.iter().try_for_each(|parent| sync_directory(parent))?;
        Ok(blobs)
    }

    /// Keeps the bytes: when this returns `Ok`, they survive power loss. The same bytes twice are one blob; a damaged
    /// blob is replaced by the good bytes.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn put(&self, bytes: &[u8]) -> Result<BlobDigest, BlobError> {
        let digest = BlobDigest::of(bytes);
        let path = self.path(&digest);
        let home = self.home(&digest);
        let there = fs::read(&path).is_ok_and(|there| there == bytes);
        if !there {
            self.write(bytes, &home, &path)?;
        }
        // Also for one that is there: whoever wrote it may have been killed before it came this far.
        sync_directory(&home)?;
        sync_directory(&self.dir)?;
        Ok(digest)
    }

    /// The bytes, checked against their digest.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::Damaged`], [`BlobError::Io`].
    pub fn get(&self, digest: &BlobDigest) -> Result<Vec<u8>, BlobError> {
        let path = self.path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Where the whole directory is gone, the disk is away, and nothing is known about one blob.
            Err(error) if error.kind() == ErrorKind::NotFound && self.dir.join(UNFINISHED).is_dir() => {
                return Err(BlobError::NotFound { digest: digest.clone() });
            }
            Err(error) => return Err(io("read", &path)(error)),
        };
        let found = BlobDigest::of(&bytes);
        if found == *digest { Ok(bytes) } else { Err(BlobError::Damaged { digest: digest.clone(), found }) }
    }

    /// Whether the blob is there, without reading it.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn contains(&self, digest: &BlobDigest) -> Result<bool, BlobError> {
        let path = self.path(digest);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(metadata.is_file()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io("look for", &path)(error)),
        }
    }

    /// Where the blob's file lies or would lie.
    #[must_use]
    pub fn path(&self, digest: &BlobDigest) -> PathBuf {
        self.home(digest).join(&digest.as_str()[FANOUT..])
    }

    fn home(&self, digest: &BlobDigest) -> PathBuf {
        self.dir.join(&digest.as_str()[..FANOUT])
    }

    /// Writes the bytes under another name and gives them theirs once they are on the disk: a file with a digest's name
    /// is whole at every moment.
    fn write(&self, bytes: &[u8], home: &Path, path: &Path) -> Result<(), BlobError> {
        let number = NEXT_UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.dir.join(UNFINISHED).join(format!("{}-{number}", std::process::id()));
        let written = write_synced(&unfinished, bytes).and_then(|()| {
            fs::create_dir_all(home).map_err(io("create", home))?;
            fs::rename(&unfinished, path).map_err(io("keep", path))
        });
        if written.is_err() {
            // The next start would remove it too; a disk that is full cannot wait for that.
            drop(fs::remove_file(&unfinished));
        }
        written
    }
}

/// How many digits of a digest name the directory that its blob lies in.
const FANOUT: usize = 2;

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
    let mut file = File::create_new(path).map_err(io("create", path))?;
    file.write_all(bytes).map_err(io("write", path))?;
    file.sync_all().map_err(io("sync", path))
}

/// The directories in which the names stand that lead to `dir`, as far up as they are missing now. The first is its parent,
/// also for one that is there: whoever made it may have been killed before it came this far.
fn named_in(dir: &Path) -> Vec<PathBuf> {
    let mut parents = Vec::new();
    for parent in dir.ancestors().skip(1) {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        parents.push(parent.to_owned());
        if parent.is_dir() {
            break;
        }
    }
    parents
}

/// Makes the names in a directory durable.
fn sync_directory(path: &Path) -> Result<(), BlobError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io("sync", path))
}

fn io(step: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> BlobError {
    let path = path.to_owned();
    move |source| BlobError::Io { step, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_on_the_way_to_a_new_directory_is_made_durable() {
        let there = tempfile::tempdir().unwrap();
        let root = there.path();
        assert_eq!(named_in(&root.join("a/b/blobs")), [root.join("a/b"), root.join("a"), root.to_owned()]);
        assert_eq!(named_in(&root.join("blobs")), [root]);
        assert_eq!(named_in(Path::new("blobs")), [Path::new(".")]);
        assert_eq!(named_in(Path::new("/")), Vec::<PathBuf>::new());
    }
}
