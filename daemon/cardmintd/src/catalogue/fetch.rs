//! Fetches reference pictures that are missing, slowly.
//!
//! Guarantee: never more requests a second than asked for, one at a time, a server's `Retry-After` obeyed. A run can be
//! stopped at any point and started again: a picture that is there is not asked for, and one that is half there lies
//! under a name that [`super::references::list`] does not see. One failure does not end the run; a row of them does.
//!
//! Deliberately absent: looking into the pictures beyond their first bytes. Decoding happens in the sandbox.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cardmint_domain::{Printing, PrintingId};
use thiserror::Error;

use super::references::{self, ReferencesError};

/// How politely, and how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FetchParams {
    /// Requests a second at the most; values that are no positive number mean one.
    pub requests_per_second: f64,
    /// Size of one picture. Large reference pictures have about 1 MB.
    pub max_bytes: u64,
    /// Time for one picture, in seconds.
    pub timeout_secs: u64,
    /// So many failures in a row end the run: then it is the server or the line, not the picture.
    pub give_up_after: usize,
    /// The longest `Retry-After`, in seconds, that is waited for; a longer one ends the run.
    pub longest_wait_secs: u64,
}

impl Default for FetchParams {
    fn default() -> Self {
        Self {
            requests_per_second: 2.0,
            max_bytes: 16 << 20,
            timeout_secs: 60,
            give_up_after: 20,
            longest_wait_secs: 120,
        }
    }
}

/// Why one picture could not be fetched.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The server could not be reached or stopped answering.
    #[error("the download failed")]
    Download(#[source] reqwest::Error),
    /// The server answered with something else.
    #[error("the server answered {0}")]
    Status(u16),
    /// Larger than allowed.
    #[error("the picture is larger than {0} bytes")]
    TooLarge(u64),
    /// An error page, for example.
    #[error("the answer is neither PNG nor JPEG nor WebP")]
    NotAPicture,
    /// The disk refused.
    #[error("the picture cannot be written")]
    Write(#[source] io::Error),
}

/// A printing whose picture could not be fetched.
#[derive(Debug)]
pub struct Failure {
    /// Which printing.
    pub printing: PrintingId,
    /// The address tried last.
    pub url: String,
    /// Why not.
    pub error: PictureError,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct FetchReport {
    /// Pictures fetched now.
    pub fetched: usize,
    /// Printings whose picture was there before.
    pub present: usize,
    /// Printings for which the catalogue names no address.
    pub without_url: usize,
    /// Printings whose picture could not be fetched.
    pub failed: Vec<Failure>,
    /// Whether the run ended early after failures in a row or at the server's wish.
    pub gave_up: bool,
}

/// Fetches the pictures of all `printings` that have none in `folder`. `progress` is called after each printing that
/// needed a request.
///
/// # Errors
/// [`ReferencesError`] when the folder cannot be read. Everything else is in the report.
pub async fn fetch_missing(
    printings: &[Printing],
    folder: &Path,
    client: &reqwest::Client,
    params: &FetchParams,
    mut progress: impl FnMut(&FetchReport),
) -> Result<FetchReport, ReferencesError> {
    let present: HashSet<PrintingId> = references::list(folder)?.into_iter().map(|found| found.printing).collect();
    let mut report = FetchReport::default();
    let mut fetcher = Fetcher::new(folder, client, params);
    let mut in_a_row = 0;
    for printing in printings {
        if present.contains(&printing.id) {
            report.present += 1;
        } else if printing.image_urls.is_empty() {
            report.without_url += 1;
        } else {
            match fetcher.first_that_works(printing).await {
                Ok(()) => (report.fetched, in_a_row) = (report.fetched + 1, 0),
                Err(failure) => {
                    in_a_row += 1;
                    report.failed.push(failure);
                }
            }
            progress(&report);
            report.gave_up = in_a_row >= params.give_up_after || fetcher.sent_away;
            if report.gave_up {
                break;
            }
        }
    }
    Ok(report)
}

struct Fetcher<'a> {
    folder: &'a Path,
    client: &'a reqwest::Client,
    params: &'a FetchParams,
    pace: tokio::time::Interval,
    /// The server asked for a longer pause than we wait.
    sent_away: bool,
}

impl<'a> Fetcher<'a> {
    fn new(folder: &'a Path, client: &'a reqwest::Client, params: &'a FetchParams) -> Self {
        let rate = if params.requests_per_second > 0.0 { params.requests_per_second } else { 1.0 };
        // An interval may be neither zero nor endless.
        let seconds = (1.0 / rate).clamp(0.001, 3600.0);
        let mut pace = tokio::time::interval(Duration::from_secs_f64(seconds));
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self { folder, client, params, pace, sent_away: false }
    }

    /// Tries a printing's addresses in order.
    async fn first_that_works(&mut self, printing: &Printing) -> Result<(), Failure> {
        let mut last = None;
        for url in &printing.image_urls {
            match self.patiently(&printing.id, url).await {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(Failure { printing: printing.id.clone(), url: url.clone(), error }),
            }
            if self.sent_away {
                break;
            }
        }
        // The caller passes only printings with an address, so the loop ran.
        last.map_or(Ok(()), Err)
    }

    /// One address, asked a second time when the server wants a pause that we can give it.
    async fn patiently(&mut self, printing: &PrintingId, url: &str) -> Result<(), PictureError> {
        self.pace.tick().await;
        let answer = self.ask(url).await?;
        let status = answer.status().as_u16();
        if !matches!(status, 429 | 503) {
            return self.keep(printing, answer).await;
        }
        let wait_secs = retry_after_secs(&answer).unwrap_or(1);
        if wait_secs > self.params.longest_wait_secs {
            self.sent_away = true;
            return Err(PictureError::Status(status));
        }
        tokio::time::sleep(Duration::from_secs(wait_secs)).await;
        self.pace.tick().await;
        let answer = self.ask(url).await?;
        self.keep(printing, answer).await
    }

    async fn ask(&self, url: &str) -> Result<reqwest::Response, PictureError> {
        let limit = Duration::from_secs(self.params.timeout_secs);
        self.client.get(url).timeout(limit).send().await.map_err(PictureError::Download)
    }

    async fn keep(&self, printing: &PrintingId, mut answer: reqwest::Response) -> Result<(), PictureError> {
        if !answer.status().is_success() {
            return Err(PictureError::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(PictureError::Download)? {
            if (bytes.len() + chunk.len()) as u64 > self.params.max_bytes {
                return Err(PictureError::TooLarge(self.params.max_bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        let ending = ending(&bytes).ok_or(PictureError::NotAPicture)?;
        let path = self.folder.join(format!("{}.{ending}", file_stem(printing)));
        write_whole(self.folder, &path, &bytes).map_err(PictureError::Write)
    }
}

/// Seconds of a `Retry-After`; its other form, a date, is not used by picture servers and counts as none.
fn retry_after_secs(answer: &reqwest::Response) -> Option<u64> {
    answer.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The file ending of a picture, told by its first bytes.
fn ending(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// The catalogue's identifiers are harmless as file names; this keeps that true for identifiers from elsewhere.
fn file_stem(printing: &PrintingId) -> String {
    printing.as_str().replace(['/', '\\', '\0'], "_").trim_start_matches('.').to_owned()
}

fn write_whole(folder: &Path, path: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".fetch-").suffix(".part").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
