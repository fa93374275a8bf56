//! How children reach each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, MailboxError, Message};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Why a message got no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// No answer in time.
    #[error("{to} did not answer within {waited_ms} ms")]
    Timeout {
        /// Whom it was sent to.
        to: String,
        /// How long it was waited for.
        waited_ms: u64,
    },
    /// The child was down all the time; the message was never handed over.
    #[error("{to} was down for {waited_ms} ms")]
    Down {
        /// Whom it was meant for.
        to: String,
        /// How long it was waited for.
        waited_ms: u64,
    },
    /// The child ended with the message in hand. What it did of it is not known.
    #[error("{to} ended before it answered")]
    Lost {
        /// Whom it was sent to.
        to: String,
    },
}

/// A child's address that stays good when the child is replaced.
pub struct Ref<A: Actor> {
    slot: Arc<Slot<A>>,
}

struct Slot<A: Actor> {
    name: String,
    /// The address of the life that is up, with its generation.
    up: watch::Sender<Option<(u64, Addr<A>)>>,
    /// Messages sent and not answered yet.
    waiting: Arc<AtomicUsize>,
}

impl<A: Actor> Clone for Ref<A> {
    fn clone(&self) -> Self {
        Self { slot: self.slot.clone() }
    }
}

impl<A: Actor> Ref<A> {
    /// A name that nobody bears yet.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let slot = Slot { name: name.into(), up: watch::Sender::new(None), waiting: Arc::default() };
        Self { slot: Arc::new(slot) }
    }

    /// The child's name in the tree.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.slot.name
    }

    /// Whether the child is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.slot.up.borrow().is_some()
    }

    /// Sends a message and waits for the answer, all in all for at most `timeout`. While the child is down, waits for its
    /// successor. A message whose time passes while it is still queued is not handled.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send<M>(&self, message: M, timeout: Duration) -> Result<M::Result, SendError>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        let _waiting = Waiting::new(&self.slot.waiting);
        let deadline = Instant::now() + timeout;
        let waited_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let mut watching = self.slot.up.subscribe();
        let up = timeout_at(deadline, watching.wait_for(Option::is_some)).await;
        let Ok(Ok(Some((generation, address)))) = up.map(|up| up.map(|up| up.clone())) else {
            return Err(SendError::Down { to: self.slot.name.clone(), waited_ms });
        };
        let answer = async {
            let lost = async {
                // Ends only when another life, or none, bears the name; never when the sender is gone, since `self` holds it.
                let other = |up: &Option<(u64, Addr<A>)>| up.as_ref().is_none_or(|(now, _)| *now != generation);
                watching.wait_for(other).await.is_ok()
            };
            tokio::select! {
                biased;
                answer = address.send(message) => answer,
                _ = lost => Err(MailboxError::Closed),
            }
        };
        match timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(MailboxError::Closed | MailboxError::Timeout)) => {
                Err(SendError::Lost { to: self.slot.name.clone() })
            }
            Err(_) => Err(SendError::Timeout { to: self.slot.name.clone(), waited_ms }),
        }
    }

    /// Wakes the child up: the message is dropped where the mailbox is full or the child is down. Never for work.
    pub fn nudge<M>(&self, message: M)
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        // A full mailbox has a wake-up in it already.
        let _taken = self.offer(message);
    }

    /// Puts a message into the mailbox without waiting for an answer, and says whether that could be done.
    #[must_use]
    pub fn offer<M>(&self, message: M) -> bool
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        let address = self.slot.up.borrow().as_ref().map(|(_, address)| address.clone());
        address.is_some_and(|address| address.try_send(message).is_ok())
    }

    /// Puts the address of a life that is up in; an older life never displaces a younger one.
    pub(super) fn set_up(&self, generation: u64, address: Addr<A>) {
        self.slot.up.send_if_modified(|up| {
            let younger = up.as_ref().is_none_or(|(now, _)| *now < generation);
            if younger {
                *up = Some((generation, address));
            }
            younger
        });
    }

    /// Takes the address down if it is still that of `generation`.
    pub(super) fn set_down(&self, generation: u64) {
        self.slot.up.send_if_modified(|up| {
            let ours = up.as_ref().is_some_and(|(now, _)| *now == generation);
            if ours {
                *up = None;
            }
            ours
        });
    }

    pub(super) fn waiting(&self) -> Arc<AtomicUsize> {
        self.slot.waiting.clone()
    }
}

/// Counts one unanswered message while it lives.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn new(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(counter.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
