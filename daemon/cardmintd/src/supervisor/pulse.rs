//! A child's sign of life, shared by its thread, which gives it, and its supervisor, which watches it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Numbers the lives of all children of the process, so that no two ever share one.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// Milliseconds since this function was first called; never goes back.
pub(super) fn now_ms() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// One life of one child.
#[derive(Debug)]
pub(super) struct Pulse {
    pub(super) name: String,
    pub(super) generation: u64,
    pub(super) born_ms: u64,
    supervisor: Thread,
    beat_ms: AtomicU64,
    /// Until when silence is legal; 0 when it is not.
    busy_until_ms: AtomicU64,
    started: AtomicBool,
    current: AtomicBool,
    /// Whether the thread is about to end.
    ended: AtomicBool,
    end: watch::Sender<End>,
}

/// Why this life is to end although its thread goes on.
#[derive(Debug, Default)]
struct End {
    asked: bool,
    failure: Option<Failure>,
}

/// Why a child ends itself.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// It says that it failed.
    Failed(String),
    /// A task that it had detached panicked.
    Panicked(String),
}

impl Pulse {
    /// A new life, watched by the calling thread.
    pub(super) fn new(name: String) -> Arc<Self> {
        let now = now_ms();
        Arc::new(Self {
            name,
            generation: GENERATIONS.fetch_add(1, Ordering::SeqCst),
            born_ms: now,
            supervisor: std::thread::current(),
            beat_ms: AtomicU64::new(now),
            busy_until_ms: AtomicU64::new(0),
            started: AtomicBool::new(false),
            current: AtomicBool::new(true),
            ended: AtomicBool::new(false),
            end: watch::Sender::new(End::default()),
        })
    }

    pub(super) fn beat(&self) {
        self.beat_ms.store(now_ms(), Ordering::SeqCst);
    }

    /// Declares silence legal for `most` from now on; nested declarations extend each other.
    pub(super) fn busy(self: &Arc<Self>, most: Duration) -> Busy {
        let until = now_ms().saturating_add(u64::try_from(most.as_millis()).unwrap_or(u64::MAX));
        let before = self.busy_until_ms.fetch_max(until, Ordering::SeqCst);
        Busy { pulse: self.clone(), before }
    }

    /// Whether it has been silent for longer than `allowed` or than it had declared.
    pub(super) fn is_silent(&self, allowed: Duration) -> bool {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        let patience = self.beat_ms.load(Ordering::SeqCst).saturating_add(allowed);
        now_ms() > patience.max(self.busy_until_ms.load(Ordering::SeqCst))
    }

    /// Whether it is not up although it should be, and has not declared to be busy.
    pub(super) fn is_late_in_starting(&self, allowed: Duration) -> bool {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        let deadline = self.born_ms.saturating_add(allowed);
        !self.is_started() && now_ms() > deadline.max(self.busy_until_ms.load(Ordering::SeqCst))
    }

    pub(super) fn mark_started(&self) {
        if !self.started.swap(true, Ordering::SeqCst) {
            self.beat();
            self.wake_supervisor();
        }
    }

    pub(super) fn is_started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    pub(super) fn ask_to_stop(&self) {
        self.end.send_modify(|end| end.asked = true);
    }

    pub(super) fn is_asked_to_stop(&self) -> bool {
        self.end.borrow().asked
    }

    /// Resolves once the child is asked to stop.
    pub(super) async fn asked_to_stop(&self) {
        self.end_where(|end| end.asked).await;
    }

    /// Resolves once there is any reason to end.
    pub(super) async fn over(&self) {
        self.end_where(|end| end.asked || end.failure.is_some()).await;
    }

    /// Resolves once the life has failed without its thread having ended.
    pub(super) async fn failed(&self) {
        self.end_where(|end| end.failure.is_some()).await;
    }

    async fn end_where(&self, reached: impl FnMut(&End) -> bool) {
        // The sender lives as long as `self`, so that waiting never ends for another reason.
        drop(self.end.subscribe().wait_for(reached).await);
    }

    /// Ends this life; the first reason stays.
    pub(super) fn fail(&self, failure: Failure) {
        self.end.send_modify(|end| {
            end.failure.get_or_insert(failure);
        });
        self.wake_supervisor();
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.end.borrow().failure.clone()
    }

    /// The last thing a thread does.
    pub(super) fn mark_ended(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.wake_supervisor();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// From now on whatever this life still does is late.
    pub(super) fn retire(&self) {
        self.current.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_current(&self) -> bool {
        self.current.load(Ordering::SeqCst)
    }

    pub(super) fn wake_supervisor(&self) {
        self.supervisor.unpark();
    }
}

/// A declared stay in code that cannot beat. Ends when dropped.
#[derive(Debug)]
#[must_use = "the declaration ends as soon as this is dropped"]
pub struct Busy {
    pulse: Arc<Pulse>,
    before: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.pulse.beat();
        self.pulse.busy_until_ms.store(self.before, Ordering::SeqCst);
    }
}
