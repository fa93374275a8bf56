//! One price source: its plugin and its HTTP brought together.
//!
//! A question goes to and fro: the plugin says what it wants to fetch, the executor fetches it, until the plugin has its
//! quotes. A plugin that keeps taking its host down is left alone for a while, like a host that keeps failing.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

use cardmint_domain::Quote;
use cardmint_plugin_api::{
    Answer, Config, ErrorClass, Failure, HttpRequest, HttpResponse, Manifest, NoQuote, PrintingQuery, Query, Shape,
    Step,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use crate::{
    client::{CallError, ClientParams, LoadError, PluginClient, SessionId},
    clock::Clock,
    convert::{self, Provenance, RefusedQuote},
    file::PluginFile,
    http::{
        Executor, ExecutorConfig, FetchError, Health,
        breaker::{Breaker, BreakerParams, Outcome, Permit},
        retry::RetryParams,
    },
    protocol::Refusal,
};

/// A question that takes more steps than this does not come to an end.
const MAX_STEPS: usize = 10_000;
/// Most requests of one step.
const MAX_REQUESTS: usize = 256;
/// Most quotes of one question. A whole catalogue in every finish and condition stays below.
const MAX_QUOTES: usize = 1_000_000;
/// How many requests of one step are under way at once; the rate limits of the hosts hold all the same.
const AT_ONCE: usize = 4;

/// What the administrator decides about one source.
#[derive(Debug, Clone)]
pub struct DriverParams {
    /// How hosts are started and how long they may take.
    pub client: ClientParams,
    /// Other base addresses, by the plugin's id or by host of its manifest, for mirrors and tests.
    pub base_urls: BTreeMap<String, Url>,
    /// Address or page by which the operator can be reached; some sources insist on one.
    pub contact: Option<String>,
    /// The plugin's settings, without the secret ones.
    pub config: Config,
    /// The plugin's secret settings, which it never sees.
    pub secrets: BTreeMap<String, SecretString>,
    /// How requests are repeated.
    pub retry: RetryParams,
    /// When a host, or the plugin itself, is left alone.
    pub breaker: BreakerParams,
    /// Memory for answers, in bytes; 0 keeps none.
    pub cache_bytes: u64,
    /// Upper bound of one answer, in bytes, whatever the manifest says; 0 for none.
    pub max_body_bytes: u64,
    /// Seed of the drawn waits.
    pub seed: u64,
}

impl DriverParams {
    /// The usual ones for hosts that are started as `program plugin-host`.
    #[must_use]
    pub fn new(program: &Path) -> Self {
        Self {
            client: ClientParams::new(program),
            base_urls: BTreeMap::new(),
            contact: None,
            config: Config::new(),
            secrets: BTreeMap::new(),
            retry: RetryParams::default(),
            breaker: BreakerParams::default(),
            cache_bytes: 64 << 20,
            max_body_bytes: 128 << 20,
            seed: 0,
        }
    }
}

/// What a question brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quoted {
    /// Quotes whose every field has been checked.
    pub quotes: Vec<Quote>,
    /// Quotes that were not taken over.
    pub refused: Vec<RefusedQuote>,
    /// Why there are not more of them, in the plugin's words.
    pub no_quotes: Vec<NoQuote>,
}

/// Why a question has no answer. What the plugin had handed over until then is dropped; asking again finds the answers of
/// the source in the cache.
#[derive(Debug, Error)]
pub enum AskError {
    /// The plugin has taken its host down too often lately. It was not asked.
    #[error("the plugin {plugin} keeps failing and is left alone for another {} s", .retry_in_ms.div_ceil(1000))]
    Resting {
        /// Which plugin.
        plugin: String,
        /// Milliseconds left.
        retry_in_ms: u64,
    },
    /// The plugin could not be asked, or answered nonsense.
    #[error("the plugin {plugin} could not be asked")]
    Call {
        /// Which plugin.
        plugin: String,
        /// Why.
        #[source]
        source: CallError,
    },
    /// Something that the plugin asked for has no answer.
    #[error("the plugin {plugin} did not get what it asked for")]
    Fetch {
        /// Which plugin.
        plugin: String,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// The plugin could not make anything of what it got.
    #[error("the plugin {plugin} cannot answer")]
    Failed {
        /// Which plugin.
        plugin: String,
        /// What it says.
        #[source]
        source: Failure,
    },
    /// The plugin asks for too much, or never comes to an end.
    #[error("the plugin {plugin} was stopped after {count} {what} for one question")]
    Excess {
        /// Which plugin.
        plugin: String,
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
    },
}

impl AskError {
    /// The class that retry rules and metrics look at.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Resting { .. } | Self::Excess { .. } => ErrorClass::Plugin,
            Self::Call { source, .. } => source.class(),
            Self::Fetch { source, .. } => source.class(),
            Self::Failed { source, .. } => source.class,
        }
    }

    /// When it makes sense to ask again, in milliseconds; `None` where nobody knows.
    #[must_use]
    pub fn retry_in_ms(&self) -> Option<u64> {
        match self {
            Self::Resting { retry_in_ms, .. } => Some(*retry_in_ms),
            Self::Fetch { source, .. } => source.retry_in_ms(),
            Self::Failed { source, .. } => source.retry_after_secs.map(|secs| secs.saturating_mul(1000)),
            Self::Call { .. } | Self::Excess { .. } => None,
        }
    }
}

