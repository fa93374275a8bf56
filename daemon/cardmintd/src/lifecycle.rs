//! From the first thread to the last.
//!
//! Job: to start the tree, to tell systemd how it stands, to listen to signals and to requests to stop, and to end in order.
//!
//! Guarantee: READY is sent once every child is up; the watchdog is fed only while the root supervisor's loop turns. A stop
//! takes no more photos, waits for those in hand within the grace time, gives the rest back, and stops the children in
//! reverse; a second signal skips the waiting.
//!
//! Deliberately absent: what the children are (`boot`).

use std::time::{Duration, Instant};

use cardmint_domain::errors::chain;
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::actors::storage::Write;
use crate::boot::Prepared;
use crate::config::{self, Config, Sources};
use crate::in_hand::Held;
use crate::leases;
use crate::operations::StopRequest;
use crate::supervisor::{ChildState, GaveUp, Root, abandoned_threads, install_panic_hook};
use crate::systemd;
use crate::telemetry::logs::LogHandle;

/// How often the state of things is looked at while they change, and while they do not.
const LOOK_OFTEN: Duration = Duration::from_millis(25);
const LOOK: Duration = Duration::from_millis(500);

/// The root's loop turns four times a second; silent for so long, it does not turn any more.
const ROOT_SILENCE: Duration = Duration::from_secs(30);

/// Most threads that hang and are left behind; each keeps its memory and its descriptors. Own choice: more than the children there are
/// on a machine of a few cores, so that one bad moment of all of them is survived.
const MOST_ABANDONED: usize = 16;

/// Most time for giving captures back.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the daemon ended without having been asked to.
#[derive(Debug, Error)]
pub enum LifeError {
    /// Threads or signals are not to be had.
    #[error("{doing}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The root supervisor used up its restarts.
    #[error("the daemon ends")]
    GaveUp(#[from] GaveUp),
    /// Only a new process gets rid of them.
    #[error("the daemon ends: {threads} threads hang")]
    Hung {
        /// How many.
        threads: usize,
    },
}

/// What the process listens to.
struct Ears {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
    stops: UnboundedReceiver<StopRequest>,
}

/// What was heard.
enum Heard {
    Stop(StopRequest),
    Signal,
    Reload,
    Nothing,
}

impl Ears {
    fn new(stops: UnboundedReceiver<StopRequest>) -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
            stops,
        })
    }

    async fn hear(&mut self, most: Duration) -> Heard {
        tokio::select! {
            Some(_) = self.terminate.recv() => Heard::Signal,
            Some(_) = self.interrupt.recv() => Heard::Signal,
            Some(_) = self.reload.recv() => Heard::Reload,
            Some(request) = self.stops.recv() => Heard::Stop(request),
            () = tokio::time::sleep(most) => Heard::Nothing,
        }
    }
}

/// Where the process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Serving,
    /// Takes nothing new; stops when nothing is in hand, at the latest at this time if there is one.
    Draining(Option<Instant>),
    Stopping,
}

/// A daemon that runs.
struct Life {
    prepared: Prepared,
    root: Root,
    phase: Phase,
    grace: Duration,
    told: String,
    fed_at: Instant,
    feed_every: Option<Duration>,
}

/// Runs the daemon until it is asked to end or its root supervisor gives up.
///
/// # Errors
/// [`LifeError`].
pub fn run(mut prepared: Prepared, config: &Config, sources: &Sources, log: &LogHandle) -> Result<(), LifeError> {
    install_panic_hook();
    let system = |doing| move |source| LifeError::System { doing, source };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("making a runtime"))?;
    let (_, nobody) = tokio::sync::mpsc::unbounded_channel();
    let stops = std::mem::replace(&mut prepared.stops, nobody);
    let outcome = runtime.block_on(async {
        let mut ears = Ears::new(stops).map_err(system("listening to signals"))?;
        let root = prepared.root.clone().start().map_err(system("starting the root supervisor"))?;
        let mut life = Life {
            prepared,
            root,
            phase: Phase::Starting,
            grace: Duration::from_secs(config.pipeline.drain_grace_secs.into()),
            told: String::new(),
            fed_at: Instant::now(),
            feed_every: systemd::watchdog_every(),
        };
        while !life.root.has_ended() {
            match ears.hear(life.pace()).await {
                Heard::Stop(request) => life.stop(request).await,
                Heard::Signal => life.stop(life.on_signal()).await,
                Heard::Reload => reload(config, sources, log),
                Heard::Nothing => {}
            }
            life.look().await;
            let threads = abandoned_threads();
            if threads > MOST_ABANDONED {
                life.release().await;
                return Err(LifeError::Hung { threads });
            }
        }
        life.root.join().map_err(LifeError::from)
    });
    runtime.shutdown_background();
    outcome
}

