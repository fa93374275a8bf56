//! One price source: a plugin in its sandboxed host, owned by one supervised thread.
//!
//! Job: to start the host, to put the source on the board, and to answer one question after another.
//!
//! Guarantee: the host lives and dies with this actor's thread. A question that has waited past its deadline is not asked
//! any more; one that is under way is finished even if nobody waits, so that its answers are in the cache next time.
//!
//! Deliberately absent: deciding which file to load; that is [`super::plugins`].

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorFutureExt, Context, Handler, Message, ResponseActFuture, WrapFuture};
use cardmint_domain::errors::chain;
use cardmint_sources::clock::SystemClock;
use cardmint_sources::{Driver, DriverParams, LoadError, PluginFile, PrintingQuery, Quoted};
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::ask::Source;
use super::board::{About, Board};
use crate::clock::Clock;
use crate::supervisor::{ChildContext, Ref};

/// A declared stay in starting a host, beyond the time that the host itself is given.
const LOAD_GRACE: Duration = Duration::from_secs(10);

/// A declared stay in the calls of the host that one question takes; each of them ends at its own deadline.
const QUESTION_BUSY: Duration = Duration::from_secs(120);

/// Questions that may wait for a source; the next one is told to come again.
const QUESTIONS: usize = 64;

/// Makes the parameters with which a plugin is run.
pub type MakeParams = Arc<dyn Fn(&str) -> DriverParams + Send + Sync>;

/// What is loaded.
#[derive(Clone)]
pub struct SourceFile {
    /// Name of the file in the plugin folder.
    pub file: String,
    /// The copy that is loaded.
    pub plugin: PluginFile,
}

/// The actor that owns one plugin's host.
pub struct SourceActor {
    child: ChildContext,
    source: SourceFile,
    params: MakeParams,
    board: Arc<Board>,
    address: Ref<SourceActor>,
    clock: Clock,
    driver: Rc<Mutex<Option<Driver>>>,
}

impl SourceActor {
    /// An actor that loads its plugin when it is started. `address` is its own, for those who will ask it.
    #[must_use]
    pub fn new(
        child: ChildContext,
        source: SourceFile,
        params: MakeParams,
        board: Arc<Board>,
        address: Ref<SourceActor>,
        clock: Clock,
    ) -> Self {
        Self { child, source, params, board, address, clock, driver: Rc::default() }
    }

    fn load(&mut self) -> Result<Driver, LoadError> {
        let params = (self.params)(&self.source.file);
        let _busy = self.child.busy(params.client.load_deadline + LOAD_GRACE);
        Driver::load(&self.source.plugin, params, Arc::new(SystemClock::new()))
    }

    fn bring_up(&mut self) -> Result<(), String> {
        let driver = self.load().map_err(|error| match error {
            // The path is that of our own copy and tells an administrator nothing.
            LoadError::Refused { source, .. } => chain(&source),
            other => chain(&other),
        })?;
        let manifest = driver.manifest();
        let about = About {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            upstreams: manifest.upstreams.clone(),
            hosts: manifest.hosts.clone(),
            licence: manifest.licence.clone(),
            attribution: manifest.attribution.clone(),
        };
        let asked = Arc::new(Running { id: manifest.id.clone(), address: self.address.clone() });
        tracing::info!(
            plugin = self.source.file,
            source = manifest.id,
            version = manifest.version,
            "a price source is up"
        );
        self.board.running(&self.source.file, &self.source.plugin.digest, about, asked)?;
        self.driver = Rc::new(Mutex::new(Some(driver)));
        Ok(())
    }
}

impl Actor for SourceActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(QUESTIONS);
        if let Err(reason) = self.bring_up() {
            self.board.refuse(&self.source.file, &self.source.plugin.digest, reason);
        }
    }
}

/// Asks for prices.
#[derive(Message)]
#[rtype(result = "Result<Quoted, String>")]
pub struct Ask {
    /// Of what.
    pub printings: Vec<PrintingQuery>,
    /// Nobody waits for the answer past this point.
    pub deadline: Instant,
}

impl Handler<Ask> for SourceActor {
    type Result = ResponseActFuture<Self, Result<Quoted, String>>;

    fn handle(&mut self, ask: Ask, _: &mut Self::Context) -> Self::Result {
        let (driver, child) = (self.driver.clone(), self.child.clone());
        let answer = async move {
            let mut driver = driver.lock().await;
            let Some(driver) = driver.as_mut() else { return (None, Err("it is not running".to_owned())) };
            let id = driver.manifest().id.clone();
            if Instant::now() >= ask.deadline {
                return (Some(id), Err("it was busy with earlier questions for too long".to_owned()));
            }
            let _busy = child.busy(QUESTION_BUSY);
            (Some(id), driver.quotes(ask.printings).await.map_err(|error| chain(&error)))
        };
        Box::pin(answer.into_actor(self).map(|(id, answer), actor, _| {
            if let Some(id) = id {
                let counts = answer.as_ref().map(|quoted| (quoted.quotes.len(), quoted.refused.len()));
                if let Err(why) = &answer {
                    tracing::warn!(source = id, why, "a price source did not answer");
                }
                actor.board.note(&id, counts.map_err(Clone::clone), actor.clock.now());
            }
            answer
        }))
    }
}

/// A running source as those who ask see it.
struct Running {
    id: String,
    address: Ref<SourceActor>,
}

impl Source for Running {
    fn id(&self) -> &str {
        &self.id
    }

    fn ask(&self, printings: Vec<PrintingQuery>, timeout: Duration) -> BoxFuture<'_, Result<Quoted, String>> {
        let ask = Ask { printings, deadline: Instant::now() + timeout };
        Box::pin(async move { self.address.send(ask, timeout).await.map_err(|error| chain(&error))? })
    }
}
