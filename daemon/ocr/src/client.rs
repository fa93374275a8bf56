//! The daemon's side: one client owns one worker process.
//!
//! Guarantee: every call answers by its deadline, give or take the time to kill a process. After a worker was lost the
//! next call starts another one.
//!
//! Deliberately absent: retries. Whether a capture is tried again is decided by whoever counts its attempts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cardmint_domain::errors::chain;
use cardmint_domain::reading::{RectifiedImage, TextPass};
use cardmint_domain::{CaptureId, Fault, Reading};
use cardmint_sandbox::{ChildEnd, Limits, Process, SandboxError, Spawn};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::params::ReadParams;
use crate::protocol::{self, MAX_FRAME_BYTES, MessageError, Reply, Request};

/// Most time for a worker to load its language and to lock itself.
const START_DEADLINE: Duration = Duration::from_secs(10);

/// What went wrong with a capture or with its reader.
#[derive(Debug, Error)]
pub enum OcrError {
    /// The process could not be started.
    #[error("starting {} as an OCR worker", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: SandboxError,
    },
    /// The process ended, or was ended, before it was ready.
    #[error("waiting for the OCR worker to be ready")]
    Start(#[source] ChildEnd),
    /// The worker says that it cannot work.
    #[error("the OCR worker cannot start: {0}")]
    CannotStart(String),
    /// The file can never be read.
    #[error("{0}")]
    Refused(String),
    /// The process ended, or was ended, over this capture.
    #[error("reading capture {capture}")]
    Lost {
        /// The capture.
        capture: CaptureId,
        /// How it ended.
        #[source]
        source: ChildEnd,
    },
    /// The worker failed over this capture in a way it should not, and was ended.
    #[error("the OCR worker failed over capture {capture}: {message}")]
    Broken {
        /// The capture.
        capture: CaptureId,
        /// What it said.
        message: String,
    },
    /// The worker said something that is no answer, and was ended.
    #[error("the OCR worker gave an answer out of turn")]
    OutOfTurn,
    /// A message could not be coded; the worker was ended.
    #[error("talking to the OCR worker")]
    Message(#[source] MessageError),
}

impl OcrError {
    /// Whether the worker process is gone. The next call starts another one.
    #[must_use]
    pub fn worker_is_lost(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// The same for those who decide what happens to the capture.
    #[must_use]
    pub fn to_fault(&self) -> Fault {
        match self {
            Self::Refused(message) => Fault::bad_card(message.clone()),
            other => Fault::ours_transient(chain(other)),
        }
    }
}

/// What one pass read on a card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Words {
    /// `None` where nothing was read.
    pub text: Option<TextPass>,
    /// Whether the text stood on its head.
    pub is_turned: bool,
}

/// Owns one worker process. Belongs to one long-lived thread: the process ends with the thread that started it.
#[derive(Debug)]
pub struct OcrClient {
    spawn: Spawn,
    params: ReadParams,
    process: Option<Process>,
}

impl OcrClient {
    /// Starts `program ocr-worker` and waits until it is ready and locked.
    ///
    /// # Errors
    /// [`OcrError`] where the process cannot be started, loaded or locked.
    pub fn start(program: &Path, params: &ReadParams) -> Result<Self, OcrError> {
        let spawn = Spawn {
            program: program.to_owned(),
            args: vec!["ocr-worker".to_owned()],
            // Tesseract's threads cost more than they bring: measured 9 times slower without this.
            env: vec![("OMP_THREAD_LIMIT".to_owned(), "1".to_owned())],
            limits: limits(params),
        };
        let mut client = Self { spawn, params: params.clone(), process: None };
        client.process = Some(client.launch()?);
        Ok(client)
    }

    /// Finds the cards of a capture. Nothing is read on them yet, and which of the two half-turns is upright is not known.
    ///
    /// # Errors
    /// [`OcrError`]; see [`OcrError::worker_is_lost`] and [`OcrError::to_fault`].
    pub fn find(&mut self, capture: &CaptureId, bytes: &[u8], deadline: Duration) -> Result<Reading, OcrError> {
        self.call(capture, &Request::Find(capture.clone()), bytes, deadline, |reply, tail| match reply {
            Reply::Found(mut reading) => Some(protocol::restore_pixels(&mut reading, tail).map(|()| reading)),
            _ => None,
        })
    }

    /// The passes that are worth making over the text of a card that is so wide in its photo, in pixels, in their order.
    #[must_use]
    pub fn passes(&self, source_width_px: f32) -> Vec<usize> {
        let is_worth = |pass: &usize| source_width_px >= self.params.passes[*pass].from_width_px;
        (0..self.params.passes.len()).filter(is_worth).collect()
    }

    /// Reads the text of a card of a capture in one pass, counted from 0. Where it is not known which way is up, the pass
    /// finds out; whoever has turned the card accordingly says so in the next one.
    ///
    /// # Errors
    /// As for [`Self::find`]. A pass that there is not costs the worker.
    pub fn text(
        &mut self,
        capture: &CaptureId,
        card: &RectifiedImage,
        is_upright: bool,
        pass: usize,
        deadline: Duration,
    ) -> Result<Words, OcrError> {
        let request = Request::Text { width: card.width, height: card.height, is_upright, pass };
        self.call(capture, &request, &card.rgb, deadline, |reply, _| match reply {
            Reply::Text(words) => Some(Ok(words)),
            _ => None,
        })
    }

    /// One question to the worker, which is started if there is none. `take` takes the answer that fits.
    fn call<T>(
        &mut self,
        capture: &CaptureId,
        request: &Request,
        tail: &[u8],
        deadline: Duration,
        take: impl FnOnce(Reply, &[u8]) -> Option<Result<T, MessageError>>,
    ) -> Result<T, OcrError> {
        let frame = protocol::encode(request, &[tail]).map_err(OcrError::Message)?;
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.launch()?,
        };
        let answer =
            process.call(&frame, deadline).map_err(|source| OcrError::Lost { capture: capture.clone(), source })?;
        let (reply, tail) = protocol::decode::<Reply>(&answer).map_err(OcrError::Message)?;
        // Every way out of here but these two leaves the process behind, and so ends it.
        match reply {
            Reply::Refused(message) => {
                self.process = Some(process);
                Err(OcrError::Refused(message))
            }
            Reply::Broken(message) => Err(OcrError::Broken { capture: capture.clone(), message }),
            other => {
                let taken = take(other, tail).ok_or(OcrError::OutOfTurn)?.map_err(OcrError::Message)?;
                self.process = Some(process);
                Ok(taken)
            }
        }
    }

    /// The live worker's process id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    fn launch(&self) -> Result<Process, OcrError> {
        let mut process = Process::spawn(&self.spawn)
            .map_err(|source| OcrError::Spawn { program: self.spawn.program.clone(), source })?;
        let start = protocol::encode(&Request::Start(Box::new(self.params.clone())), &[]).map_err(OcrError::Message)?;
        let answer = process.call(&start, START_DEADLINE).map_err(OcrError::Start)?;
        match protocol::decode::<Reply>(&answer).map_err(OcrError::Message)?.0 {
            Reply::Ready => Ok(process),
            Reply::CannotStart(message) => Err(OcrError::CannotStart(message)),
            _ => Err(OcrError::OutOfTurn),
        }
    }
}

/// What the process may take.
pub(crate) fn limits(params: &ReadParams) -> Limits {
    Limits { address_space_bytes: params.memory_bytes, max_frame_bytes: MAX_FRAME_BYTES, ..Limits::default() }
}
