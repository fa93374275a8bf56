//! The first durable point: letting a picture in.
//!
//! Job: to keep the bytes, then the row that names them, in this order.
//!
//! Guarantee: once [`Admitter::admit`] has answered, the capture survives a power cut. The same bytes twice are one
//! capture. What is not a picture is refused before anything is kept.
//!
//! Deliberately absent: decoding. Whether the picture can be read shows in the sandboxed worker.

use std::time::Duration;

use cardmint_domain::{BatchId, Capture, CaptureId, CorrelationId};
use cardmint_ocr::decode;
use cardmint_store::{Admission, BlobError, Blobs, StoreError};
use thiserror::Error;

use crate::actors::dispatcher::{Dispatcher, Wake};
use crate::actors::storage::{StorageActor, Write, WriteError};
use crate::clock::Clock;
use crate::supervisor::{Ref, SendError};

/// Most time to wait for the writer.
const ADMIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Digits of the capture's digest that stand in its correlation id.
const CORRELATION_DIGITS: usize = 12;

/// A file that wants in.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is called, for people.
    pub file_name: String,
    /// Where it belongs.
    pub batch: BatchId,
}

/// A file that is in.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Its name from now on.
    pub id: CaptureId,
    /// Whether it was new.
    pub admission: Admission,
}

/// Why a file is not let in.
#[derive(Debug, Error)]
pub enum AdmitError {
    /// The bytes are not of any kind that can be read. Trying again would fail the same way.
    #[error("{file_name:?} is not a picture or document that CardMint reads (JPEG, PNG, WebP, TIFF, HEIC, PDF)")]
    NotAPicture {
        /// What it is called.
        file_name: String,
    },
    /// The bytes could not be kept.
    #[error("keeping the bytes of {file_name:?}")]
    Blob {
        /// What it is called.
        file_name: String,
        /// Why.
        #[source]
        source: BlobError,
    },
    /// Keeping the bytes was cut off: the daemon is ending, or the thread that kept them panicked.
    #[error("keeping the bytes of {file_name:?} was interrupted")]
    Interrupted {
        /// What it is called.
        file_name: String,
        /// Why.
        #[source]
        source: tokio::task::JoinError,
    },
    /// The row could not be written.
    #[error("recording {file_name:?}")]
    Record {
        /// What it is called.
        file_name: String,
        /// Why.
        #[source]
        source: WriteError,
    },
    /// The writer does not answer.
    #[error("recording {file_name:?}")]
    Writer {
        /// What it is called.
        file_name: String,
        /// Why.
        #[source]
        source: SendError,
    },
}

impl AdmitError {
    /// Whether it says nothing about the file: any other would have fared the same.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        match self {
            Self::NotAPicture { .. } => false,
            Self::Record { source: WriteError::Store(source), .. } => {
                !matches!(source, StoreError::Unstorable { .. } | StoreError::Corrupt { .. })
            }
            Self::Blob { .. } | Self::Interrupted { .. } | Self::Record { .. } | Self::Writer { .. } => true,
        }
    }
}

/// Lets captures in, from the folder and from the socket alike.
#[derive(Clone)]
pub struct Admitter {
    blobs: Blobs,
    storage: Ref<StorageActor>,
    dispatcher: Ref<Dispatcher>,
    clock: Clock,
}

impl Admitter {
    /// An admitter that keeps bytes in `blobs` and rows with `storage`, and wakes `dispatcher` after each.
    #[must_use]
    pub fn new(blobs: Blobs, storage: Ref<StorageActor>, dispatcher: Ref<Dispatcher>, clock: Clock) -> Self {
        Self { blobs, storage, dispatcher, clock }
    }

    /// Lets one file in and answers when it is durable.
    ///
    /// # Errors
    /// [`AdmitError`]; after any of them but `NotAPicture` the same file may be offered again.
    pub async fn admit(&self, offer: Offer) -> Result<Admitted, AdmitError> {
        let Offer { bytes, file_name, batch } = offer;
        let Some(kind) = decode::sniff(&bytes) else { return Err(AdmitError::NotAPicture { file_name }) };
        let size_bytes = bytes.len() as u64;
        let blobs = self.blobs.clone();
        // Waits for the disk; the thread that asks also serves others.
        let kept = tokio::task::spawn_blocking(move || blobs.put(&bytes)).await;
        let kept = kept.map_err(|source| AdmitError::Interrupted { file_name: file_name.clone(), source })?;
        let digest = kept.map_err(|source| AdmitError::Blob { file_name: file_name.clone(), source })?;
        let id = digest.to_capture_id();
        let at = self.clock.now();
        let prefix: String = id.as_str().chars().take(CORRELATION_DIGITS).collect();
        let capture = Capture {
            id: id.clone(),
            correlation: CorrelationId::new(format!("{prefix}-{:x}", at.0)),
            batch,
            file_name: file_name.clone(),
            media_type: kind.as_str().to_owned(),
            size_bytes,
            admitted_at: at,
        };
        let correlation = capture.correlation.clone();
        let answer = self.storage.send(Write::new(move |tx| tx.admit(&capture)), ADMIT_TIMEOUT).await;
        let recorded = answer.map_err(|source| AdmitError::Writer { file_name: file_name.clone(), source })?;
        let admission = recorded.map_err(|source| AdmitError::Record { file_name: file_name.clone(), source })?;
        tracing::info!(%correlation, capture = %id, file = %file_name.escape_debug(), ?admission, "admitted");
        self.dispatcher.nudge(Wake);
        Ok(Admitted { id, admission })
    }
}