/// One price source. Belongs to one long-lived thread, like its [`PluginClient`].
pub struct Driver {
    client: PluginClient,
    executor: Executor,
    clock: Arc<dyn Clock>,
    host_breaker: Breaker,
    /// A session whose asker has gone before its end.
    open: Option<SessionId>,
}

impl Driver {
    /// Starts the plugin's host, loads the file and sets up its HTTP. Blocks for as long as that takes (2 ms, at most the
    /// load deadline), so it belongs on the thread that will own the driver.
    ///
    /// # Errors
    /// [`LoadError`] with a reason for people.
    pub fn load(file: &PluginFile, params: DriverParams, clock: Arc<dyn Clock>) -> Result<Self, LoadError> {
        let client = PluginClient::load(file, &params.config, params.client.clone())?;
        let manifest = client.manifest();
        let lacks = |key: &&cardmint_plugin_api::ConfigKey| {
            key.required && !key.secret && !params.config.contains_key(&key.name)
        };
        if let Some(key) = manifest.config_keys.iter().find(lacks) {
            let source = Refusal::Config(format!("the setting {:?} is missing: {}", key.name, key.description));
            return Err(LoadError::Refused { path: file.path.clone(), source });
        }
        let host_breaker = Breaker::new(params.breaker.clone());
        let executor = Executor::new(manifest, executor_config(manifest, params), Arc::clone(&clock))
            .map_err(|source| LoadError::Http { path: file.path.clone(), source })?;
        Ok(Self { client, executor, clock, host_breaker, open: None })
    }

