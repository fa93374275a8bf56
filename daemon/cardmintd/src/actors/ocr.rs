//! The OCR stage: one actor per worker process.
//!
//! Job: to have its own sandboxed worker find the cards of a capture and read the text of those that need it, and to bring
//! the reading back before the deadline.
//!
//! Guarantee: a worker that hangs is killed at the deadline and one that dies is replaced, before the next capture is
//! taken; the capture at hand gets a fault that says which.
//!
//! Deliberately absent: files. The daemon's own process never decodes one; it sees the pixels of cards that were found.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use cardmint_domain::errors::chain;
use cardmint_domain::{CaptureId, Fault, Reading};
use cardmint_ocr::{OcrClient, ReadParams};
use cardmint_store::{BlobDigest, BlobError, Blobs};

use super::hops::Read;
use crate::current::CurrentMatcher;
use crate::reading::{self, Effort};
use crate::supervisor::ChildContext;

/// What a worker may take beyond its deadline to be killed and replaced.
const REPLACEMENT_GRACE: Duration = Duration::from_secs(10);

/// How a worker process is started.
#[derive(Debug, Clone)]
pub struct OcrSettings {
    /// The program that has the `ocr-worker` subcommand: this daemon.
    pub program: PathBuf,
    /// What it is told at start.
    pub params: ReadParams,
    /// Most time for one capture.
    pub deadline: Duration,
}

/// The actor that owns one worker process.
pub struct OcrActor {
    child: ChildContext,
    settings: OcrSettings,
    blobs: Blobs,
    matcher: CurrentMatcher,
    client: Option<OcrClient>,
}

impl OcrActor {
    /// The worker process is started with the first capture, or in [`Actor::started`], whichever comes first.
    #[must_use]
    pub fn new(child: ChildContext, settings: OcrSettings, blobs: Blobs, matcher: CurrentMatcher) -> Self {
        Self { child, settings, blobs, matcher, client: None }
    }

    /// The live worker, started if there is none.
    fn client(&mut self) -> Result<&mut OcrClient, Fault> {
        if self.client.is_none() {
            let started = OcrClient::start(&self.settings.program, &self.settings.params)
                .map_err(|error| Fault::ours_untried(format!("starting an OCR worker: {}", chain(&error))))?;
            self.client = Some(started);
        }
        self.client.as_mut().ok_or_else(|| Fault::ours_untried("starting an OCR worker: it is gone again"))
    }

    fn read(&mut self, message: &Read) -> Result<Reading, Fault> {
        let capture = &message.job.claim.capture;
        let bytes = BlobDigest::parse(capture.id.as_str())
            .and_then(|digest| self.blobs.get(&digest))
            .map_err(|error| unreadable(&capture.id, &error))?;
        let matcher = self.matcher.get()?;
        let deadline = message.job.deadline.min(Instant::now() + self.settings.deadline);
        let outcome = reading::read(self.client()?, &matcher, &capture.id, &bytes, deadline, Effort::Enough);
        let reading = outcome.map_err(|error| {
            if error.worker_is_lost() {
                self.client = None;
            }
            error.to_fault()
        })?;
        tracing::debug!(capture = %capture.id, cards = reading.cards.len(), ms = ?reading.timings_ms, "read");
        Ok(reading)
    }
}

/// A disk that is away says nothing about the capture; bytes that are missing or damaged stay so.
fn unreadable(capture: &CaptureId, error: &BlobError) -> Fault {
    let message = format!("loading capture {capture}: {}", chain(error));
    match error {
        BlobError::Io { .. } => Fault::ours_untried(message),
        _ => Fault::ours_transient(message),
    }
}

impl Actor for OcrActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1);
        let _busy = self.child.busy(REPLACEMENT_GRACE);
        if let Err(fault) = self.client() {
            tracing::warn!(%fault, "no OCR worker yet; the next capture tries again");
        }
    }
}

impl Handler<Read> for OcrActor {
    type Result = Result<Reading, Fault>;

    fn handle(&mut self, message: Read, _: &mut Self::Context) -> Self::Result {
        let _busy = self.child.busy(self.settings.deadline + REPLACEMENT_GRACE);
        crate::faults::point("ocr");
        self.read(&message)
    }
}
