//! A child's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use actix::fut::wrap_future;
use actix::{Actor, AsyncContext, Context};
use anyhow::Context as _;
use cardmint_domain::errors::{chain, panic_message};
use cardmint_domain::supervision::Exit;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use super::child::ChildContext;
use super::panics;
use super::pulse::{Failure, Pulse};
use super::reference::Ref;
use super::spec::ChildSpec;

/// A child's life as its supervisor holds it.
pub(super) struct Thread {
    pub(super) pulse: Arc<Pulse>,
    handle: JoinHandle<()>,
    outcome: Arc<Mutex<Option<Outcome>>>,
}

/// How the code of a life ended.
enum Outcome {
    Returned,
    Failed(String),
    Panicked(String),
}

impl Thread {
    /// Starts a new life, for the life of its supervisor.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn spawn(spec: &ChildSpec, supervisor: &Arc<Pulse>) -> std::io::Result<Self> {
        let pulse = Pulse::child_of(supervisor, spec.name.clone());
        let (life, own) = (spec.life.clone(), pulse.clone());
        let outcome = Arc::new(Mutex::new(None));
        let report = outcome.clone();
        let handle = std::thread::Builder::new().name(spec.name.chars().take(15).collect()).spawn(move || {
            panics::adopt(own.clone());
            let ended = match catch_unwind(AssertUnwindSafe(|| life(ChildContext::new(own.clone())))) {
                Ok(Ok(())) => Outcome::Returned,
                Ok(Err(error)) => Outcome::Failed(chain(error.as_ref())),
                Err(payload) => Outcome::Panicked(format!("panicked: {}", panic_message(payload.as_ref()))),
            };
            *report.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
            own.mark_ended();
        })?;
        Ok(Self { pulse, handle, outcome })
    }

    /// Whether the thread is about to end or has.
    pub(super) fn has_ended(&self) -> bool {
        self.pulse.has_ended() || self.handle.is_finished()
    }

    /// Waits for the thread, which has ended or is about to, and says how the life ended.
    pub(super) fn join(self) -> (Exit, String) {
        let joined = self.handle.join();
        let reported = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        let outcome = match (reported, joined) {
            (Some(outcome), _) => outcome,
            (None, Err(payload)) => Outcome::Panicked(panic_message(payload.as_ref())),
            (None, Ok(())) => Outcome::Failed("its thread ended without a report".to_owned()),
        };
        let asked = self.pulse.is_asked_to_stop();
        match (self.pulse.failure(), outcome) {
            // The hook knows the place as well.
            (Some(Failure::Panicked(why)), _) | (None, Outcome::Panicked(why)) => (Exit::Panicked, why),
            (Some(Failure::Failed(_)), Outcome::Panicked(why)) => (Exit::Panicked, why),
            (Some(Failure::Failed(why)), _) | (None, Outcome::Failed(why)) => (Exit::Failed, why),
            (None, Outcome::Returned) if self.pulse.has_declined() => (Exit::Ignored, "has nothing to do".to_owned()),
            (None, Outcome::Returned) if asked => (Exit::Asked, "was asked to end".to_owned()),
            (None, Outcome::Returned) => (Exit::Returned, "returned by itself".to_owned()),
        }
    }

    /// Gives the thread up; whatever it still does is late from now on.
    pub(super) fn abandon(self) -> JoinHandle<()> {
        self.pulse.retire();
        self.handle
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("making a runtime")
}

/// Runs a future as the root of this thread, until it ends or `over` does.
fn run(life: impl Future<Output = anyhow::Result<()>>, over: impl Future<Output = ()>) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let local = LocalSet::new();
    let outcome = local.block_on(&runtime, async {
        tokio::select! { outcome = life => outcome, () = over => Ok(()) }
    });
    drop(local);
    // Never wait for what is stuck in `spawn_blocking`.
    runtime.shutdown_background();
    outcome
}

/// One life of an actor.
pub(super) fn run_actor<A: Actor<Context = Context<A>>>(
    child: &ChildContext,
    reference: &Ref<A>,
    beat_every: Duration,
    make: &(impl Fn(ChildContext) -> anyhow::Result<A> + ?Sized),
) -> anyhow::Result<()> {
    let _down = Down { reference, generation: child.generation() };
    let life = async {
        let actor = make(child.clone())?;
        let mut ctx = Context::new();
        let beating = child.clone();
        ctx.run_interval(beat_every, move |_, _| beating.beat());
        let (up, address, name) = (child.clone(), ctx.address(), reference.clone());
        // Polled after `started`, so that nobody reaches the actor before it is up.
        ctx.spawn(wrap_future(async move {
            name.set_up(up.generation(), address);
            if !up.is_current() {
                name.set_down(up.generation());
            }
            up.mark_started();
        }));
        ctx.into_future(actor).await;
        Ok(())
    };
    run(life, child.pulse.over())
}

/// Takes an actor's address down, however its life ends.
struct Down<'a, A: Actor> {
    reference: &'a Ref<A>,
    generation: u64,
}

impl<A: Actor> Drop for Down<'_, A> {
    fn drop(&mut self) {
        self.reference.set_down(self.generation);
    }
}

/// One life of a task.
pub(super) fn run_task<F: Future<Output = anyhow::Result<()>>>(
    child: &ChildContext,
    beat_every: Duration,
    make: &(impl Fn(ChildContext) -> F + ?Sized),
) -> anyhow::Result<()> {
    let life = async {
        let mut beats = tokio::time::interval(beat_every);
        let mut life = std::pin::pin!(make(child.clone()));
        loop {
            tokio::select! {
                outcome = &mut life => return outcome,
                _ = beats.tick() => child.beat(),
            }
        }
    };
    // Asked to end, it ends by itself.
    run(life, child.pulse.failed())
}