    /// What the plugin says about itself; checked.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.client.manifest()
    }

    /// The file that was loaded.
    #[must_use]
    pub fn file(&self) -> &PluginFile {
        self.client.file()
    }

    /// The host's process number while there is one.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.client.pid()
    }

    /// How many hosts there have been, the present one included.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.client.generation()
    }

    /// The state of its HTTP.
    #[must_use]
    pub fn health(&self) -> Health {
        self.executor.health()
    }

    /// Lets the source be asked again at once: an administrator has changed the key, or wants to try.
    pub fn reset(&self) {
        self.executor.reset();
    }

    /// Asks for the prices of printings. Calls to the plugin block the thread for microseconds, and at most for the call
    /// deadline; everything else waits without blocking. May be dropped at any point.
    ///
    /// # Errors
    /// [`AskError`]; the next question starts afresh.
    pub async fn quotes(&mut self, printings: Vec<PrintingQuery>) -> Result<Quoted, AskError> {
        if let Some(session) = self.open.take() {
            self.client.end(session);
        }
        let permit = self.permit()?;
        let outcome = self.ask(printings).await;
        let verdict = match &outcome {
            Err(AskError::Call { .. } | AskError::Excess { .. }) => Outcome::Failure,
            _ => Outcome::Success,
        };
        if let Some(state) = self.host_breaker.record(permit, verdict, self.clock.monotonic_ms()) {
            tracing::warn!(plugin = %self.manifest().id, ?state, "the breaker of the plugin itself changed");
        }
        outcome
    }

    fn permit(&mut self) -> Result<Permit, AskError> {
        let now_ms = self.clock.monotonic_ms();
        let plugin = self.client.manifest().id.clone();
        self.host_breaker
            .try_acquire(now_ms)
            .map_err(|refused| AskError::Resting { plugin, retry_in_ms: refused.retry_in_ms })
    }

    async fn ask(&mut self, printings: Vec<PrintingQuery>) -> Result<Quoted, AskError> {
        let asked: HashSet<String> = printings.iter().map(|printing| printing.printing.clone()).collect();
        let mut provenance = Provenance { asked, ..Provenance::default() };
        let now = self.clock.now();
        let query = Query { shape: self.shape(), printings, last_version: None, now_ms: now.0 };
        let session = self.client.begin(&query).map_err(|source| self.call_error(source))?;
        self.open = Some(session);
        let answer = self.step_to_the_end(session, &mut provenance).await;
        self.open = None;
        if let Err(AskError::Fetch { .. } | AskError::Excess { .. }) = &answer {
            // The plugin does not know yet that nobody asks any more.
            self.client.end(session);
        }
        let Answer { quotes, no_quotes, .. } = answer?;
        let (quotes, refused) = convert::quotes(self.client.manifest(), &provenance, quotes, self.clock.now());
        Ok(Quoted { quotes, refused, no_quotes: convert::no_quotes(&provenance, no_quotes) })
    }

    /// A source that can be asked for a few printings is; one that only gives everything at once gives that.
    fn shape(&self) -> Shape {
        if self.manifest().shapes.contains(&Shape::Quote) { Shape::Quote } else { Shape::Sync }
    }

    async fn step_to_the_end(&mut self, session: SessionId, provenance: &mut Provenance) -> Result<Answer, AskError> {
        let mut total = Answer::default();
        let mut responses = Vec::new();
        for _ in 0..MAX_STEPS {
            let step = self.client.step(session, &responses).map_err(|source| self.call_error(source))?;
            responses.clear();
            match step {
                Step::Fetch(requests) => {
                    responses = self.fetch(&requests).await?;
                    let fetched = |answer: &HttpResponse| (answer.id, cardmint_domain::Timestamp(answer.fetched_at_ms));
                    provenance.fetched_at.extend(responses.iter().map(fetched));
                }
                Step::Partial(answer) => self.gather(&mut total, answer)?,
                Step::Done(answer) => {
                    self.gather(&mut total, answer)?;
                    return Ok(total);
                }
                Step::Failed(source) => {
                    self.executor.report(&source);
                    return Err(AskError::Failed { plugin: self.id(), source });
                }
            }
        }
        Err(self.excess(MAX_STEPS, "steps"))
    }

    /// All answers in the order of the requests, or the first failure.
    async fn fetch(&self, requests: &[HttpRequest]) -> Result<Vec<HttpResponse>, AskError> {
        if requests.len() > MAX_REQUESTS {
            return Err(self.excess(requests.len(), "requests in one step"));
        }
        let flights = stream::iter(requests).map(|request| self.executor.fetch(request)).buffered(AT_ONCE);
        flights.try_collect().await.map_err(|source| AskError::Fetch { plugin: self.id(), source })
    }

    fn gather(&self, total: &mut Answer, part: Answer) -> Result<(), AskError> {
        total.quotes.extend(part.quotes);
        total.no_quotes.extend(part.no_quotes);
        let count = total.quotes.len().max(total.no_quotes.len());
        if count > MAX_QUOTES { Err(self.excess(count, "quotes")) } else { Ok(()) }
    }

    fn id(&self) -> String {
        self.manifest().id.clone()
    }

    fn call_error(&self, source: CallError) -> AskError {
        AskError::Call { plugin: self.id(), source }
    }

    fn excess(&self, count: usize, what: &'static str) -> AskError {
        AskError::Excess { plugin: self.id(), count, what }
    }
}

fn executor_config(manifest: &Manifest, params: DriverParams) -> ExecutorConfig {
    let base = |host: &String| params.base_urls.get(host).or_else(|| params.base_urls.get(&manifest.id));
    let overrides = manifest.hosts.iter().filter_map(|host| Some((host.clone(), base(host)?.to_string()))).collect();
    ExecutorConfig {
        contact: params.contact.unwrap_or_default(),
        overrides,
        secrets: params.secrets,
        retry: params.retry,
        breaker: params.breaker,
        cache_bytes: params.cache_bytes,
        max_body_bytes: params.max_body_bytes,
        seed: params.seed,
    }
}
