//! The one writer.
//!
//! Job: to run every write of the process, one after another, and to answer only once it is durable.
//!
//! Guarantee: an answer is sent after the commit that holds it. Writes that arrive while another is being made durable
//! share the next commit (group commit), each in a savepoint of its own, so that one that fails or panics takes no other
//! with it; where even the savepoint is lost, the others are made one by one. A life that was taken for dead commits
//! nothing: whether it is still current is the last thing that is asked before the commit. Whoever hears
//! [`WriteError::NotMade`] may write the same again.
//!
//! Deliberately absent: reading (readers have connections of their own and never wait for the writer), and certainty about
//! a commit during which the writer is taken for dead or the database goes silent; the lease's token decides then.

use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message, ResponseFuture};
use cardmint_domain::errors::chain;
use cardmint_store::{StoreError, Tx, Writer};
use tokio::sync::oneshot;

use crate::supervisor::{ChildContext, contained};

/// Most writes that share one commit: enough to make the disk's wait disappear, few enough that nobody waits long.
const GROUP_LIMIT: usize = 256;

/// A declared stay in the database; a commit on a slow disk takes a fraction of it.
const COMMIT_BUSY: Duration = Duration::from_secs(120);

/// Why a write was not made, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The write itself failed; the others of its group were made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it shared with others failed; surely nothing of it was written.
    #[error("the write was not made: {why}")]
    NotMade {
        /// The whole chain of causes.
        why: String,
    },
    /// Whether it was made is not known, and the lease's token decides.
    #[error("whether the write was made is not known: {why}")]
    NotKnown {
        /// The whole chain of causes.
        why: String,
    },
}

/// What a write does inside its transaction; done again from the start where the transaction was lost.
type Work<T> = Box<dyn FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send>;

/// One write. `work` runs inside a savepoint of a transaction that may hold other writes too.
#[derive(Message)]
#[rtype(result = "Result<T, WriteError>")]
pub struct Write<T: Send + 'static> {
    work: Work<T>,
}

impl<T: Send + 'static> Write<T> {
    /// A write that does `work`. What `work` does beside its transaction it may do more than once.
    pub fn new(work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> Self {
        Self { work: Box::new(work) }
    }
}

/// A write that waits for its commit, whatever it answers.
trait Queued: Send {
    /// Does the work in a savepoint and keeps the outcome.
    fn make(&mut self, tx: &mut Tx<'_>);

    /// Whether the work failed by itself, and not with its group.
    fn has_failed(&self) -> bool;

    /// Tells the caller the outcome, or why the group came to nothing.
    fn answer(self: Box<Self>, group: Option<&Failure>);
}

/// Why a whole group came to nothing.
struct Failure {
    why: String,
    /// Whether it may have come to something all the same.
    unknown: bool,
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        Self { why: chain(error), unknown: error.may_have_been_written() }
    }
}

struct Waiting<T> {
    work: Work<T>,
    outcome: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, WriteError>>,
}

impl<T: Send> Queued for Waiting<T> {
    fn make(&mut self, tx: &mut Tx<'_>) {
        // The savepoint catches a panic, undoes what it left and gives it to the caller as an error.
        self.outcome = Some(contained(|| tx.savepoint(&mut self.work)));
    }

    fn has_failed(&self) -> bool {
        matches!(&self.outcome, Some(Err(error)) if !matches!(error, StoreError::BrokenGroup))
    }

    fn answer(self: Box<Self>, group: Option<&Failure>) {
        let answer = match (self.has_failed(), self.outcome, group) {
            // It failed before the group did, and would have without it.
            (true, Some(outcome), _) | (false, Some(outcome), None) => outcome.map_err(WriteError::from),
            (_, _, Some(Failure { why, unknown: true })) => Err(WriteError::NotKnown { why: why.clone() }),
            (_, _, Some(Failure { why, unknown: false })) => Err(WriteError::NotMade { why: why.clone() }),
            (_, None, None) => Err(WriteError::NotMade { why: "its turn did not come".to_owned() }),
        };
        // A caller that no longer waits has given its job up; the lease's token keeps that harmless.
        drop(self.caller.send(answer));
    }
}

type Queue = Vec<Box<dyn Queued>>;

#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

/// The actor that owns the writer.
pub struct StorageActor {
    child: ChildContext,
    writer: Writer,
    queue: Queue,
}

impl StorageActor {
    /// Takes the writer over.
    #[must_use]
    pub fn new(child: ChildContext, writer: Writer) -> Self {
        Self { child, writer, queue: Vec::new() }
    }

    /// Runs everything queued in one transaction and answers everybody.
    fn flush(&mut self) {
        let mut queue = std::mem::take(&mut self.queue);
        if queue.is_empty() {
            return;
        }
        match self.make(&mut queue) {
            Err(StoreError::BrokenGroup) => self.one_by_one(queue),
            outcome => {
                let failure = outcome.err().as_ref().map(Failure::from);
                queue.into_iter().for_each(|write| write.answer(failure.as_ref()));
            }
        }
    }

    /// Runs these writes in one transaction.
    fn make(&mut self, queue: &mut [Box<dyn Queued>]) -> Result<(), StoreError> {
        let Self { child, writer, .. } = self;
        let _busy = child.busy(COMMIT_BUSY);
        let outcome = writer.group(|tx| {
            queue.iter_mut().for_each(|write| write.make(tx));
            // A life that was taken for dead: its callers were told so, and its successor may have begun.
            match child.is_current() {
                true => Ok(()),
                false => Err(StoreError::Refused("the writer was taken for dead".to_owned())),
            }
        });
        if let Err(error) = &outcome {
            tracing::error!(error = %chain(error), writes = queue.len(), "a group of writes was not committed");
        }
        outcome
    }

    /// One of these writes took the transaction with it. Those that it took along are made again, each by itself, until the
    /// database is gone altogether.
    fn one_by_one(&mut self, queue: Queue) {
        let mut gone = None;
        for mut write in queue {
            if gone.is_some() || write.has_failed() {
                write.answer(gone.as_ref());
                continue;
            }
            let failure = self.make(std::slice::from_mut(&mut write)).err().as_ref().map(Failure::from);
            if let Some(failure) = failure.as_ref().filter(|_| !write.has_failed()) {
                // The next ones are not even begun.
                gone = Some(Failure { why: failure.why.clone(), unknown: false });
            }
            write.answer(failure.as_ref());
        }
    }
}

impl Actor for StorageActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(GROUP_LIMIT);
    }
}

impl Handler<Flush> for StorageActor {
    type Result = ();

    fn handle(&mut self, _: Flush, _: &mut Self::Context) {
        self.flush();
    }
}

impl<T: Send + 'static> Handler<Write<T>> for StorageActor {
    type Result = ResponseFuture<Result<T, WriteError>>;

    fn handle(&mut self, message: Write<T>, ctx: &mut Self::Context) -> Self::Result {
        let (caller, answer) = oneshot::channel();
        self.queue.push(Box::new(Waiting { work: message.work, outcome: None, caller }));
        match self.queue.len() {
            // Behind everything that already waits in the mailbox, so that it joins this commit.
            1 => ctx.notify(Flush),
            GROUP_LIMIT => self.flush(),
            _ => {}
        }
        let unanswered = || WriteError::NotKnown { why: "the writer was replaced before it answered".to_owned() };
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(unanswered())) })
    }
}

#[cfg(test)]
#[path = "storage_tests.rs"]
mod tests;
