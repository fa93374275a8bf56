//! A supervisor: a plain loop over its children.
//!
//! It waits for no child: a start is watched like everything else, so that one that takes long delays neither the others'
//! restarts nor a stop. Only stopping waits, in reverse order, for each child as long as that child may take.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cardmint_domain::errors::panic_message;
use cardmint_domain::supervision::{AutoShutdown, Exit, Policy};
use thiserror::Error;

use super::child::ChildContext;
use super::inbox::{Children, Inbox};
use super::pulse::Pulse;
use super::run::{Over, Running};
use super::spec::{ChildSpec, PERMANENT, Timing};
use super::tree::{Board, Tree};

/// Longest time the loop sleeps: how late a hang may be noticed. The end of a thread wakes it at once.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// A supervisor that used up its restarts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("supervisor {supervisor} gave up: {child} {exit}, once too often: {reason}", exit = .exit.as_str())]
pub struct GaveUp {
    /// Which supervisor.
    pub supervisor: String,
    /// Whose end was one too many.
    pub child: String,
    /// How it ended.
    pub exit: Exit,
    /// In words.
    pub reason: String,
}

/// A supervisor and its children, not running yet.
#[derive(Clone)]
pub struct Group {
    pub(super) name: String,
    pub(super) policy: Policy,
    pub(super) specs: Vec<ChildSpec>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) board: Arc<Board>,
}

impl Group {
    /// A supervisor without children.
    #[must_use]
    pub fn new(name: impl Into<String>, policy: Policy) -> Self {
        let name = name.into();
        let board = Board::new(name.clone(), policy.strategy);
        Self { name, policy, specs: Vec::new(), inbox: Arc::default(), board }
    }

    /// Which ends when significant children have ended by themselves.
    #[must_use]
    pub fn ending_with(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.policy.auto_shutdown = auto_shutdown;
        self
    }

    /// With one more child, started after those before it and stopped before them.
    #[must_use]
    pub fn child(mut self, spec: ChildSpec) -> Self {
        self.specs.push(spec);
        self
    }

    /// With these as further children.
    #[must_use]
    pub fn with_children(mut self, specs: impl IntoIterator<Item = ChildSpec>) -> Self {
        self.specs.extend(specs);
        self
    }

    /// Adds and removes children while it runs.
    #[must_use]
    pub fn children(&self) -> Children {
        Children { inbox: self.inbox.clone() }
    }

    /// Looks at it while it runs.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree { board: self.board.clone() }
    }

    /// As a child of another supervisor. It may take as long to stop as all its children together, and a little more; a start
    /// that never ends is a child's, and it deals with that itself.
    #[must_use]
    pub fn into_child(self) -> ChildSpec {
        let timing = Timing {
            start_deadline: Duration::from_secs(24 * 60 * 60),
            stop_timeout: Duration::from_secs(10),
            hang_after: Duration::from_secs(30),
        };
        ChildSpec {
            name: self.name.clone(),
            rule: PERMANENT,
            timing,
            vacate: None,
            waiting: None,
            board: Some(self.board.clone()),
            life: Arc::new(move |child| Ok(self.run(&child)?)),
        }
    }

    /// Starts it as the root of a tree. The calling thread is unparked when it is up and when it ends.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(self) -> std::io::Result<Root> {
        let (tree, pulse) = (self.tree(), Pulse::new(self.name.clone()));
        let child = ChildContext::new(pulse.clone());
        let handle = std::thread::Builder::new().name(self.name.chars().take(15).collect()).spawn(move || {
            let outcome = self.run(&child);
            child.pulse.mark_ended();
            outcome
        })?;
        Ok(Root { tree, pulse, handle })
    }

    /// One life of this supervisor, on the calling thread.
    fn run(&self, own: &ChildContext) -> Result<(), GaveUp> {
        let inbox = self.inbox.open();
        let mut running = Running::new(self, own.pulse.clone())?;
        loop {
            own.beat();
            if own.is_asked_to_stop() {
                running.stop_all();
                return Ok(());
            }
            inbox.take().into_iter().for_each(|command| running.obey(command));
            if let Err(over) = running.reap().and_then(|()| running.start_due()) {
                running.stop_all();
                return self.end(over);
            }
            if running.is_settled() {
                own.mark_started();
            }
            running.publish();
            std::thread::park_timeout(running.next_due().min(TICK));
        }
    }

    fn end(&self, over: Over) -> Result<(), GaveUp> {
        match over {
            Over::GaveUp(gave_up) => {
                tracing::error!(supervisor = self.name, error = %gave_up, "escalating");
                Err(gave_up)
            }
            Over::ShutDown => {
                tracing::info!(supervisor = self.name, "its significant children have ended, and so does it");
                Ok(())
            }
        }
    }
}

/// A running tree.
pub struct Root {
    tree: Tree,
    pulse: Arc<Pulse>,
    handle: JoinHandle<Result<(), GaveUp>>,
}

impl Root {
    /// Whether every child has come up once.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.pulse.is_started()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.pulse.has_ended() || self.handle.is_finished()
    }

    /// Whether the root's loop has turned within `allowed`.
    #[must_use]
    pub fn turns(&self, allowed: Duration) -> bool {
        !self.has_ended() && !self.pulse.is_silent(allowed)
    }

    /// Looks at it from any thread.
    #[must_use]
    pub fn tree(&self) -> Tree {
        self.tree.clone()
    }

    /// Asks it to stop everything in reverse and end.
    pub fn ask_to_stop(&self) {
        self.pulse.ask_to_stop();
    }

    /// Waits until it is up, has ended, or `most` has passed; answers whether it is up.
    #[must_use]
    pub fn wait_until_up(&self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        while !self.is_up() && !self.has_ended() && Instant::now() < deadline {
            std::thread::park_timeout(TICK);
        }
        self.is_up()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`GaveUp`] when it was not asked to.
    pub fn join(self) -> Result<(), GaveUp> {
        let name = self.pulse.name.clone();
        self.handle.join().unwrap_or_else(|payload| {
            let reason = panic_message(payload.as_ref());
            Err(GaveUp { supervisor: name.clone(), child: name, exit: Exit::Panicked, reason })
        })
    }
}
