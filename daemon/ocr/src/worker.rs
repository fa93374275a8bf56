//! The body of a worker process.
//!
//! Guarantee: nothing of a user's file is looked at before the process is locked; a worker that cannot lock itself says
//! so and reads nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cardmint_domain::errors::{chain, panic_message};
use cardmint_sandbox::{SandboxError, lock};
use thiserror::Error;

use crate::client::limits;
use crate::engine::EngineError;
use crate::locate::Locate;
use crate::params::ReadParams;
use crate::protocol::{self, Reply, Request};
use crate::reader::{ReadError, Reader};

/// Why a worker ended otherwise than by its client's wish.
#[derive(Debug, Error)]
pub enum WorkerError {
    /// The connection to the client failed.
    #[error("serving the client of this OCR worker")]
    Serve(#[source] SandboxError),
}

/// Why a worker cannot start.
#[derive(Debug, Error)]
enum StartError {
    #[error("loading the engine")]
    Engine(#[source] EngineError),
    #[error("locking the process")]
    Lock(#[source] lock::LockError),
    #[error("keeping the decoders on one thread: {0}")]
    OneThread(String),
}

/// Serves one client until it hangs up: the body of `cardmintd ocr-worker`. Must be called before the process has any
/// other thread, because a thread that lives already would stay outside the lock.
///
/// # Errors
/// [`WorkerError`] where the connection fails.
pub fn run_worker(locate: &dyn Locate) -> Result<(), WorkerError> {
    let mut reader = None;
    cardmint_sandbox::serve(move |frame| {
        answer(&mut reader, &frame, locate)
            .unwrap_or_else(|error| protocol::encode(&Reply::Broken(chain(&error)), &[]).unwrap_or_default())
    })
    .map_err(WorkerError::Serve)
}

fn answer(reader: &mut Option<Reader>, frame: &[u8], locate: &dyn Locate) -> Result<Vec<u8>, protocol::MessageError> {
    let (request, tail) = protocol::decode(frame)?;
    match (request, reader.as_mut()) {
        (Request::Start(params), None) => match start(*params) {
            Ok(ready) => {
                *reader = Some(ready);
                protocol::encode(&Reply::Ready, &[])
            }
            Err(error) => protocol::encode(&Reply::CannotStart(chain(&error)), &[]),
        },
        (Request::Find(capture), Some(reader)) => {
            reply(|| reader.find(capture, tail, locate), protocol::encode_reading)
        }
        (Request::Text { width, height, is_upright, pass }, Some(reader)) => reply(
            || reader.text((width, height), tail, is_upright, pass),
            |words| protocol::encode(&Reply::Text(words), &[]),
        ),
        (Request::Start(_), Some(_)) => protocol::encode(&Reply::Broken("it was started twice".to_owned()), &[]),
        (Request::Find(_) | Request::Text { .. }, None) => {
            protocol::encode(&Reply::Broken("it was not started yet".to_owned()), &[])
        }
    }
}

/// Loads what must be loaded from files, then gives up everything but computing.
fn start(params: ReadParams) -> Result<Reader, StartError> {
    lock::limits(&limits(&params)).map_err(StartError::Lock)?;
    // One of the decoders would start a pool of threads; under the lock it could not.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build_global()
        .map_err(|error| StartError::OneThread(error.to_string()))?;
    let reader = Reader::load(params).map_err(StartError::Engine)?;
    lock::landlock_nothing().map_err(StartError::Lock)?;
    lock::seccomp_compute_only().map_err(StartError::Lock)?;
    Ok(reader)
}

/// Does one piece of work. After a panic the engine's state is unknown, and the worker asks to be replaced.
fn reply<T>(
    work: impl FnOnce() -> Result<T, ReadError>,
    encode: impl FnOnce(T) -> Result<Vec<u8>, protocol::MessageError>,
) -> Result<Vec<u8>, protocol::MessageError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => encode(done),
        Ok(Err(error @ (ReadError::Decode(_) | ReadError::TooManyCards(_)))) => {
            protocol::encode(&Reply::Refused(chain(&error)), &[])
        }
        Ok(Err(error @ (ReadError::Engine(_) | ReadError::Pixels { .. } | ReadError::Pass(_)))) => {
            protocol::encode(&Reply::Broken(chain(&error)), &[])
        }
        Err(panic) => protocol::encode(&Reply::Broken(panic_message(&*panic)), &[]),
    }
}
