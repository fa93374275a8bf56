//! From a path to a root module, with a reason wherever it ends early.
#![allow(unsafe_code)]

use std::{
    fs::File,
    io::Write,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

use abi_stable::library::{AbiHeaderRef, LibHeader, LibraryError};
use cardmint_domain::errors::chain;
use cardmint_plugin_api::{
    API_VERSION,
    abi::{PluginV1Ref, ROOT_SYMBOL},
};
use libloading::os::unix::{self as os, Library};

use crate::{
    elf, file,
    protocol::{Load, Refusal},
};

/// Longest text of the loader's or abi_stable's that is passed on, in characters. abi_stable writes up to 97 kB.
const MAX_TEXT_CHARS: usize = 600;

/// Loads the plugin and locks the process down. After this the process can do nothing but compute and answer.
pub(super) fn load(request: &Load) -> Result<PluginV1Ref, Refusal> {
    let bytes = file::read_bytes(&request.path).map_err(|error| Refusal::Unreadable(chain(&error)))?;
    let found = file::digest(&bytes);
    if found != request.digest {
        return Err(Refusal::Changed { expected: request.digest.clone(), found });
    }
    elf::check(&bytes)?;
    let copy = sealed_copy(&bytes).map_err(|error| Refusal::Sandbox(format!("no memory file: {error}")))?;
    drop(bytes);
    let path = PathBuf::from(format!("/proc/self/fd/{}", copy.as_raw_fd()));
    super::lock::before_load()?;
    let library = open(&path)?;
    super::lock::after_load()?;
    root(header(library)?)
}

/// Maps the library, for ever: it is unloaded with the process. Its constructors run here.
fn open(path: &Path) -> Result<Library, Refusal> {
    // Everything is bound at once, so that a function that is nowhere to be found is a refusal now and not a crash later.
    let flags = os::RTLD_NOW | os::RTLD_LOCAL;
    // SAFETY: constructors are foreign code that may do anything; this process exists for that, and is locked up to what
    // loading needs.
    unsafe { Library::open(Some(path), flags) }.map_err(|error| Refusal::Loader(short(&chain(&error))))
}

/// The header that `export_source!` writes, after abi_stable has looked at it.
fn header(library: Library) -> Result<&'static LibHeader, Refusal> {
    let missing = |_| Refusal::NoSymbol { symbol: ROOT_SYMBOL.to_owned() };
    // SAFETY: a library that exports this symbol says that it is an abi_stable header; `upgrade` checks its magic text and
    // version before it looks any further.
    let header = unsafe { library.get::<AbiHeaderRef>(ROOT_SYMBOL) }.map(|symbol| *symbol).map_err(missing)?;
    // Never closed: the header, and soon much else, points into it.
    std::mem::forget(library);
    header.upgrade().map_err(|error| Refusal::Layout(short(&error.to_string())))
}

fn root(header: &'static LibHeader) -> Result<PluginV1Ref, Refusal> {
    let found = header.version_strings().version.as_str().to_owned();
    if major(&found) != major(API_VERSION) {
        return Err(Refusal::ApiVersion { found, expected: API_VERSION.to_owned() });
    }
    header.init_root_module::<PluginV1Ref>().map_err(|error| match error {
        LibraryError::IncompatibleVersionNumber { .. } => {
            Refusal::ApiVersion { found, expected: API_VERSION.to_owned() }
        }
        other => Refusal::Layout(short(&other.to_string())),
    })
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

/// A copy of the checked bytes that no other process can change or cut: what was checked is what is run.
fn sealed_copy(bytes: &[u8]) -> std::io::Result<File> {
    use nix::{
        fcntl::{FcntlArg, SealFlag, fcntl},
        sys::memfd::{MFdFlags, memfd_create},
    };
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let mut file = File::from(memfd_create("cardmint-plugin", flags)?);
    file.write_all(bytes)?;
    let seals = SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(file)
}

/// What follows the last `Error:` of abi_stable's report, in one line, cut to a length that fits a log.
fn short(text: &str) -> String {
    let tail = text.rsplit_once("Error:").map_or(text, |(_, tail)| tail);
    let line = tail.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_cut_to_what_follows_the_last_error() {
        let report = format!("{}\n\nError: first\n\nError:\n  too many\n  fields\n", "x".repeat(90_000));
        assert_eq!(short(&report), "too many fields");
        assert_eq!(short(&"y".repeat(10_000)).chars().count(), MAX_TEXT_CHARS + 1);
    }

    #[test]
    fn a_sealed_copy_cannot_be_changed() {
        let mut copy = sealed_copy(b"bytes").unwrap();
        assert!(copy.write_all(b"other").is_err());
        assert!(copy.set_len(1).is_err());
    }
}
