//! Good answers kept for a while, and one flight for all who ask the same at once.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use cardmint_domain::Timestamp;
use cardmint_plugin_api::{HttpRequest, HttpResponse};
use moka::sync::Cache;
use tokio::sync::OnceCell;

use super::error::FetchError;

/// Digest of what makes two requests the same; secrets are in it as placeholders only.
pub(crate) type Key = blake3::Hash;

type Flight = OnceCell<Result<Arc<HttpResponse>, FetchError>>;

/// How an answer was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    Fetched,
    Cached,
    /// By somebody else's request that was already on its way.
    Joined,
}

struct Entry {
    response: Arc<HttpResponse>,
    expires_at: Timestamp,
}

/// One source's cache.
pub(crate) struct ResponseCache {
    entries: Cache<Key, Arc<Entry>>,
    flights: Mutex<HashMap<Key, Weak<Flight>>>,
}

/// Dead flights are swept out when there are more than this.
const SWEEP_ABOVE: usize = 256;

pub(crate) fn key(request: &HttpRequest) -> Key {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(bytes);
    };
    part(format!("{:?}", request.method).as_bytes());
    part(request.url.as_bytes());
    for header in &request.headers {
        part(header.name.to_ascii_lowercase().as_bytes());
        part(header.value.as_bytes());
    }
    part(b"");
    part(request.body.as_bytes());
    hasher.finalize()
}

impl ResponseCache {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weigh = |_: &Key, entry: &Arc<Entry>| u32::try_from(entry.response.body.len() + 512).unwrap_or(u32::MAX);
        Self {
            entries: Cache::builder().max_capacity(max_bytes).weigher(weigh).build(),
            flights: Mutex::new(HashMap::new()),
        }
    }

    /// The answer from the cache, from a flight that is under way, or from `fetch`. Only good answers with a body are kept,
    /// for `keep_secs` from `now`.
    pub(crate) async fn get_or_fetch<F>(
        &self,
        key: Key,
        keep_secs: u64,
        now: Timestamp,
        fetch: F,
    ) -> (Result<Arc<HttpResponse>, FetchError>, Served)
    where
        F: Future<Output = Result<HttpResponse, FetchError>>,
    {
        if let Some(entry) = self.entries.get(&key).filter(|entry| now < entry.expires_at) {
            return (Ok(Arc::clone(&entry.response)), Served::Cached);
        }
        let flight = self.join(key);
        let mut served = Served::Joined;
        // If the one who fetches gives up, the next waiter takes over with its own future.
        let outcome = flight
            .get_or_init(|| {
                served = Served::Fetched;
                async { fetch.await.map(Arc::new) }
            })
            .await
            .clone();
        if served == Served::Fetched {
            self.land(key, &flight, outcome.as_ref().ok(), keep_secs);
        }
        (outcome, served)
    }

    fn join(&self, key: Key) -> Arc<Flight> {
        let mut flights = self.flights();
        if flights.len() > SWEEP_ABOVE {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Flight::new());
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }

    fn land(&self, key: Key, flight: &Arc<Flight>, response: Option<&Arc<HttpResponse>>, keep_secs: u64) {
        let good = response.filter(|response| (200..300).contains(&response.status) && !response.body.is_empty());
        if let Some(response) = good.filter(|_| keep_secs > 0) {
            let keep_ms = i64::try_from(keep_secs.saturating_mul(1000)).unwrap_or(i64::MAX);
            let expires_at = Timestamp(response.fetched_at_ms).plus_millis(keep_ms);
            self.entries.insert(key, Arc::new(Entry { response: Arc::clone(response), expires_at }));
        }
        let mut flights = self.flights();
        if flights.get(&key).is_some_and(|known| Weak::ptr_eq(known, &Arc::downgrade(flight))) {
            flights.remove(&key);
        }
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Weak<Flight>>> {
        // A table of weak pointers is whole at every moment.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::FutureExt;

    use super::*;

    fn answer(status: u16) -> HttpResponse {
        HttpResponse { status, body: b"x".to_vec(), ..HttpResponse::default() }
    }

    fn a_key() -> Key {
        key(&HttpRequest::get(1, "https://a.example.org/"))
    }

    async fn served(cache: &ResponseCache, keep_secs: u64, now: i64, status: u16) -> Served {
        cache.get_or_fetch(a_key(), keep_secs, Timestamp(now), async { Ok(answer(status)) }).await.1
    }

    #[tokio::test]
    async fn good_answers_are_kept_for_their_time_and_bad_ones_not_at_all() {
        let cache = ResponseCache::new(1 << 20);
        assert_eq!(served(&cache, 10, 0, 500).await, Served::Fetched);
        assert_eq!(served(&cache, 0, 0, 200).await, Served::Fetched);
        assert_eq!(served(&cache, 10, 0, 200).await, Served::Fetched);
        assert_eq!(served(&cache, 10, 9_999, 200).await, Served::Cached);
        assert_eq!(served(&cache, 10, 10_000, 200).await, Served::Fetched);
    }

    #[tokio::test]
    async fn all_who_ask_at_once_share_one_flight() {
        let cache = ResponseCache::new(1 << 20);
        let flown = AtomicU32::new(0);
        let one = || {
            cache.get_or_fetch(a_key(), 0, Timestamp(0), async {
                flown.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(answer(200))
            })
        };
        let ((a, _), (b, _), (c, _)) = tokio::join!(one(), one(), one());
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert_eq!(flown.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_flight_whose_pilot_leaves_is_taken_over() {
        let cache = ResponseCache::new(1 << 20);
        let never = cache.get_or_fetch(a_key(), 0, Timestamp(0), std::future::pending());
        let mut never = Box::pin(never);
        assert!(never.as_mut().now_or_never().is_none());
        let mut second = Box::pin(cache.get_or_fetch(a_key(), 0, Timestamp(0), async { Ok(answer(200)) }));
        assert!(second.as_mut().now_or_never().is_none());
        drop(never);
        assert!(second.await.0.is_ok());
    }

    #[test]
    fn what_differs_is_kept_apart() {
        let base = HttpRequest::get(1, "https://a.example.org/");
        let with_body = HttpRequest { body: "x".to_owned(), ..base.clone() };
        assert_ne!(key(&base), key(&with_body));
        assert_eq!(key(&base), key(&HttpRequest { id: 2, ..base.clone() }));
    }
}