impl Life {
    fn pace(&self) -> Duration {
        if self.phase == Phase::Serving { LOOK } else { LOOK_OFTEN }
    }

    /// The first signal waits for what is in hand; the second does not.
    fn on_signal(&self) -> StopRequest {
        match self.phase {
            Phase::Starting | Phase::Serving => StopRequest::WhenIdle,
            Phase::Draining(_) | Phase::Stopping => StopRequest::Now,
        }
    }

    async fn stop(&mut self, request: StopRequest) {
        if self.phase == Phase::Stopping {
            return;
        }
        tracing::info!(?request, "ending");
        self.prepared.gate.close();
        match request {
            StopRequest::WhenIdle => {
                self.phase = Phase::Draining(Some(Instant::now() + self.grace));
                systemd::stopping("finishing the photos in hand");
            }
            StopRequest::Now => self.end().await,
        }
    }

    /// Gives back what is in hand and has the tree stop.
    async fn end(&mut self) {
        systemd::stopping("stopping");
        self.phase = Phase::Stopping;
        self.release().await;
        self.root.ask_to_stop();
    }

    /// Looks where things stand and does what follows.
    async fn look(&mut self) {
        match self.phase {
            Phase::Starting if self.root.is_up() => {
                self.phase = Phase::Serving;
                let status = self.status();
                tracing::info!(status, "ready");
                systemd::ready(&status);
                self.told = status;
            }
            Phase::Starting | Phase::Serving => self.tell(),
            Phase::Draining(until) => {
                let is_idle = self.prepared.in_hand.all().is_some_and(|held| held.is_empty());
                if is_idle || until.is_some_and(|until| Instant::now() >= until) {
                    self.end().await;
                }
            }
            Phase::Stopping => {}
        }
        self.feed();
    }

    fn tell(&mut self) {
        let status = self.status();
        if status != self.told {
            systemd::status(&status);
            self.told = status;
        }
    }

    fn status(&self) -> String {
        let mut down = Vec::new();
        self.root.tree().look().each(&mut |path, node| {
            if node.children.is_empty()
                && node.strategy.is_none()
                && !matches!(node.state, ChildState::Running | ChildState::Ignored)
            {
                down.push(format!("{path} is {}", node.state.as_str()));
            }
        });
        match () {
            () if !down.is_empty() => down.join(", "),
            () if !self.prepared.gate.has_catalogue() => "waiting for a catalogue".to_owned(),
            () if self.prepared.gate.is_paused() => "paused".to_owned(),
            () => "taking photos".to_owned(),
        }
    }

    /// Feeds the watchdog, if there is one and the root turns.
    fn feed(&mut self) {
        let due = self.feed_every.is_some_and(|every| self.fed_at.elapsed() >= every.min(LOOK));
        if due && self.root.turns(ROOT_SILENCE) {
            systemd::watchdog();
            self.fed_at = Instant::now();
        }
    }

    /// Gives back what is in hand; no attempt counts.
    async fn release(&self) {
        let held = self.in_hand().await;
        if held.is_empty() {
            return;
        }
        let (captures, now) = (held.len(), self.prepared.clock.now());
        let write = Write::new(move |tx| leases::release(tx, &held, now));
        match self.prepared.storage.send(write, RELEASE_TIMEOUT).await {
            Ok(Ok(())) => tracing::info!(captures, "given back"),
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "giving captures back failed; their leases will pass");
            }
            Err(error) => tracing::warn!(error = %chain(&error), "the writer did not answer; the leases will pass"),
        }
    }

    /// What is in hand, once a claim under way is known, which the writer may take its time for.
    async fn in_hand(&self) -> Vec<Held> {
        let until = Instant::now() + RELEASE_TIMEOUT;
        loop {
            match self.prepared.in_hand.all() {
                Some(held) => return held,
                None if Instant::now() >= until => {
                    tracing::warn!("the writer does not say what was claimed last; the leases will pass");
                    return self.prepared.in_hand.left_behind();
                }
                None => tokio::time::sleep(LOOK_OFTEN).await,
            }
        }
    }
}

/// Reads the settings again, applies what can be applied while running, and says what cannot.
fn reload(running: &Config, sources: &Sources, log: &LogHandle) {
    let fresh = match config::load(sources) {
        Ok(fresh) => fresh,
        Err(error) => return tracing::error!(%error, "the settings stay as they are"),
    };
    if let Err(error) = log.set_filter(&fresh.log.filter) {
        tracing::error!(error = %chain(&error), "log.filter stays as it is");
    }
    let comparable = Config { log: config::Log { filter: running.log.filter.clone(), ..fresh.log.clone() }, ..fresh };
    let changed = config::differences(running, &comparable);
    if changed.is_empty() {
        tracing::info!("the settings are read again");
    } else {
        tracing::warn!(settings = changed.join(", "), "these have changed and take effect with the next start");
    }
}
