//! Children that come and go while their supervisor runs.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;

use cardmint_domain::supervision::RuleError;
use thiserror::Error;

use super::spec::ChildSpec;

/// Why a child could not be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddError {
    /// Another child bears the name.
    #[error("a child of that name exists")]
    NameTaken,
    /// Its rules do not go with the supervisor's.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The supervisor is down or went down meanwhile; its successor starts without added children.
    #[error("the supervisor is down")]
    Down,
}

/// What a supervisor is asked to do.
pub(super) enum Command {
    Add(Box<ChildSpec>, Sender<Result<(), AddError>>),
    Remove(String, Sender<bool>),
    Clear(Sender<()>),
}

/// Requests to one supervisor, through all its lives.
#[derive(Default)]
pub(super) struct Inbox {
    inner: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    commands: Vec<Command>,
    /// The thread of the life that takes them; none while it is down.
    taker: Option<Thread>,
}

impl Inbox {
    /// The calling thread takes requests until the result is dropped.
    pub(super) fn open(self: &Arc<Self>) -> Open {
        self.lock().taker = Some(std::thread::current());
        Open(self.clone())
    }

    /// Hands a request over; drops it when there is nobody to take it.
    fn put(&self, command: Command) {
        let mut inner = self.lock();
        if let Some(taker) = &inner.taker {
            taker.unpark();
            inner.commands.push(command);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An inbox whose requests are taken.
pub(super) struct Open(Arc<Inbox>);

impl Open {
    pub(super) fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.0.lock().commands)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.taker = None;
        inner.commands.clear();
    }
}

/// Adds and removes children of one supervisor. Cheap to clone, good through all its lives. Every call blocks for as long as
/// the supervisor takes; none may be made from a child of that supervisor, which would wait for itself.
#[derive(Clone)]
pub struct Children {
    pub(super) inbox: Arc<Inbox>,
}

impl Children {
    /// Has the supervisor start one more child, after all others. Returns when it is taken, not when it is up.
    ///
    /// # Errors
    /// [`AddError`].
    pub fn add(&self, spec: ChildSpec) -> Result<(), AddError> {
        let (sender, receiver) = channel();
        self.inbox.put(Command::Add(Box::new(spec), sender));
        receiver.recv().unwrap_or(Err(AddError::Down))
    }

    /// Has the supervisor stop and forget the child of this name. Says, once it is gone, whether there was one.
    #[must_use]
    pub fn remove(&self, name: &str) -> bool {
        let (sender, receiver) = channel();
        self.inbox.put(Command::Remove(name.to_owned(), sender));
        receiver.recv().unwrap_or(false)
    }

    /// Has the supervisor stop and forget every child that was added; returns once they are gone. A supervisor that is down
    /// has none.
    pub fn clear(&self) {
        let (sender, receiver) = channel();
        self.inbox.put(Command::Clear(sender));
        // An error says that the supervisor is down.
        receiver.recv().unwrap_or_default();
    }
}
