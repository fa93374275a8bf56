//! One source's HTTP: every request of a plugin goes through here.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use cardmint_domain::Timestamp;
use cardmint_plugin_api::{ErrorClass, Failure, HttpRequest, HttpResponse, Manifest, answer};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use secrecy::SecretString;

use super::{
    address::{Address, Overrides},
    breaker::{BreakerParams, BreakerState, Outcome},
    cache::{self, ResponseCache, Served},
    error::{ExecutorError, FetchError, TransportError},
    gate::{Closed, Gate},
    lane::Lane,
    retry::{Decision, RetryParams, after_failure, parse_retry_after_ms},
    secrets::Secrets,
    wire::{Limits, Prepared},
};
use crate::clock::Clock;

/// What the administrator decides about one source's HTTP.
#[derive(Debug, Default)]
pub struct ExecutorConfig {
    /// Address or page by which the operator can be reached; stands in the User-Agent. Empty for none.
    pub contact: String,
    /// Other base addresses by host of the manifest, for mirrors and tests. Only these may be `http://`.
    pub overrides: BTreeMap<String, String>,
    /// Values of the manifest's secret settings.
    pub secrets: BTreeMap<String, SecretString>,
    /// How requests are repeated.
    pub retry: RetryParams,
    /// When a host is left alone.
    pub breaker: BreakerParams,
    /// Memory for answers, in bytes; 0 keeps none.
    pub cache_bytes: u64,
    /// Upper bound of one answer, in bytes, whatever the manifest says; 0 for none.
    pub max_body_bytes: u64,
    /// Seed of the drawn waits.
    pub seed: u64,
}

/// How often what happened, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests that plugins made.
    pub requests: u64,
    /// Requests answered from the cache or by another one's flight.
    pub saved: u64,
    /// Attempts on the wire, repeats included.
    pub attempts: u64,
    /// Requests without an answer.
    pub failures: u64,
}

/// One host's state for people and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostHealth {
    /// Which host.
    pub host: String,
    /// Its breaker.
    pub breaker: BreakerState,
}

/// One source's state for people and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Every host of the manifest.
    pub hosts: Vec<HostHealth>,
    /// Why nothing is sent at all, if so.
    pub closed: Option<Closed>,
    /// What happened so far.
    pub counters: Counters,
}

/// One source's HTTP. Share it by reference; all methods take `&self`.
pub struct Executor {
    manifest: Manifest,
    client: reqwest::Client,
    overrides: Overrides,
    secrets: Secrets,
    retry: RetryParams,
    limits: Limits,
    lanes: BTreeMap<String, Lane>,
    gate: Mutex<Gate>,
    cache: ResponseCache,
    draws: Mutex<ChaCha8Rng>,
    clock: Arc<dyn Clock>,
    requests: AtomicU64,
    saved: AtomicU64,
    attempts: AtomicU64,
    failures: AtomicU64,
}

impl Executor {
    /// An executor for the source with this (checked) manifest.
    ///
    /// # Errors
    /// [`ExecutorError`] when the configuration lacks what the manifest needs, or is wrong itself.
    pub fn new(manifest: &Manifest, config: ExecutorConfig, clock: Arc<dyn Clock>) -> Result<Self, ExecutorError> {
        let source_id = manifest.id.clone();
        let secrets = Secrets::new(config.secrets);
        let lacking = manifest.config_keys.iter().find(|key| key.secret && key.required && !secrets.has(&key.name));
        if let Some(key) = lacking {
            return Err(ExecutorError::NoSecret { source_id, key: key.name.clone() });
        }
        let client = reqwest::Client::builder()
            .user_agent(user_agent(manifest, &config.contact)?)
            // A redirect could lead to a host that nobody approved, so it is an answer like any other.
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(2)
            .build()
            .map_err(|source| ExecutorError::Client { source_id, source })?;
        let lane = |host: &String| {
            let limit = manifest.rate_limits.get(host).cloned().unwrap_or_default();
            (host.clone(), Lane::new(host, &limit, config.breaker.clone(), Arc::clone(&clock)))
        };
        let cap = if config.max_body_bytes == 0 { u64::MAX } else { config.max_body_bytes };
        Ok(Self {
            client,
            overrides: Overrides::new(&config.overrides)?,
            secrets,
            retry: config.retry,
            limits: Limits { timeout_secs: manifest.timeout_secs, max_body_bytes: manifest.max_body_bytes.min(cap) },
            lanes: manifest.hosts.iter().map(lane).collect(),
            gate: Mutex::new(Gate::default()),
            cache: ResponseCache::new(config.cache_bytes),
            draws: Mutex::new(ChaCha8Rng::seed_from_u64(config.seed)),
            clock,
            requests: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            manifest: manifest.clone(),
        })
    }

