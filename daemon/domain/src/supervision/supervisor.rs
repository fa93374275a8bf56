//! One supervisor's children and what follows from what happens to them.

use std::ops::Range;

use super::backoff::FailureRow;
use super::window::RestartLog;
use super::{AutoShutdown, ChildRule, Exhausted, Exit, Policy, Restart, RuleError, Strategy};

/// Names a child within its supervisor; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChildId(u64);

/// Where a child stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// To be started.
    Due {
        /// Not before.
        at_ms: u64,
        /// Not before everybody ahead of it is up or done, either.
        in_turn: bool,
    },
    /// It was started and is not up yet.
    Starting {
        /// Since when.
        since_ms: u64,
    },
    /// It is up.
    Up {
        /// When it was started.
        since_ms: u64,
    },
    /// It has ended for good, unless it is restarted with the others.
    Down,
    /// It had nothing to do; the same holds.
    Ignored,
    /// It used up its restarts.
    GivenUp,
}

impl Standing {
    /// Whether those behind it need not wait for it.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Due { .. } | Self::Starting { .. })
    }

    /// Whether it was started and has not ended.
    const fn is_alive(self) -> bool {
        matches!(self, Self::Starting { .. } | Self::Up { .. })
    }

    /// Whether it is alive or will be started.
    const fn is_coming(self) -> bool {
        self.is_alive() || matches!(self, Self::Due { .. })
    }
}

/// What is to be done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Stop it and wait until it has ended; its end is not to be told.
    Stop(ChildId),
    /// It is gone from the supervisor.
    Forget(ChildId),
    /// Stop everybody in reverse and end with a failure.
    Escalate,
    /// Stop everybody in reverse and end without one.
    ShutDown,
}

#[derive(Debug, Clone)]
struct Child {
    id: ChildId,
    rule: ChildRule,
    standing: Standing,
    failures: FailureRow,
    /// Its own restarts, where each child's are counted by themselves.
    log: RestartLog,
}

/// One life of a supervisor.
#[derive(Debug, Clone)]
pub struct Supervisor {
    policy: Policy,
    /// In the order of starting.
    children: Vec<Child>,
    log: RestartLog,
    next: u64,
}

