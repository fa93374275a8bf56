//! Where things lie.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use super::BootError;
use crate::config::Config;

/// The daemon's folders and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Pictures, by digest.
    pub blobs: PathBuf,
    /// Reference pictures, by printing.
    pub references: PathBuf,
    /// The picture index.
    pub index_file: PathBuf,
    /// Copies of the plugins that are loaded.
    pub plugins: PathBuf,
    /// Downloads while they are read.
    pub temporary: PathBuf,
}

impl Folders {
    /// Makes what is missing and locks the state directory against a second daemon.
    ///
    /// # Errors
    /// [`BootError::Folder`], [`BootError::InUse`].
    pub(super) fn make(config: &Config) -> Result<(Self, Flock<File>), BootError> {
        let state = &config.state_dir;
        let folders = Self {
            blobs: state.join("blobs"),
            references: state.join("references"),
            index_file: state.join("pictures.index"),
            plugins: state.join("plugins"),
            temporary: state.join("tmp"),
        };
        make(state)?;
        let lock = lock(state)?;
        for folder in [&folders.references, &folders.plugins, &folders.temporary, &config.watch.folder] {
            make(folder)?;
        }
        if let Some(parent) = config.control.socket_path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            make(parent)?;
        }
        Ok((folders, lock))
    }
}

/// Makes a folder with all above it, for the daemon's user and group. One that is there keeps its mode.
fn make(path: &Path) -> Result<(), BootError> {
    let failed = |source| BootError::Folder { doing: "making", path: path.to_owned(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o750).create(path).map_err(failed)
}

fn lock(state: &Path) -> Result<Flock<File>, BootError> {
    let path = state.join("lock");
    let failed = |source| BootError::Folder { doing: "locking", path: path.clone(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        nix::errno::Errno::EWOULDBLOCK => BootError::InUse { path: state.to_owned() },
        other => failed(other.into()),
    })
}