    /// Carries out one request. Any status is an answer; a repeatable one has been repeated before.
    ///
    /// # Errors
    /// [`FetchError`] when nothing was sent or nothing came back.
    pub async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let outcome = self.fetch_counted(request).await;
        if outcome.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    async fn fetch_counted(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let address = self.overrides.resolve(request, &self.manifest.hosts)?;
        let prepared = Prepared::new(request, &address, &self.secrets)?;
        let keep_secs = request.cache_secs.unwrap_or(self.manifest.ttl_secs);
        let flight = self.attempt_until_done(&address, &prepared);
        let (outcome, served) = self.cache.get_or_fetch(cache::key(request), keep_secs, self.clock.now(), flight).await;
        if served != Served::Fetched {
            self.saved.fetch_add(1, Ordering::Relaxed);
        }
        let response = outcome?;
        Ok(HttpResponse { id: request.id, ..HttpResponse::clone(&response) })
    }

    async fn attempt_until_done(&self, address: &Address, prepared: &Prepared<'_>) -> Result<HttpResponse, FetchError> {
        let lane = self.lanes.get(&address.host).ok_or_else(|| FetchError::Refused {
            address: address.shown.clone(),
            reason: "the host is not in the plugin's manifest".to_owned(),
        })?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let result = self.attempt(lane, address, prepared).await?;
            let Some(trouble) = trouble(&result, self.clock.now()) else {
                return self.finish(address, attempt, result);
            };
            if !trouble.repeatable {
                return self.finish(address, attempt, result);
            }
            match after_failure(attempt, trouble.retry_after_ms, self.draw(), &self.retry) {
                Decision::WaitMs(ms) => {
                    tracing::debug!(address = %address.shown, attempt, wait_ms = ms, class = trouble.class.as_str(), "asking again");
                    self.clock.sleep_ms(ms).await;
                }
                Decision::Exhausted | Decision::TooLong => {
                    if trouble.class == ErrorClass::RateLimited {
                        self.pause(trouble.class, trouble.retry_after_ms.map(|ms| ms.div_ceil(1000)));
                    }
                    return self.finish(address, attempt, result);
                }
            }
        }
    }

    async fn attempt(
        &self,
        lane: &Lane,
        address: &Address,
        prepared: &Prepared<'_>,
    ) -> Result<Result<HttpResponse, TransportError>, FetchError> {
        self.check_gate()?;
        let passing =
            lane.enter().map_err(|retry_in_ms| FetchError::BreakerOpen { host: address.host.clone(), retry_in_ms })?;
        lane.wait_for_slot().await;
        // The wait may have been long enough for somebody else to be told to stop.
        self.check_gate()?;
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let result = prepared.send(&self.client, self.limits).await;
        passing.finish(health(&result));
        Ok(result)
    }

    fn finish(
        &self,
        address: &Address,
        attempts: u32,
        result: Result<HttpResponse, TransportError>,
    ) -> Result<HttpResponse, FetchError> {
        match result {
            Ok(response) => Ok(HttpResponse { fetched_at_ms: self.clock.now().0, ..response }),
            Err(source) => Err(FetchError::Transport { address: address.shown.clone(), attempts, source }),
        }
    }

    /// Takes note of what a plugin made of the answers. Wire trouble has been counted already; what the source *said*
    /// (come later, allowance used up, wrong key, robots keep out) closes the gate, and nonsense counts like a failure.
    pub fn report(&self, failure: &Failure) {
        match failure.class {
            ErrorClass::Malformed | ErrorClass::Unknown => self.lanes.values().for_each(Lane::note_failure),
            class => self.pause(class, failure.retry_after_secs),
        }
    }

    /// Opens the gate: an administrator has changed the key, or wants to try.
    pub fn reset(&self) {
        self.gate().reset();
    }

    /// The state for people and metrics.
    #[must_use]
    pub fn health(&self) -> Health {
        let host = |(host, lane): (&String, &Lane)| HostHealth { host: host.clone(), breaker: lane.state() };
        Health {
            hosts: self.lanes.iter().map(host).collect(),
            closed: self.gate().check(self.clock.monotonic_ms()).err(),
            counters: Counters {
                requests: self.requests.load(Ordering::Relaxed),
                saved: self.saved.load(Ordering::Relaxed),
                attempts: self.attempts.load(Ordering::Relaxed),
                failures: self.failures.load(Ordering::Relaxed),
            },
        }
    }

    /// The time of day by this executor's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn pause(&self, class: ErrorClass, retry_after_secs: Option<u64>) {
        let mut gate = self.gate();
        let was_open = gate.check(self.clock.monotonic_ms()).is_ok();
        gate.report(class, retry_after_secs, self.manifest.rate_limited_pause_secs, self.clock.monotonic_ms());
        if let (true, Err(closed)) = (was_open, gate.check(self.clock.monotonic_ms())) {
            tracing::warn!(source = %self.manifest.id, class = class.as_str(), wait_ms = ?closed.retry_in_ms, "the source is left alone");
        }
    }

    fn check_gate(&self) -> Result<(), FetchError> {
        self.gate().check(self.clock.monotonic_ms()).map_err(|closed| FetchError::Paused {
            source_id: self.manifest.id.clone(),
            class: closed.class,
            retry_in_ms: closed.retry_in_ms,
        })
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        // The gate's rules do not panic; were the lock poisoned all the same, its state is whole.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) -> u64 {
        self.draws.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }
}

