//! The children of a supervisor that runs: threads as `domain::supervision` wants them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use cardmint_domain::supervision::{Action, ChildId, Exit, RuleError, Standing, Supervisor};

use super::abandoned;
use super::group::{GaveUp, Group, TICK};
use super::inbox::{AddError, Command};
use super::pulse::{Pulse, now_ms};
use super::spec::ChildSpec;
use super::thread::Thread;
use super::tree::{ChildState, ExitNote, Row};
use crate::clock::Clock;
use crate::telemetry::metrics;

/// Why a life of a supervisor is over.
pub(super) enum Over {
    /// Too much went wrong.
    GaveUp(GaveUp),
    /// The children that matter have ended.
    ShutDown,
}

struct Slot {
    spec: ChildSpec,
    /// Of the life at hand.
    thread: Option<Thread>,
    row: Row,
    /// Whether it was added while the supervisor ran.
    is_dynamic: bool,
}

impl Slot {
    /// Why this life is over although its thread goes on.
    fn hang(&self) -> Option<String> {
        let (pulse, timing) = (&self.thread.as_ref()?.pulse, &self.spec.timing);
        if pulse.is_started() {
            return pulse.is_silent(timing.hang_after).then(|| "gave no sign of life".to_owned());
        }
        let late = pulse.is_late_in_starting(timing.start_deadline);
        late.then(|| format!("did not come up within {} ms", timing.start_deadline.as_millis()))
    }

    fn state(&self, standing: Option<Standing>) -> ChildState {
        match (&self.thread, standing) {
            (Some(thread), _) if thread.pulse.is_asked_to_stop() => ChildState::Stopping,
            (Some(thread), _) if thread.pulse.is_started() => ChildState::Running,
            (Some(_), _) => ChildState::Starting,
            (None, Some(Standing::GivenUp)) => ChildState::GivenUp,
            (None, Some(Standing::Ignored)) => ChildState::Ignored,
            (None, Some(Standing::Due { .. })) => ChildState::Waiting,
            (None, _) => ChildState::Down,
        }
    }
}

/// Answers a request. Whoever asked may be gone; it is done all the same.
fn reply<T>(answer: &Sender<T>, value: T) {
    if answer.send(value).is_err() {
        tracing::debug!("nobody waits for the answer to a request any more");
    }
}

/// All children of one life of a supervisor. However that life ends, none of them outlives it as one that counts.
pub(super) struct Running<'g> {
    group: &'g Group,
    own: Arc<Pulse>,
    rules: Supervisor,
    slots: BTreeMap<ChildId, Slot>,
}

impl<'g> Running<'g> {
    /// With the children that the group was made with, to be started in their order.
    ///
    /// # Errors
    /// [`GaveUp`] where a child's rules do not go with the group's.
    pub(super) fn new(group: &'g Group, own: Arc<Pulse>) -> Result<Self, GaveUp> {
        let rules = Supervisor::new(group.policy);
        let mut running = Self { group, own, rules, slots: BTreeMap::new() };
        for spec in &group.specs {
            let child = spec.name.clone();
            running.add(spec.clone(), false).map_err(|error| GaveUp {
                supervisor: group.name.clone(),
                child,
                exit: Exit::Failed,
                reason: error.to_string(),
            })?;
        }
        Ok(running)
    }

    fn add(&mut self, spec: ChildSpec, is_dynamic: bool) -> Result<(), RuleError> {
        let id = self.rules.add(spec.rule, !is_dynamic)?;
        let row = Row::of(&spec);
        self.slots.insert(id, Slot { spec, thread: None, row, is_dynamic });
        Ok(())
    }

    pub(super) fn is_settled(&self) -> bool {
        self.rules.is_settled()
    }

    /// How long nothing is to be started.
    pub(super) fn next_due(&self) -> Duration {
        self.rules.wait_ms(now_ms()).map_or(TICK, |ms| Duration::from_millis(ms.max(1)))
    }

    pub(super) fn publish(&mut self) {
        metrics::set_abandoned_threads(&self.group.name, abandoned::of(&self.group.name));
        let slots = self.rules.children().filter_map(|(id, standing)| Some((self.slots.get(&id)?, standing)));
        let row = |(slot, standing): (&Slot, _)| Row { state: slot.state(Some(standing)), ..slot.row.clone() };
        let stop = self.slots.values().map(|slot| slot.spec.stop_timeout()).sum();
        self.group.board.write(slots.map(row).collect(), stop);
    }

