//! A child's sign of life, shared by its thread, which gives it, and its supervisor, which watches it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
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
    /// Until when silence is legal, for each stay that was declared.
    busy: Mutex<BTreeMap<u64, u64>>,
    /// Numbers the declared stays.
    stays: AtomicU64,
    started: AtomicBool,
    current: AtomicBool,
    /// Whether it had nothing to do.
    declined: AtomicBool,
    /// Whether the thread is about to end.
    ended: AtomicBool,
    end: watch::Sender<End>,
    /// The lives of its children, by generation, where it is a supervisor's.
    children: Mutex<BTreeMap<u64, Weak<Self>>>,
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
    /// A new life, watched by the calling thread, which is that of the life `of`. It is late when that one is.
    pub(super) fn child_of(of: &Arc<Self>, name: String) -> Arc<Self> {
        let child = Self::new(name);
        let mut children = of.lock_children();
        children.retain(|_, known| known.strong_count() > 0);
        children.insert(child.generation, Arc::downgrade(&child));
        drop(children);
        if !of.is_current() {
            child.retire();
        }
        child
    }

    /// A new life, watched by the calling thread.
    pub(super) fn new(name: String) -> Arc<Self> {
        let now = now_ms();
        Arc::new(Self {
            name,
            generation: GENERATIONS.fetch_add(1, Ordering::SeqCst),
            born_ms: now,
            supervisor: std::thread::current(),
            beat_ms: AtomicU64::new(now),
            busy: Mutex::default(),
            stays: AtomicU64::new(0),
            started: AtomicBool::new(false),
            current: AtomicBool::new(true),
            declined: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            end: watch::Sender::new(End::default()),
            children: Mutex::default(),
        })
    }

    pub(super) fn beat(&self) {
        self.beat_ms.store(now_ms(), Ordering::SeqCst);
    }

    /// Declares silence legal for `most` from now on; of several declarations the longest counts.
    pub(super) fn busy(self: &Arc<Self>, most: Duration) -> Busy {
        let until = now_ms().saturating_add(u64::try_from(most.as_millis()).unwrap_or(u64::MAX));
        let stay = self.stays.fetch_add(1, Ordering::SeqCst);
        self.lock_busy().insert(stay, until);
        Busy { pulse: self.clone(), stay }
    }

    /// Until when silence is legal; 0 when it is not.
    fn busy_until_ms(&self) -> u64 {
        self.lock_busy().values().copied().max().unwrap_or(0)
    }

    /// Whether it has been silent for longer than `allowed` or than it had declared.
    pub(super) fn is_silent(&self, allowed: Duration) -> bool {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        let patience = self.beat_ms.load(Ordering::SeqCst).saturating_add(allowed);
        now_ms() > patience.max(self.busy_until_ms())
    }

    /// Whether it is not up although it should be, and has not declared to be busy.
    pub(super) fn is_late_in_starting(&self, allowed: Duration) -> bool {
        let allowed = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        let deadline = self.born_ms.saturating_add(allowed);
        !self.is_started() && now_ms() > deadline.max(self.busy_until_ms())
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

    /// From now on whatever this life still does is late, and so is what its children do; all are asked to end.
    pub(super) fn retire(&self) {
        self.current.store(false, Ordering::SeqCst);
        self.ask_to_stop();
        let children: Vec<Arc<Self>> = self.lock_children().values().filter_map(Weak::upgrade).collect();
        children.iter().for_each(|child| child.retire());
    }

    /// There is nothing for it to do.
    pub(super) fn decline(&self) {
        self.declined.store(true, Ordering::SeqCst);
    }

    pub(super) fn has_declined(&self) -> bool {
        self.declined.load(Ordering::SeqCst)
    }

    pub(super) fn is_current(&self) -> bool {
        self.current.load(Ordering::SeqCst)
    }

    pub(super) fn wake_supervisor(&self) {
        self.supervisor.unpark();
    }

    fn lock_busy(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_children(&self) -> MutexGuard<'_, BTreeMap<u64, Weak<Self>>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A declared stay in code that cannot beat. Ends when dropped.
#[derive(Debug)]
#[must_use = "the declaration ends as soon as this is dropped"]
pub struct Busy {
    pulse: Arc<Pulse>,
    stay: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.pulse.beat();
        self.pulse.lock_busy().remove(&self.stay);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn declared_stays_may_end_in_any_order() {
        let pulse = Pulse::new("child".to_owned());
        let is_silent = || pulse.beat_ms.store(0, Ordering::SeqCst);
        let (long, longer) = (pulse.busy(LONG), pulse.busy(2 * LONG));
        drop(long);
        is_silent();
        std::thread::park_timeout(Duration::from_millis(2));
        assert!(!pulse.is_silent(Duration::ZERO), "the longer stay was cut short");
        let short = pulse.busy(Duration::ZERO);
        drop(longer);
        is_silent();
        std::thread::park_timeout(Duration::from_millis(2));
        assert!(pulse.is_silent(Duration::ZERO));
        drop(short);
        assert_eq!(pulse.busy_until_ms(), 0);
    }

    #[test]
    fn children_are_late_with_their_supervisor() {
        let root = Pulse::new("root".to_owned());
        let group = Pulse::child_of(&root, "group".to_owned());
        let child = Pulse::child_of(&group, "child".to_owned());
        let other = Pulse::child_of(&root, "other".to_owned());
        group.retire();
        assert!(!child.is_current() && child.is_asked_to_stop());
        assert!(root.is_current() && other.is_current() && !other.is_asked_to_stop());
        assert!(!Pulse::child_of(&group, "late".to_owned()).is_current());
    }
}
