//! A plugin's file as it was when somebody looked at it: path and digest.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Largest library that is looked at, in bytes. A Rust plugin with debug information has about 30 MB.
pub const MAX_PLUGIN_BYTES: u64 = 256 << 20;

/// Why a plugin's file cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system says no.
    #[error("the plugin {path} cannot be read")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Larger than any plugin.
    #[error("the plugin {path} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit.
        limit_bytes: u64,
    },
}

/// A library on disk and the BLAKE3 of its bytes. What is loaded later must have this digest, whatever happens to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFile {
    /// Where it lies.
    pub path: PathBuf,
    /// BLAKE3 of its bytes, 64 lower-case hexadecimal digits.
    pub digest: String,
}

impl PluginFile {
    /// Reads the file once and notes its digest.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be read or is too large.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = read_bytes(path)?;
        Ok(Self { path: path.to_owned(), digest: digest(&bytes) })
    }
}

/// The file's bytes.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let read = |source| FileError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let length =
        File::open(path).and_then(|file| file.take(MAX_PLUGIN_BYTES + 1).read_to_end(&mut bytes)).map_err(read)?;
    if u64::try_from(length).unwrap_or(u64::MAX) > MAX_PLUGIN_BYTES {
        return Err(FileError::TooLarge { path: path.to_owned(), limit_bytes: MAX_PLUGIN_BYTES });
    }
    Ok(bytes)
}

/// The digest of a library's bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