/// What is wrong with the end of an attempt, if anything.
struct Trouble {
    class: ErrorClass,
    repeatable: bool,
    retry_after_ms: Option<u64>,
}

fn trouble(result: &Result<HttpResponse, TransportError>, now: Timestamp) -> Option<Trouble> {
    let (class, retry_after_ms) = match result {
        Err(TransportError::TooLarge { .. }) => (ErrorClass::Malformed, None),
        Err(_) => (ErrorClass::Transient, None),
        Ok(response) => {
            let class = answer::check(response).err()?.class;
            (class, response.header("retry-after").and_then(|value| parse_retry_after_ms(value, now.0)))
        }
    };
    let repeatable = matches!(class, ErrorClass::Transient | ErrorClass::RateLimited);
    Some(Trouble { class, repeatable, retry_after_ms })
}

/// What the end of an attempt says about the host.
fn health(result: &Result<HttpResponse, TransportError>) -> Outcome {
    match result {
        Err(_) => Outcome::Failure,
        Ok(response) => match answer::check(response).err().map(|failure| failure.class) {
            Some(ErrorClass::Transient) => Outcome::Failure,
            Some(ErrorClass::RateLimited) => Outcome::Nothing,
            _ => Outcome::Success,
        },
    }
}

/// `CardMint/0.1.0 (+contact)`.
fn user_agent(manifest: &Manifest, contact: &str) -> Result<reqwest::header::HeaderValue, ExecutorError> {
    let contact = contact.trim();
    if manifest.contact_required && contact.is_empty() {
        return Err(ExecutorError::NoContact { source_id: manifest.id.clone() });
    }
    let product = concat!("CardMint/", env!("CARGO_PKG_VERSION"));
    let text = if contact.is_empty() { product.to_owned() } else { format!("{product} (+{contact})") };
    reqwest::header::HeaderValue::from_str(&text).map_err(|_| ExecutorError::UserAgent(text))
}
