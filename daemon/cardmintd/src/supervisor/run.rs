//! The children of a supervisor that runs.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cardmint_domain::supervision::{Ended, Exit, FailureRow, Restart, RestartLog, Verdict, on_exit};

use super::group::{GaveUp, Group, TICK};
use super::inbox::{AddError, Command};
use super::pulse::{Pulse, now_ms};
use super::spec::ChildSpec;
use super::thread::Thread;
use super::tree::{ChildState, ExitNote, Row};
use crate::clock::Clock;
use crate::telemetry::metrics;

/// Where a child stands, for its supervisor.
enum Life {
    /// To be started at `at_ms`; `in_turn`: not before everybody ahead of it is up.
    Due { at_ms: u64, in_turn: bool },
    /// Its thread runs.
    Alive(Thread),
    /// Done, for ever or until it is restarted with the others.
    Over(ChildState),
}

struct Slot {
    spec: ChildSpec,
    life: Life,
    row: Row,
    failures: FailureRow,
    log: RestartLog,
    born_ms: u64,
}

impl Slot {
    fn new(spec: ChildSpec, in_turn: bool) -> Self {
        let row = Row::of(&spec);
        let life = Life::Due { at_ms: 0, in_turn };
        Self { spec, life, row, failures: FailureRow::default(), log: RestartLog::default(), born_ms: 0 }
    }

    fn is_settled(&self) -> bool {
        match &self.life {
            Life::Due { .. } => false,
            Life::Alive(thread) => thread.pulse.is_started(),
            Life::Over(_) => true,
        }
    }

    /// Why this life is over although its thread goes on.
    fn hang(&self) -> Option<String> {
        let Life::Alive(thread) = &self.life else { return None };
        let (pulse, timing) = (&thread.pulse, &self.spec.timing);
        if pulse.is_started() {
            return pulse.is_silent(timing.hang_after).then(|| "gave no sign of life".to_owned());
        }
        let late = pulse.is_late_in_starting(timing.start_deadline);
        late.then(|| format!("did not come up within {} ms", timing.start_deadline.as_millis()))
    }

    fn state(&self) -> ChildState {
        match &self.life {
            Life::Due { .. } => ChildState::Waiting,
            Life::Alive(thread) if thread.pulse.is_asked_to_stop() => ChildState::Stopping,
            Life::Alive(thread) if thread.pulse.is_started() => ChildState::Running,
            Life::Alive(_) => ChildState::Starting,
            Life::Over(state) => *state,
        }
    }
}

/// Answers a request. Whoever asked may be gone; it is done all the same.
fn reply<T>(answer: &Sender<T>, value: T) {
    if answer.send(value).is_err() {
        tracing::debug!("nobody waits for the answer to a request any more");
    }
}

/// All children of one life of a supervisor.
pub(super) struct Running<'g> {
    group: &'g Group,
    own: Arc<Pulse>,
    slots: Vec<Slot>,
    log: RestartLog,
    abandoned: Vec<JoinHandle<()>>,
}

impl<'g> Running<'g> {
    pub(super) fn new(group: &'g Group, own: Arc<Pulse>) -> Self {
        let slots = group.specs.iter().map(|spec| Slot::new(spec.clone(), true)).collect();
        Self { group, own, slots, log: RestartLog::default(), abandoned: Vec::new() }
    }

    pub(super) fn is_up(&self) -> bool {
        self.slots.iter().all(Slot::is_settled)
    }

    /// How long nothing is to be started.
    pub(super) fn next_due(&self) -> Duration {
        let now = now_ms();
        let wait = |slot: &Slot| match slot.life {
            Life::Due { at_ms, .. } => Some(Duration::from_millis(at_ms.saturating_sub(now).max(1))),
            _ => None,
        };
        self.slots.iter().filter_map(wait).min().unwrap_or(TICK)
    }

    pub(super) fn publish(&mut self) {
        self.abandoned.retain(|thread| !thread.is_finished());
        metrics::set_abandoned_threads(&self.group.name, self.abandoned.len());
        let row = |slot: &Slot| Row { state: slot.state(), ..slot.row.clone() };
        self.group.board.write(self.slots.iter().map(row).collect());
    }

