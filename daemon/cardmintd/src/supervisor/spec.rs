//! What a supervisor is told about a child.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use actix::{Actor, Context};
use cardmint_domain::supervision::{ChildRule, Restart};

use super::child::ChildContext;
use super::reference::Ref;
use super::thread;
use super::tree::Board;

/// A child's limits in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Most time from the start of its thread until it is up.
    pub start_deadline: Duration,
    /// Most time for ending after having been asked; then it is abandoned.
    pub stop_timeout: Duration,
    /// Longest silence that is not taken for a hang.
    pub hang_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            start_deadline: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(5),
            hang_after: Duration::from_secs(10),
        }
    }
}

/// The life of a child, from the first line on its own thread to the last.
pub(super) type Life = Arc<dyn Fn(ChildContext) -> anyhow::Result<()> + Send + Sync>;

/// Takes down whatever still points at the life with this generation.
pub(super) type Vacate = Arc<dyn Fn(u64) + Send + Sync>;

/// What holds for a child of which nothing else is said.
pub(super) const PERMANENT: ChildRule = ChildRule { restart: Restart::Permanent, significant: false };

/// A child: its name, its limits, and how it is made anew each time.
#[derive(Clone)]
pub struct ChildSpec {
    pub(super) name: String,
    pub(super) rule: ChildRule,
    pub(super) timing: Timing,
    pub(super) life: Life,
    pub(super) vacate: Option<Vacate>,
    pub(super) waiting: Option<Arc<AtomicUsize>>,
    pub(super) board: Option<Arc<Board>>,
}

impl ChildSpec {
    /// An actor: bears the name of `reference`, through which it is reached. `make` runs on the child's own thread, for
    /// every life anew.
    #[must_use]
    pub fn actor<A: Actor<Context = Context<A>>>(
        reference: &Ref<A>,
        timing: Timing,
        make: impl Fn(ChildContext) -> anyhow::Result<A> + Send + Sync + 'static,
    ) -> Self {
        let (own, vacated) = (reference.clone(), reference.clone());
        let beat_every = beat_every(timing);
        Self {
            name: reference.name().to_owned(),
            rule: PERMANENT,
            timing,
            life: Arc::new(move |child| thread::run_actor(&child, &own, beat_every, &make)),
            vacate: Some(Arc::new(move |generation| vacated.set_down(generation))),
            waiting: Some(reference.waiting()),
            board: None,
        }
    }

    /// A future on a runtime of its own. It is up when it says so ([`ChildContext::mark_started`]); beats come by
    /// themselves while its thread is not blocked. It has to end by itself, within `stop_timeout`, once
    /// [`ChildContext::asked_to_stop`] resolves.
    #[must_use]
    pub fn task<F: Future<Output = anyhow::Result<()>> + 'static>(
        name: impl Into<String>,
        timing: Timing,
        make: impl Fn(ChildContext) -> F + Send + Sync + 'static,
    ) -> Self {
        let beat_every = beat_every(timing);
        Self {
            name: name.into(),
            rule: PERMANENT,
            timing,
            life: Arc::new(move |child| thread::run_task(&child, beat_every, &make)),
            vacate: None,
            waiting: None,
            board: None,
        }
    }

    /// The same child, restarted under another rule than [`Restart::Permanent`].
    #[must_use]
    pub fn restarted(mut self, restart: Restart) -> Self {
        self.rule.restart = restart;
        self
    }

    /// The same child, whose end by itself may end its supervisor
    /// ([`cardmint_domain::supervision::AutoShutdown`]).
    #[must_use]
    pub fn significant(mut self) -> Self {
        self.rule.significant = true;
        self
    }

    /// How long it may take to stop: a supervisor, as long as its children together and a little more.
    pub(super) fn stop_timeout(&self) -> Duration {
        self.board.as_ref().map_or(self.timing.stop_timeout, |board| board.stop_timeout() + self.timing.stop_timeout)
    }

    /// Its name in the tree.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Often enough that a few lost beats are no hang, seldom enough to cost nothing.
fn beat_every(timing: Timing) -> Duration {
    (timing.hang_after / 8).clamp(Duration::from_millis(5), Duration::from_millis(500))
}
