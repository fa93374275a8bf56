//! The one writer.
//!
//! Job: to run every write of the process, one after another, and to answer only once it is durable.
//!
//! Guarantee: an answer is sent after the commit that holds it. Writes that arrive while another is being made durable
//! share the next commit (group commit), each in a savepoint of its own, so that one that fails takes no other with it.
//!
//! Deliberately absent: reading. Readers have connections of their own and never wait for the writer.

use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message, ResponseFuture};
use cardmint_domain::errors::chain;
use cardmint_store::{StoreError, Tx, Writer};
use tokio::sync::oneshot;

use crate::supervisor::ChildContext;

/// Most writes that share one commit: enough to make the disk's wait disappear, few enough that nobody waits long.
const GROUP_LIMIT: usize = 256;

/// A declared stay in the database; a commit on a slow disk takes a fraction of it.
const COMMIT_BUSY: Duration = Duration::from_secs(120);

/// Why a write was not made.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The write itself failed; the others of its group were made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The commit that it shared with others failed; none of them was made.
    #[error("the commit that held the write failed: {why}")]
    Commit {
        /// The whole chain of causes.
        why: String,
    },
    /// The writer was replaced; whether the write was made is not known, and the lease's token decides.
    #[error("the writer was replaced before it answered")]
    Replaced,
}

/// What a write does inside its transaction.
type Work<T> = Box<dyn FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send>;

/// One write. `work` runs inside a savepoint of a transaction that may hold other writes too.
#[derive(Message)]
#[rtype(result = "Result<T, WriteError>")]
pub struct Write<T: Send + 'static> {
    work: Work<T>,
}

impl<T: Send + 'static> Write<T> {
    /// A write that does `work`.
    pub fn new(work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> Self {
        Self { work: Box::new(work) }
    }
}

/// A queued write: runs in the shared transaction and gives back how to answer its caller once the commit is through.
type Queued = Box<dyn FnOnce(&mut Tx<'_>) -> Answer + Send>;

/// Answers the caller; the argument is why the shared commit failed, if it did.
type Answer = Box<dyn FnOnce(Option<&str>) + Send>;

#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

/// The actor that owns the writer.
pub struct StorageActor {
    child: ChildContext,
    writer: Writer,
    queue: Vec<Queued>,
}

impl StorageActor {
    /// Takes the writer over.
    #[must_use]
    pub fn new(child: ChildContext, writer: Writer) -> Self {
        Self { child, writer, queue: Vec::new() }
    }

    /// Runs everything queued in one transaction and answers everybody.
    fn flush(&mut self) {
        let queue = std::mem::take(&mut self.queue);
        if queue.is_empty() {
            return;
        }
        let _busy = self.child.busy(COMMIT_BUSY);
        let mut answers: Vec<Answer> = Vec::with_capacity(queue.len());
        let outcome = self.writer.group(|tx| {
            answers.extend(queue.into_iter().map(|work| work(tx)));
            Ok(())
        });
        let failure = outcome.err().map(|error| {
            tracing::error!(error = %chain(&error), writes = answers.len(), "a group of writes was rolled back");
            chain(&error)
        });
        for answer in answers {
            answer(failure.as_deref());
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
        let (sender, receiver) = oneshot::channel();
        self.queue.push(Box::new(move |tx| {
            let outcome = tx.savepoint(message.work);
            Box::new(move |failure| {
                let answer = match failure {
                    None => outcome.map_err(WriteError::from),
                    Some(why) => Err(WriteError::Commit { why: why.to_owned() }),
                };
                // A caller that no longer waits has given its job up; the lease's token keeps that harmless.
                drop(sender.send(answer));
            })
        }));
        match self.queue.len() {
            // Behind everything that already waits in the mailbox, so that it joins this commit.
            1 => ctx.notify(Flush),
            GROUP_LIMIT => self.flush(),
            _ => {}
        }
        Box::pin(async move { receiver.await.unwrap_or(Err(WriteError::Replaced)) })
    }
}