    /// Does what is asked. The tree shows it before the answer is given.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Add(spec, answer) => {
                let taken = self.slots.iter().any(|slot| slot.spec.name == spec.name);
                if !taken {
                    self.slots.push(Slot::new(*spec, false));
                    self.publish();
                }
                reply(&answer, if taken { Err(AddError::NameTaken) } else { Ok(()) });
            }
            Command::Remove(name, answer) => {
                let place = self.slots.iter().position(|slot| slot.spec.name == name);
                if let Some(place) = place {
                    self.stop(place);
                    self.slots.remove(place);
                    self.publish();
                }
                reply(&answer, place.is_some());
            }
            Command::Clear(answer) => {
                for place in (self.group.specs.len()..self.slots.len()).rev() {
                    self.stop(place);
                    self.slots.remove(place);
                }
                self.publish();
                reply(&answer, ());
            }
        }
    }

    /// Starts whoever is due.
    pub(super) fn start_due(&mut self) -> Result<(), GaveUp> {
        for place in 0..self.slots.len() {
            let Life::Due { at_ms, in_turn } = self.slots[place].life else { continue };
            let blocked = in_turn && !self.slots[..place].iter().all(Slot::is_settled);
            if now_ms() >= at_ms && !blocked {
                self.start(place)?;
            }
        }
        Ok(())
    }

    fn start(&mut self, place: usize) -> Result<(), GaveUp> {
        let slot = &mut self.slots[place];
        slot.born_ms = now_ms();
        match Thread::spawn(&slot.spec) {
            Ok(thread) => {
                if slot.row.generation != 0 {
                    slot.row.restarts += 1;
                    metrics::child_restarted(&self.group.name);
                }
                slot.row.generation = thread.pulse.generation;
                tracing::debug!(child = slot.spec.name, generation = slot.row.generation, "started");
                slot.life = Life::Alive(thread);
                Ok(())
            }
            Err(error) => self.ended(place, Exit::Failed, format!("starting a thread: {error}")),
        }
    }

    /// Looks for children that have ended or hang.
    pub(super) fn reap(&mut self) -> Result<(), GaveUp> {
        let mut place = 0;
        while place < self.slots.len() {
            let before = self.slots.len();
            if let Some((exit, reason)) = self.end_of(place) {
                self.ended(place, exit, reason)?;
            }
            // A forgotten child makes room for its neighbour.
            place += usize::from(self.slots.len() == before);
        }
        Ok(())
    }

    /// How the child at `place` has ended, if it has; its thread is joined or abandoned then.
    fn end_of(&mut self, place: usize) -> Option<(Exit, String)> {
        let slot = &mut self.slots[place];
        let Life::Alive(thread) = &slot.life else { return None };
        let hang = if thread.has_ended() { None } else { Some(slot.hang()?) };
        let Life::Alive(thread) = std::mem::replace(&mut slot.life, Life::Over(ChildState::Down)) else { return None };
        Some(match hang {
            None => thread.join(),
            Some(reason) => {
                self.abandon(place, thread);
                (Exit::Hung, reason)
            }
        })
    }

    fn abandon(&mut self, place: usize, thread: Thread) {
        let (spec, generation) = (&self.slots[place].spec, thread.pulse.generation);
        tracing::error!(child = spec.name, generation, "its thread hangs and is abandoned");
        self.abandoned.push(thread.abandon());
        if let Some(vacate) = &spec.vacate {
            vacate(generation);
        }
    }

    /// Does what the policy says about the end of the child at `place`.
    fn ended(&mut self, place: usize, exit: Exit, reason: String) -> Result<(), GaveUp> {
        let (now, children) = (now_ms(), self.slots.len());
        let slot = &mut self.slots[place];
        slot.row.last_exit = Some(ExitNote { exit, reason: reason.clone(), at: Clock::System.now() });
        let ran_ms = now.saturating_sub(slot.born_ms);
        let ended = Ended { position: place, children, restart: slot.spec.restart, exit, ran_ms };
        let log = if self.group.counts_each() { &mut slot.log } else { &mut self.log };
        let verdict = on_exit(&self.group.policy, log, &mut slot.failures, ended, now, rand::random());
        metrics::child_exited(&self.group.name, exit);
        tracing::warn!(child = slot.spec.name, exit = exit.as_str(), reason, ?verdict, "a child has ended");
        match verdict {
            Verdict::Leave => slot.life = Life::Over(ChildState::Down),
            Verdict::LeaveDown => slot.life = Life::Over(ChildState::GivenUp),
            Verdict::Forget => drop(self.slots.remove(place)),
            Verdict::Restart { children, wait_ms } => self.restart(children, now + wait_ms),
            Verdict::Escalate => {
                slot.life = Life::Over(ChildState::GivenUp);
                let (supervisor, child) = (self.group.name.clone(), slot.spec.name.clone());
                return Err(GaveUp { supervisor, child, exit, reason });
            }
        }
        Ok(())
    }

    fn restart(&mut self, children: Range<usize>, at_ms: u64) {
        let in_turn = children.len() > 1;
        for place in children.rev() {
            // A child that has done its work is not done again because a sibling failed.
            if matches!(self.slots[place].life, Life::Over(_)) && self.is_done(place) {
                continue;
            }
            self.stop(place);
            self.slots[place].life = Life::Due { at_ms, in_turn };
        }
    }

    /// Whether the child had ended for good before the restart at hand.
    fn is_done(&self, place: usize) -> bool {
        let slot = &self.slots[place];
        let clean = slot.row.last_exit.as_ref().is_some_and(|note| matches!(note.exit, Exit::Returned | Exit::Asked));
        slot.spec.restart == Restart::Transient && clean
    }

    /// Stops everybody, in reverse.
    pub(super) fn stop_all(&mut self) {
        for place in (0..self.slots.len()).rev() {
            self.stop(place);
        }
        self.publish();
    }

    /// Stops the child at `place` and waits for it as long as it may take.
    fn stop(&mut self, place: usize) {
        if let Life::Alive(thread) = &self.slots[place].life {
            thread.pulse.ask_to_stop();
            self.publish();
        }
        let slot = &mut self.slots[place];
        let Life::Alive(thread) = std::mem::replace(&mut slot.life, Life::Over(ChildState::Down)) else { return };
        let deadline = Instant::now() + slot.spec.timing.stop_timeout;
        while !thread.has_ended() && Instant::now() < deadline {
            self.own.beat();
            std::thread::park_timeout(TICK);
        }
        if thread.has_ended() {
            let (exit, reason) = thread.join();
            slot.row.last_exit = Some(ExitNote { exit, reason, at: Clock::System.now() });
        } else {
            self.abandon(place, thread);
        }
    }
}
