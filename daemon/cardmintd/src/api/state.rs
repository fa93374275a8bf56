//! What the handlers share.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use cardmint_domain::errors::chain;
use cardmint_domain::inventory::BatchDefaults;
use cardmint_store::{BlobDigest, Blobs, Reader, StoreError, Tx};

use super::error::ApiError;
use super::uploads::Uploads;
use crate::actors::dispatcher::{Dispatcher, Wake};
use crate::actors::storage::{StorageActor, Write};
use crate::admission::Admitter;
use crate::clock::Clock;
use crate::gate::Gate;
use crate::operations::Operations;
use crate::supervisor::Ref;

/// Most time a request waits for the writer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything a handler may need. Cheap to share: each field is a handle.
pub struct ApiState {
    /// Answers questions about the store.
    pub reader: Reader,
    /// Pictures.
    pub blobs: Blobs,
    /// The one writer.
    pub storage: Ref<StorageActor>,
    /// Takes work.
    pub dispatcher: Ref<Dispatcher>,
    /// Lets captures in.
    pub admitter: Admitter,
    /// Takes photos that are sent.
    pub uploads: Uploads,
    /// Whether captures are taken.
    pub gate: Arc<Gate>,
    /// Longer work and the whole process: imports, plugins, prices, the tree, stopping.
    pub operations: Arc<Operations>,
    /// What a batch declares when nobody says otherwise.
    pub batch_defaults: BatchDefaults,
    /// Tells the time.
    pub clock: Clock,
}

impl ApiState {
    /// Asks the store on a thread that may block.
    ///
    /// # Errors
    /// The store's; 500 when the question panicked.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let reader = self.reader.clone();
        let answer = web::block(move || question(&reader)).await;
        Ok(answer.map_err(|error| ApiError::internal(format!("asking the store: {error}")))??)
    }

    /// Has the one writer do `work` and waits until it is durable.
    ///
    /// # Errors
    /// The store's; 503 when the writer does not answer.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.storage.send(Write::new(work), WRITE_TIMEOUT).await??)
    }

    /// The bytes with this digest.
    ///
    /// # Errors
    /// 500 when they cannot be read.
    pub async fn blob(&self, digest: BlobDigest) -> Result<Vec<u8>, ApiError> {
        let blobs = self.blobs.clone();
        let read = web::block(move || blobs.get(&digest)).await;
        let read = read.map_err(|error| ApiError::internal(format!("reading a picture: {error}")))?;
        read.map_err(|error| ApiError::internal(chain(&error)))
    }

    /// Tells the dispatcher to look. One that is down looks by itself once it is back.
    pub fn wake_dispatcher(&self) {
        self.dispatcher.nudge(Wake);
    }
}
