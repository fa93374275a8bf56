//! A world in which starting and stopping takes no time, and time passes when it is told to.

use std::collections::{BTreeMap, BTreeSet};

use cardmint_domain::supervision::{
    Action, AutoShutdown, Backoff, ChildId, ChildRule, Exhausted, Exit, Policy, Restart, RuleError, Standing, Strategy,
    Supervisor,
};

/// Two restarts a second, each after a wait of a millisecond.
pub(crate) const POLICY: Policy = Policy {
    strategy: Strategy::OneForOne,
    max_restarts: 2,
    period_ms: 1_000,
    exhausted: Exhausted::Escalate,
    auto_shutdown: AutoShutdown::Never,
    backoff: Backoff { base_ms: 1, cap_ms: 1, stable_ms: 1_000_000 },
};

pub(crate) const fn policy(strategy: Strategy) -> Policy {
    Policy { strategy, ..POLICY }
}

/// How a supervisor ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Failed,
    Clean,
}

pub(crate) struct World {
    supervisor: Supervisor,
    names: BTreeMap<ChildId, &'static str>,
    /// With the number of its life.
    alive: BTreeMap<ChildId, u32>,
    lives: u32,
    /// How many more starts of whom fail.
    broken: BTreeMap<&'static str, u32>,
    /// Who finds nothing to do.
    idle: BTreeSet<&'static str>,
    now_ms: u64,
    said: Vec<String>,
    pub(crate) end: Option<End>,
}

impl World {
    /// With permanent children of these names, all up.
    pub(crate) fn of(policy: Policy, names: &[&'static str]) -> Self {
        let mut world = Self::new(policy);
        for name in names {
            world.add(name, Restart::Permanent, false).unwrap();
        }
        world.run();
        world.said();
        world
    }

    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            supervisor: Supervisor::new(policy),
            names: BTreeMap::new(),
            alive: BTreeMap::new(),
            lives: 0,
            broken: BTreeMap::new(),
            idle: BTreeSet::new(),
            now_ms: 0,
            said: Vec::new(),
            end: None,
        }
    }

    pub(crate) fn add(&mut self, name: &'static str, restart: Restart, significant: bool) -> Result<(), RuleError> {
        let id = self.supervisor.add(ChildRule { restart, significant }, true)?;
        self.names.insert(id, name);
        Ok(())
    }

    /// The next `times` starts of it fail.
    pub(crate) fn breaks(&mut self, name: &'static str, times: u32) {
        self.broken.insert(name, times);
    }

    /// It finds nothing to do from now on.
    pub(crate) fn idles(&mut self, name: &'static str) {
        self.idle.insert(name);
    }

    /// Starts whoever is due, and lets time pass for whoever waits, until nothing is left to do.
    pub(crate) fn run(&mut self) {
        while self.end.is_none() {
            if let Some(id) = self.supervisor.due(self.now_ms) {
                self.start(id);
            } else if let Some(wait) = self.supervisor.wait_ms(self.now_ms).filter(|wait| *wait > 0) {
                self.now_ms += wait;
            } else {
                return;
            }
        }
    }

    fn start(&mut self, id: ChildId) {
        let name = self.names[&id];
        self.supervisor.starting(id, self.now_ms);
        let left = self.broken.get_mut(name).filter(|left| **left > 0);
        if let Some(left) = left {
            *left -= 1;
            self.said.push(format!("!{name}"));
            return self.follow(id, Exit::Failed);
        }
        if self.idle.contains(name) {
            self.said.push(format!("~{name}"));
            return self.follow(id, Exit::Ignored);
        }
        self.said.push(format!("+{name}"));
        self.lives += 1;
        self.alive.insert(id, self.lives);
        self.supervisor.up(id);
    }

    /// The child of this name ends by itself, and everything that follows happens.
    pub(crate) fn ends(&mut self, name: &str, exit: Exit) {
        self.ends_at_once(name, exit);
        self.run();
    }

    /// The same, but nobody is started yet.
    pub(crate) fn ends_at_once(&mut self, name: &str, exit: Exit) {
        let id = self.id(name).unwrap();
        self.alive.remove(&id).unwrap();
        self.follow(id, exit);
    }

    fn follow(&mut self, id: ChildId, exit: Exit) {
        for action in self.supervisor.ended(id, exit, self.now_ms, 1.0) {
            match action {
                Action::Stop(id) => self.stop(id),
                Action::Forget(id) => drop(self.names.remove(&id)),
                Action::Escalate => self.close(End::Failed),
                Action::ShutDown => self.close(End::Clean),
            }
        }
    }

    /// Stops everybody in reverse.
    pub(crate) fn close(&mut self, end: End) {
        let everybody: Vec<ChildId> = self.supervisor.children().map(|(id, _)| id).rev().collect();
        everybody.into_iter().for_each(|id| self.stop(id));
        self.end = Some(end);
    }

    fn stop(&mut self, id: ChildId) {
        if self.alive.remove(&id).is_some() {
            self.said.push(format!("-{}", self.names[&id]));
        }
    }

    /// An operator has the child of this name stopped and forgotten.
    pub(crate) fn remove(&mut self, name: &str) {
        let id = self.id(name).unwrap();
        self.stop(id);
        self.supervisor.remove(id);
        self.names.remove(&id);
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    /// Which life it is in; `None` while it is not alive.
    pub(crate) fn life(&self, name: &str) -> Option<u32> {
        self.alive.get(&self.id(name)?).copied()
    }

    pub(crate) fn standing(&self, name: &str) -> Option<Standing> {
        self.supervisor.standing(self.id(name)?)
    }

    pub(crate) fn count(&self) -> usize {
        self.supervisor.children().count()
    }

    /// Starts `+`, stops `-`, starts that failed `!`, and children that found nothing to do `~`, since the last time.
    pub(crate) fn said(&mut self) -> String {
        std::mem::take(&mut self.said).join(" ")
    }

    fn id(&self, name: &str) -> Option<ChildId> {
        self.names.iter().find(|(_, known)| **known == name).map(|(id, _)| *id)
    }
}
