//! Where a catalogue comes from: a path on this machine, or an address from which an archive is downloaded first.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};
use thiserror::Error;
use url::Url;

use super::archive::{Archive, ArchiveError, Limits};

/// How long a connection may take to come up, and how long a server may stay silent in the middle of an answer.
const CONNECT_SECS: u64 = 20;
const SILENCE_SECS: u64 = 60;
/// Hops a download may be sent on; code hosts use one or two.
const MAX_REDIRECTS: usize = 5;

/// Why a source could not be obtained. What lies in it is judged by [`super::CatalogueError`].
#[derive(Debug, Error)]
pub enum SourceError {
    /// Neither a path nor an address.
    #[error("{text:?} is not an http or https address")]
    Address {
        /// What was given.
        text: String,
        /// What the parser said.
        #[source]
        source: url::ParseError,
    },
    /// No client could be made.
    #[error("cannot set up downloads")]
    Client(#[source] reqwest::Error),
    /// The server could not be reached or stopped answering.
    #[error("downloading {url} failed")]
    Download {
        /// From where.
        url: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The server answered with something else.
    #[error("downloading {url} failed: the server answered {status}")]
    Status {
        /// From where.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// More than allowed.
    #[error("{url} is larger than {limit} bytes")]
    TooLarge {
        /// From where.
        url: String,
        /// The limit that was passed.
        limit: u64,
    },
    /// The disk refused.
    #[error("cannot keep the download in {folder}")]
    Keep {
        /// Where it was to be kept.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What lies there is no archive.
    #[error("the source cannot be opened")]
    Open(#[source] ArchiveError),
}

/// A source as the operator names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceLocation {
    /// A directory or an archive on this machine.
    Path(PathBuf),
    /// An archive on a web server.
    Url(Url),
}

impl SourceLocation {
    /// Reads `SOURCE`: what begins with `http://` or `https://` is an address, everything else a path.
    ///
    /// # Errors
    /// [`SourceError::Address`] for a malformed address.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let lower = text.to_ascii_lowercase();
        if !(lower.starts_with("http://") || lower.starts_with("https://")) {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        Url::parse(text).map(Self::Url).map_err(|source| SourceError::Address { text: text.to_owned(), source })
    }
}

/// A source on this machine. A downloaded archive is deleted when this is dropped.
#[derive(Debug)]
pub struct Obtained {
    archive: Archive,
    _download: Option<TempPath>,
}

impl Obtained {
    /// Its files.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.archive
    }
}

/// A client with the time limits of this module.
///
/// # Errors
/// [`SourceError::Client`] when TLS cannot be set up.
pub fn http_client(user_agent: &str) -> Result<reqwest::Client, SourceError> {
    reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(Duration::from_secs(CONNECT_SECS))
        .read_timeout(Duration::from_secs(SILENCE_SECS))
        .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
        .build()
        .map_err(SourceError::Client)
}

/// Opens a source; one on a web server is first streamed into a temporary file in `folder`.
///
/// # Errors
/// [`SourceError`].
pub async fn obtain(
    location: &SourceLocation,
    client: &reqwest::Client,
    folder: &Path,
    limits: Limits,
) -> Result<Obtained, SourceError> {
    let (path, download) = match location {
        SourceLocation::Path(path) => (path.clone(), None),
        SourceLocation::Url(url) => {
            let kept = download(url, client, folder, limits.archive_bytes).await?;
            (kept.to_path_buf(), Some(kept))
        }
    };
    let archive = Archive::open(&path, limits).map_err(SourceError::Open)?;
    Ok(Obtained { archive, _download: download })
}

async fn download(url: &Url, client: &reqwest::Client, folder: &Path, limit: u64) -> Result<TempPath, SourceError> {
    let keep = |source| SourceError::Keep { folder: folder.to_owned(), source };
    let failed = |source: reqwest::Error| SourceError::Download { url: shown(url), source: source.without_url() };
    let mut answer = client.get(url.clone()).send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(SourceError::Status { url: shown(url), status: answer.status().as_u16() });
    }
    let mut file = NamedTempFile::with_prefix_in("catalogue-", folder).map_err(keep)?;
    let mut size = 0_u64;
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        size += chunk.len() as u64;
        if size > limit {
            return Err(SourceError::TooLarge { url: shown(url), limit });
        }
        file.write_all(&chunk).map_err(keep)?;
    }
    Ok(file.into_temp_path())
}

/// The address without user, password and query: those may carry a secret, and this goes into messages.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both setters fail only for addresses without a host, which carry no credentials.
    let (_user, _password) = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.to_string()
}
