//! Photos that are sent, a few at once.
//!
//! Guarantee: no more memory than that of a few of the largest photos, however many are sent at once; the others wait.

use actix_web::web::Payload;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::ApiError;

/// Photos that are taken at once.
const AT_ONCE: usize = 4;

/// Takes photos that are sent.
pub struct Uploads {
    slots: Semaphore,
    max_bytes: usize,
}

impl Uploads {
    /// Photos of at most so many bytes.
    #[must_use]
    pub const fn new(max_bytes: usize) -> Self {
        Self { slots: Semaphore::const_new(AT_ONCE), max_bytes }
    }

    /// Takes one photo, once it is its turn. Others wait as long as the permit is held.
    ///
    /// # Errors
    /// 413 for one that is too large; 400 for one that does not arrive whole.
    pub async fn take(&self, body: Payload) -> Result<(SemaphorePermit<'_>, Vec<u8>), ApiError> {
        let slot = self.slots.acquire().await.map_err(|_| ApiError::unavailable("the daemon is ending"))?;
        let limited = body.to_bytes_limited(self.max_bytes).await;
        let whole = limited.map_err(|_| ApiError::too_large(format!("larger than {} bytes", self.max_bytes)))?;
        let bytes = whole.map_err(|error| ApiError::bad_request(format!("the body: {error}")))?;
        Ok((slot, bytes.into()))
    }
}
