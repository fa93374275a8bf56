//! The one who takes work.
//!
//! Job: to claim captures from the store, to carry each through the stages, and to settle it: committed, given back, or a
//! dead letter.
//!
//! Guarantee: a capture is claimed (and its attempt counted) before anything is done with it, and at most one more is under
//! way than there are OCR workers. Nothing is kept here: if this actor dies, leases pass and its successor claims again.
//!
//! Deliberately absent: input. A wake-up says only "look"; what there is to do stands in the store. See
//! `docs/adr/0001-one-conductor.md`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use cardmint_domain::booking::ValuableTier;
use cardmint_domain::errors::chain;
use cardmint_domain::route::RouteParams;
use cardmint_store::Claim;

use super::carry::{self, Stages};
use super::hops::Job;
use super::storage::Write;
use crate::clock::Clock;
use crate::gate::Gate;

/// How often the dispatcher looks without having been woken: finds passed leases and retries that have become due.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Most time to wait for the writer's answer to a claim.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(30);

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

/// The actor that carries captures through the stages.
pub struct Dispatcher {
    stages: Arc<Stages>,
    settings: Arc<DispatchSettings>,
    gate: Arc<Gate>,
    clock: Clock,
    under_way: usize,
    claiming: bool,
}

impl Dispatcher {
    /// A dispatcher with nothing under way.
    #[must_use]
    pub fn new(stages: Arc<Stages>, settings: Arc<DispatchSettings>, gate: Arc<Gate>, clock: Clock) -> Self {
        Self { stages, settings, gate, clock, under_way: 0, claiming: false }
    }

    /// Claims as many captures as there is room for and starts each.
    fn look(&mut self, ctx: &mut Context<Self>) {
        let room = (self.stages.workers() + 1).saturating_sub(self.under_way);
        if self.claiming || room == 0 || !self.gate.is_open() {
            return;
        }
        self.claiming = true;
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let (now, lease) = (self.clock.now(), i64::try_from(self.settings.lease.as_millis()).unwrap_or(i64::MAX));
        let storage = self.stages.storage.clone();
        let claim = async move { storage.send(Write::new(move |tx| tx.claim(now, lease, limit)), CLAIM_TIMEOUT).await };
        ctx.spawn(claim.into_actor(self).map(|answer, dispatcher, ctx| {
            dispatcher.claiming = false;
            match answer {
                Ok(Ok(claims)) => claims.into_iter().for_each(|claim| dispatcher.begin(claim, ctx)),
                Ok(Err(error)) => tracing::error!(error = %chain(&error), "claiming captures failed; will look again"),
                Err(error) => tracing::warn!(error = %chain(&error), "the writer did not answer; will look again"),
            }
        }));
    }

    fn begin(&mut self, claim: Claim, ctx: &mut Context<Self>) {
        let job = Job { deadline: Instant::now() + self.settings.deadline, claim: Arc::new(claim) };
        let carried = carry::carry(self.stages.clone(), self.settings.clone(), self.clock, job);
        self.under_way += 1;
        ctx.spawn(carried.into_actor(self).map(|(), dispatcher, ctx| {
            dispatcher.under_way -= 1;
            dispatcher.look(ctx);
        }));
    }
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
