//! The one who takes work.
//!
//! Job: to claim captures from the store, to carry each through the stages, and to settle it: committed, given back, or a
//! dead letter.
//!
//! Guarantee: a capture is claimed (and its attempt counted) before anything is done with it, and at most one more is under
//! way than there are OCR workers. Nothing is kept here: if this actor dies, its successor ends the leases that it left, and
//! claims again. What was claimed while the daemon was told to end is given back at once.
//!
//! Deliberately absent: input. A wake-up says only "look"; what there is to do stands in the store. See
//! `docs/adr/0001-one-conductor.md`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use cardmint_domain::booking::ValuableTier;
use cardmint_domain::errors::chain;
use cardmint_domain::route::RouteParams;
use cardmint_store::{Claim, Reader, StoreError};
use thiserror::Error;

use super::carry::{self, Stages};
use super::hops::Job;
use super::storage::{Write, WriteError};
use crate::clock::Clock;
use crate::gate::Gate;
use crate::in_hand::{Held, InHand, held};
use crate::leases;
use crate::supervisor::SendError;

/// How often the dispatcher looks without having been woken: finds passed leases and retries that have become due.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Most time to wait for the writer's answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Limits of the pipeline.
#[derive(Debug, Clone)]
pub struct DispatchSettings {
    /// How long a claim holds; longer than `deadline`.
    pub lease: Duration,
    /// Most time for one attempt at one capture, from claim to commit.
    pub deadline: Duration,
    /// What follows a fault.
    pub route: RouteParams,
    /// From when on more is asked of a card's name.
    pub valuable: ValuableTier,
}

/// There may be something to do.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Wake;

/// What the dispatcher shares with others.
#[derive(Clone)]
pub struct Desk {
    /// Whether captures are taken.
    pub gate: Arc<Gate>,
    /// What is under way.
    pub in_hand: Arc<InHand>,
    /// Looks for what the life before has left.
    pub reader: Reader,
    /// Whether no other process works on the database.
    pub exclusive: bool,
    /// Tells the time.
    pub clock: Clock,
}

/// The actor that carries captures through the stages.
pub struct Dispatcher {
    stages: Arc<Stages>,
    settings: Arc<DispatchSettings>,
    desk: Desk,
    under_way: usize,
    /// Whether the writer is being waited for.
    is_waiting: bool,
    /// Whether the life before has left nothing any more.
    is_tidy: bool,
}

impl Dispatcher {
    /// A dispatcher with nothing under way.
    #[must_use]
    pub fn new(stages: Stages, settings: Arc<DispatchSettings>, desk: Desk) -> Self {
        Self { stages: Arc::new(stages), settings, desk, under_way: 0, is_waiting: false, is_tidy: false }
    }

    /// Claims as many captures as there is room for and starts each, once what the life before has left is tidied up.
    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.is_waiting {
            return;
        }
        if self.under_way > 0 {
            crate::faults::point("dispatcher.busy");
        }
        let room = (self.stages.workers() + 1).saturating_sub(self.under_way);
        if !self.is_tidy {
            self.is_waiting = true;
            self.tidy(ctx);
        } else if room > 0 && self.desk.gate.is_open() {
            self.is_waiting = true;
            self.claim(room, ctx);
        }
    }

    fn claim(&self, room: usize, ctx: &mut Context<Self>) {
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let lease = i64::try_from(self.settings.lease.as_millis()).unwrap_or(i64::MAX);
        let (now, storage) = (self.desk.clock.now(), self.stages.storage.clone());
        self.desk.in_hand.claiming();
        let claim = async move { storage.send(Write::new(move |tx| tx.claim(now, lease, limit)), WRITE_TIMEOUT).await };
        ctx.spawn(claim.into_actor(self).map(|answer, dispatcher, ctx| {
            dispatcher.is_waiting = false;
            let claims = match answer {
                Ok(Ok(claims)) => claims,
                Ok(Err(error)) => {
                    tracing::error!(error = %chain(&error), "claiming captures failed; will look again");
                    Vec::new()
                }
                Err(error) => {
                    // Whether the writer claimed any is not known: their leases pass.
                    tracing::warn!(error = %chain(&error), "the writer did not answer; will look again");
                    Vec::new()
                }
            };
            dispatcher.desk.in_hand.claimed(claims.iter().map(held));
            claims.into_iter().for_each(|claim| dispatcher.begin(claim, ctx));
        }));
    }

    /// Ends the leases that the life before has left.
    fn tidy(&self, ctx: &mut Context<Self>) {
        let left = tidy(self.desk.clone(), self.stages.clone());
        ctx.spawn(left.into_actor(self).map(|done, dispatcher, ctx| {
            dispatcher.is_waiting = false;
            match done {
                Ok(()) => {
                    dispatcher.is_tidy = true;
                    dispatcher.look(ctx);
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "ending the leases of the life before; will try again")
                }
            }
        }));
    }

    fn begin(&mut self, claim: Claim, ctx: &mut Context<Self>) {
        let job = Job { deadline: Instant::now() + self.settings.deadline, claim: Arc::new(claim) };
        let (stages, settings, desk) = (self.stages.clone(), self.settings.clone(), self.desk.clone());
        let carried = async move {
            if desk.gate.is_closed() {
                carry::put_back(&stages, &job, desk.clock).await;
            } else {
                carry::carry(stages, settings, desk.clock, job.clone()).await;
            }
            desk.in_hand.settled(&held(&job.claim));
        };
        self.under_way += 1;
        ctx.spawn(carried.into_actor(self).map(|(), dispatcher, ctx| {
            dispatcher.under_way -= 1;
            dispatcher.look(ctx);
        }));
    }
}

/// Why the leases of the life before could not be ended.
#[derive(Debug, Error)]
enum TidyError {
    #[error("looking for them")]
    Look(#[source] StoreError),
    #[error("looking for them was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error("the writer")]
    Send(#[source] SendError),
    #[error("writing")]
    Write(#[source] WriteError),
}

async fn tidy(desk: Desk, stages: Arc<Stages>) -> Result<(), TidyError> {
    let (reader, in_hand, exclusive) = (desk.reader.clone(), desk.in_hand.clone(), desk.exclusive);
    let look = move || {
        let held: Vec<Held> = if exclusive { leases::all_held(&reader)? } else { in_hand.left_behind() };
        leases::former(&reader, held)
    };
    let former = tokio::task::spawn_blocking(look).await.map_err(TidyError::Interrupted)?.map_err(TidyError::Look)?;
    if !former.is_empty() {
        let (captures, now) = (former.len(), desk.clock.now());
        let write = Write::new(move |tx| leases::end(tx, &former, now));
        stages.storage.send(write, WRITE_TIMEOUT).await.map_err(TidyError::Send)?.map_err(TidyError::Write)?;
        tracing::info!(captures, "the life before was interrupted; its captures are taken again");
    }
    desk.in_hand.clear();
    Ok(())
}

impl Actor for Dispatcher {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOK_EVERY, Self::look);
    }
}

impl Handler<Wake> for Dispatcher {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut Self::Context) {
        self.look(ctx);
    }
}