impl Supervisor {
    /// A supervisor without children.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, children: Vec::new(), log: RestartLog::default(), next: 0 }
    }

    /// Takes one more child, behind all others; it is due. `in_turn`: not before everybody ahead of it is up.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn add(&mut self, rule: ChildRule, in_turn: bool) -> Result<ChildId, RuleError> {
        match rule {
            ChildRule { restart: Restart::Permanent, significant: true } => {
                return Err(RuleError::PermanentSignificant);
            }
            ChildRule { significant: true, .. } if self.policy.auto_shutdown == AutoShutdown::Never => {
                return Err(RuleError::NoAutoShutdown);
            }
            ChildRule { .. } => {}
        }
        let id = ChildId(self.next);
        self.next += 1;
        let standing = Standing::Due { at_ms: 0, in_turn };
        let (failures, log) = (FailureRow::default(), RestartLog::default());
        self.children.push(Child { id, rule, standing, failures, log });
        Ok(id)
    }

    /// Everybody in the order of starting, and where each stands.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = (ChildId, Standing)> {
        self.children.iter().map(|child| (child.id, child.standing))
    }

    /// Where a child stands; `None` where it is not known (any more).
    #[must_use]
    pub fn standing(&self, id: ChildId) -> Option<Standing> {
        self.place(id).map(|place| self.children[place].standing)
    }

    /// Whether everybody is up or done.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.children.iter().all(|child| child.standing.is_settled())
    }

    /// Whoever is to be started now, one at a time.
    #[must_use]
    pub fn due(&self, now_ms: u64) -> Option<ChildId> {
        self.waiting().find(|(_, at_ms)| now_ms >= *at_ms).map(|(id, _)| id)
    }

    /// How long until somebody is due; `None` while nobody waits for a time alone.
    #[must_use]
    pub fn wait_ms(&self, now_ms: u64) -> Option<u64> {
        self.waiting().map(|(_, at_ms)| at_ms.saturating_sub(now_ms)).min()
    }

    /// Those who wait for nothing but a time, with it.
    fn waiting(&self) -> impl Iterator<Item = (ChildId, u64)> {
        let mut is_all_settled = true;
        self.children.iter().filter_map(move |child| {
            let was_settled = is_all_settled;
            is_all_settled &= child.standing.is_settled();
            match child.standing {
                Standing::Due { at_ms, in_turn } if was_settled || !in_turn => Some((child.id, at_ms)),
                _ => None,
            }
        })
    }

    /// It is being started.
    pub fn starting(&mut self, id: ChildId, now_ms: u64) {
        self.put(id, Standing::Starting { since_ms: now_ms });
    }

    /// It says that it is up.
    pub fn up(&mut self, id: ChildId) {
        if let Some(Standing::Starting { since_ms }) = self.standing(id) {
            self.put(id, Standing::Up { since_ms });
        }
    }

    /// It has ended by itself, or could not be started. `chance` is a drawn number from 0 to 1.
    pub fn ended(&mut self, id: ChildId, exit: Exit, now_ms: u64, chance: f64) -> Vec<Action> {
        let Some(place) = self.place(id) else { return Vec::new() };
        let is_final = match self.children[place].rule.restart {
            Restart::Temporary => true,
            Restart::Transient => exit.is_clean(),
            Restart::Permanent => exit == Exit::Ignored,
        };
        if is_final { self.is_done(place, exit) } else { self.has_failed(place, now_ms, chance) }
    }

    /// Forgets a child that its caller has stopped, or stops and forgets. Nothing follows from it.
    pub fn remove(&mut self, id: ChildId) {
        self.children.retain(|child| child.id != id);
    }

    /// The child at `place` is not started again for its own sake.
    fn is_done(&mut self, place: usize, exit: Exit) -> Vec<Action> {
        let Child { id, rule, .. } = self.children[place];
        let mut actions = Vec::new();
        if rule.restart == Restart::Temporary {
            self.children.remove(place);
            actions.push(Action::Forget(id));
        } else {
            self.children[place].standing = if exit == Exit::Ignored { Standing::Ignored } else { Standing::Down };
        }
        let is_missed = rule.significant && exit != Exit::Ignored;
        let others = || self.children.iter().any(|child| child.rule.significant && child.standing.is_coming());
        let is_end = match self.policy.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::AnySignificant => is_missed,
            AutoShutdown::AllSignificant => is_missed && !others(),
        };
        actions.extend(is_end.then_some(Action::ShutDown));
        actions
    }

    /// The child at `place` is to be started again, as long as there were not too many restarts.
    fn has_failed(&mut self, place: usize, now_ms: u64, chance: f64) -> Vec<Action> {
        let (policy, child) = (self.policy, &mut self.children[place]);
        let ran_ms = match child.standing {
            Standing::Starting { since_ms } | Standing::Up { since_ms } => now_ms.saturating_sub(since_ms),
            _ => 0,
        };
        let log = match policy.exhausted {
            Exhausted::Escalate => &mut self.log,
            Exhausted::LeaveDown => &mut child.log,
        };
        if !log.allows(now_ms, &policy) {
            child.standing = Standing::GivenUp;
            let escalates = policy.exhausted == Exhausted::Escalate;
            return escalates.then_some(Action::Escalate).into_iter().collect();
        }
        let wait_ms = policy.backoff.wait_ms(child.failures.count(ran_ms, &policy.backoff), chance);
        // It has ended, and is not to be stopped.
        child.standing = Standing::Down;
        let with_it = match policy.strategy {
            Strategy::OneForOne => place..place + 1,
            Strategy::OneForAll => 0..self.children.len(),
            Strategy::RestForOne => place..self.children.len(),
        };
        self.restart(with_it, now_ms.saturating_add(wait_ms))
    }

    /// Stops those at `places` that live, in reverse, and has all of them started again in order; temporary ones are
    /// forgotten instead.
    fn restart(&mut self, places: Range<usize>, at_ms: u64) -> Vec<Action> {
        let in_turn = places.len() > 1;
        let mut actions = Vec::new();
        for place in places.rev() {
            let Child { id, rule, standing, .. } = self.children[place];
            actions.extend(standing.is_alive().then_some(Action::Stop(id)));
            if rule.restart == Restart::Temporary {
                self.children.remove(place);
                actions.push(Action::Forget(id));
            } else {
                self.children[place].standing = Standing::Due { at_ms, in_turn };
            }
        }
        actions
    }

    fn put(&mut self, id: ChildId, standing: Standing) {
        if let Some(place) = self.place(id) {
            self.children[place].standing = standing;
        }
    }

    fn place(&self, id: ChildId) -> Option<usize> {
        self.children.iter().position(|child| child.id == id)
    }
}