    /// Does what is asked. The tree shows it before the answer is given.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Add(spec, answer) => {
                let is_taken = self.named(&spec.name).is_some();
                let added = if is_taken { Err(AddError::NameTaken) } else { Ok(self.add(*spec, true)) };
                self.publish();
                reply(&answer, added.and_then(|added| added.map_err(AddError::from)));
            }
            Command::Remove(name, answer) => {
                let id = self.named(&name);
                id.into_iter().for_each(|id| self.remove(id));
                self.publish();
                reply(&answer, id.is_some());
            }
            Command::Clear(answer) => {
                let is_dynamic = |id: &ChildId| self.slots.get(id).is_some_and(|slot| slot.is_dynamic);
                let dynamic: Vec<ChildId> = self.order().filter(is_dynamic).collect();
                dynamic.into_iter().rev().for_each(|id| self.remove(id));
                self.publish();
                reply(&answer, ());
            }
        }
    }

    fn named(&self, name: &str) -> Option<ChildId> {
        self.slots.iter().find(|(_, slot)| slot.spec.name == name).map(|(id, _)| *id)
    }

    fn remove(&mut self, id: ChildId) {
        self.stop(id);
        self.rules.remove(id);
        self.slots.remove(&id);
    }

    /// Everybody in the order of starting.
    fn order(&self) -> impl DoubleEndedIterator<Item = ChildId> {
        self.rules.children().map(|(id, _)| id)
    }

    /// Starts whoever is due.
    pub(super) fn start_due(&mut self) -> Result<(), Over> {
        while let Some(id) = self.rules.due(now_ms()) {
            self.start(id)?;
        }
        Ok(())
    }

    fn start(&mut self, id: ChildId) -> Result<(), Over> {
        self.rules.starting(id, now_ms());
        let Some(slot) = self.slots.get_mut(&id) else { return Ok(()) };
        match Thread::spawn(&slot.spec, &self.own) {
            Ok(thread) => {
                if slot.row.generation != 0 {
                    slot.row.restarts += 1;
                    metrics::child_restarted(&self.group.name);
                }
                slot.row.generation = thread.pulse.generation;
                tracing::debug!(child = slot.spec.name, generation = slot.row.generation, "started");
                slot.thread = Some(thread);
                Ok(())
            }
            Err(error) => self.ended(id, Exit::Failed, format!("starting a thread: {error}")),
        }
    }

    /// Looks for children that are up, have ended or hang.
    pub(super) fn reap(&mut self) -> Result<(), Over> {
        let order: Vec<ChildId> = self.order().collect();
        for id in order {
            if self.slots.get(&id).and_then(|slot| slot.thread.as_ref()).is_some_and(|thread| thread.pulse.is_started())
            {
                self.rules.up(id);
            }
            if let Some((exit, reason)) = self.end_of(id) {
                self.ended(id, exit, reason)?;
            }
        }
        Ok(())
    }

    /// How this child has ended, if it has; its thread is joined or abandoned then.
    fn end_of(&mut self, id: ChildId) -> Option<(Exit, String)> {
        let slot = self.slots.get_mut(&id)?;
        let hang = if slot.thread.as_ref()?.has_ended() { None } else { Some(slot.hang()?) };
        let thread = slot.thread.take()?;
        Some(match hang {
            None => thread.join(),
            Some(reason) => {
                self.abandon(id, thread);
                (Exit::Hung, reason)
            }
        })
    }

    fn abandon(&mut self, id: ChildId, thread: Thread) {
        let Some(slot) = self.slots.get(&id) else { return };
        tracing::error!(
            child = slot.spec.name,
            generation = thread.pulse.generation,
            "its thread hangs and is abandoned"
        );
        leave_behind(&self.group.name, slot, thread);
    }

    /// Does what follows from the end of a child.
    fn ended(&mut self, id: ChildId, exit: Exit, reason: String) -> Result<(), Over> {
        let Some(slot) = self.slots.get_mut(&id) else { return Ok(()) };
        slot.row.last_exit = Some(ExitNote { exit, reason: reason.clone(), at: Clock::System.now() });
        metrics::child_exited(&self.group.name, exit);
        let (child, generation) = (slot.spec.name.clone(), slot.row.generation);
        let actions = self.rules.ended(id, exit, now_ms(), rand::random());
        let next = self.rules.standing(id);
        if exit.is_clean() {
            tracing::info!(child, generation, exit = exit.as_str(), ?next, "a child has ended");
        } else {
            tracing::warn!(child, generation, exit = exit.as_str(), reason, ?next, "a child has ended");
        }
        for action in actions {
            match action {
                Action::Stop(id) => self.stop(id),
                Action::Forget(id) => drop(self.slots.remove(&id)),
                Action::ShutDown => return Err(Over::ShutDown),
                Action::Escalate => {
                    return Err(Over::GaveUp(GaveUp { supervisor: self.group.name.clone(), child, exit, reason }));
                }
            }
        }
        Ok(())
    }

    /// Stops everybody, in reverse.
    pub(super) fn stop_all(&mut self) {
        let order: Vec<ChildId> = self.order().rev().collect();
        order.into_iter().for_each(|id| self.stop(id));
        self.publish();
    }

    /// Stops a child and waits for it as long as it may take.
    fn stop(&mut self, id: ChildId) {
        if let Some(thread) = self.slots.get(&id).and_then(|slot| slot.thread.as_ref()) {
            thread.pulse.ask_to_stop();
            self.publish();
        }
        let Some(slot) = self.slots.get_mut(&id) else { return };
        let Some(thread) = slot.thread.take() else { return };
        let deadline = Instant::now() + slot.spec.stop_timeout();
        while !thread.has_ended() && Instant::now() < deadline {
            self.own.beat();
            std::thread::park_timeout(TICK);
        }
        if thread.has_ended() {
            let (exit, reason) = thread.join();
            slot.row.last_exit = Some(ExitNote { exit, reason, at: Clock::System.now() });
        } else {
            self.abandon(id, thread);
        }
    }
}

/// Gives a thread up and takes down whatever still points at it.
fn leave_behind(supervisor: &str, slot: &Slot, thread: Thread) {
    let generation = thread.pulse.generation;
    abandoned::add(supervisor, thread.abandon());
    if let Some(vacate) = &slot.spec.vacate {
        vacate(generation);
    }
}

/// A life that ends in a panic stops nobody; its children are late all the same, and end by themselves as soon as they can.
impl Drop for Running<'_> {
    fn drop(&mut self) {
        for slot in self.slots.values_mut() {
            if let Some(thread) = slot.thread.take() {
                leave_behind(&self.group.name, slot, thread);
            }
        }
    }
}
